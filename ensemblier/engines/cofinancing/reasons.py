"""The words of shares and refusals, for the reference and for the kernel's codes."""

from __future__ import annotations

from collections.abc import Sequence

from ensemblier.engines.cofinancing.person import rule_words
from ensemblier.engines.cofinancing.scheme import PERSON, Scheme, Step

AGAIN = "une autre ligne porte déjà cet identifiant"
NOBODY_PAYS = "il reste {} que personne ne paie"
PURSE_ENDED = "il reste {} et les enveloppes de {} n'en ont plus que {}"
UNKNOWN_UNDONE = (
    "la ligne à annuler « {} » est inconnue, refusée, ou vient plus tard, "
    "ou est elle-même une annulation"
)
ALREADY_UNDONE = "la ligne « {} » est déjà annulée"
UNIT_CAP = "coupé par le plafond par unité"
HOUSEHOLD_CAP = "coupé par le plafond par foyer"
ENVELOPE_END = "fin de l'enveloppe"
GIVEN = "reçoit ce que la personne donne en plus"
LAST_RESORT = "dernier recours"
# By reason code of the kernel; 0 is the step's own.
CUTS = ("", UNIT_CAP, HOUSEHOLD_CAP, ENVELOPE_END)


def step_words(step: Step) -> dict[str, str]:
    """Why each payer of a step pays, when nothing cuts its part."""
    if step.kind == "rest":
        return {payer.name: "prend ce qui reste" for payer in step.payers}
    if step.kind == "match":
        return {payer.name: f"ajoute à ce que paie {step.matched}" for payer in step.payers}
    whole = sum(payer.weight for payer in step.payers)
    return {payer.name: parts_of(payer.weight, whole) for payer in step.payers}


def parts_of(weight: int, whole: int) -> str:
    """A weight among all those of its group: "1 part sur 2", "40 parts sur 70"."""
    return f"{weight} {'parts' if weight > 1 else 'part'} sur {whole}"


class Reasons:
    """Payer, step and words of each column of the kernel's parts."""

    def __init__(self, scheme: Scheme, keys: Sequence[str]) -> None:
        """`keys`: the rows of the person's table, in the order of the kernel's codes."""
        self.person = [rule_words(scheme.person, key) for key in keys or [""]]
        pot = scheme.surcharge.pot if scheme.surcharge else ""
        self.columns = [(PERSON, 0, ""), (pot, 0, GIVEN)]
        for rank, step in enumerate(scheme.steps, 1):
            words = step_words(step)
            self.columns += [(payer.name, rank, words[payer.name]) for payer in step.payers]
        self.columns.append((scheme.exhausted, 0, LAST_RESORT))

    def of(self, column: int, why: int, rate: int) -> tuple[str, int, str]:
        payer, step, words = self.columns[column]
        if column == 0:
            return payer, step, self.person[rate]
        return payer, step, CUTS[why] or words
