"""What the machine checks of a file before anyone reads it: pure rules, each with its source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from ensemblier.base.pages.formats import day as written
from ensemblier.base.pages.formats import euros
from ensemblier.engines import budget
from ensemblier.engines.law.dated import in_force
from ensemblier.engines.law.insertion import ACI_SALES_SHARE
from ensemblier.engines.law.subsidies import AGREEMENT_THRESHOLD, AUDITOR_THRESHOLD

OK, ATTENTION, BLOCKING = "ok", "attention", "blocking"
CALL_LABELS = {
    "rate": "Taux d'aide",
    "year": "Années",
    "class": "Dépenses éligibles",
    "class_cap": "Dépenses éligibles",
}


class Check(NamedTuple):
    """One result: how serious, what about, one sentence, and the text it rests on."""

    level: str
    label: str
    sentence: str
    source: str


@dataclass(frozen=True)
class Facts:
    """All that the rules look at, read once."""

    day: date
    is_public: bool
    siret: str
    is_confirmed: bool
    accepts_commitments: bool
    links: tuple[str, ...]
    publics: tuple[str, ...]
    seeks_employment: bool
    lines: tuple[budget.Line, ...]
    asked: tuple[budget.Asked, ...]
    caps: budget.Caps
    authorised_until: date | None = None
    iae_until: date | None = None
    open_grants: int = 0
    missing_papers: tuple[str, ...] = ()
    # Most that an ACI may sell, in hundredths of a percent of its charges; None: not an ACI.
    sales_share_bp: int | None = None
    payers: tuple[tuple[str, str, str], ...] = ()  # side, code and payer of each line
    same_paper: str = ""  # number of another file with the same quote or invoice
    same_cost: str = ""  # number of another file of the organisation with the same cost
    watch: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()

    @cached_property
    def sums(self) -> budget.Totals:
        return budget.totals(self.lines, self.asked)

    @property
    def last_day(self) -> date:
        """The last day of the last year asked for."""
        return date(max((row.year for row in self.asked), default=self.day.year), 12, 31)


def check_file(facts: Facts) -> list[Check]:
    """Every check, the most serious first."""
    found = [check for rule in RULES for check in rule(facts)]
    order = {BLOCKING: 0, ATTENTION: 1, OK: 2}
    return sorted(found, key=lambda check: order[check.level])


def balance(facts: Facts) -> Iterator[Check]:
    source = "Cerfa n° 12156, budget du projet"
    faults = budget.balance_faults(facts.sums)
    for fault in faults:
        label = "Contributions en nature" if fault.code == "in_kind" else "Budget"
        yield Check(BLOCKING, label, fault.sentence, source)
    if not faults:
        sentence = f"Charges et ressources sont égales : {euros(facts.sums.charges)}."
        yield Check(OK, "Budget", sentence, source)


def identity(facts: Facts) -> Iterator[Check]:
    source = "code de commerce, art. R. 123-221 ; loi n° 2000-321, art. 10"
    if not facts.siret:
        sentence = "L'organisation n'a pas de SIRET : l'État ne peut pas lui verser d'aide."
        yield Check(BLOCKING, "SIRET", sentence, source)
    elif not facts.is_confirmed:
        sentence = "Le SIRET a une clé juste, mais personne n'a encore confirmé l'identité."
        yield Check(ATTENTION, "SIRET", sentence, source)
    else:
        yield Check(OK, "SIRET", "Le SIRET est juste et l'identité est confirmée.", source)


def commitments(facts: Facts) -> Iterator[Check]:
    source = "loi n° 2000-321, art. 10-1 ; décret n° 2021-1947"
    label = "Contrat d'engagement républicain"
    if facts.is_public:
        yield Check(OK, label, "Il ne concerne pas les organismes publics.", source)
    elif facts.accepts_commitments:
        yield Check(OK, label, "Le contrat est accepté.", source)
    else:
        yield Check(BLOCKING, label, "Le contrat n'est pas accepté.", source)


def food_aid(facts: Facts) -> Iterator[Check]:
    buys = any(row.expense_class == "food_purchase" and row.amount_cents for row in facts.asked)
    if facts.is_public or not (buys or "emergency" in facts.publics):
        return
    source = "code de l'action sociale et des familles, art. L. 266-2"
    label, until = "Habilitation à l'aide alimentaire", facts.authorised_until
    if until is None:
        sentence = "Aucune habilitation en cours : elle est obligatoire pour une aide publique."
        yield Check(BLOCKING if buys else ATTENTION, label, sentence, source)
    elif until < facts.last_day:
        sentence = (
            f"Elle prend fin le {written(until)}, avant la fin du projet : "
            "demandez la preuve du renouvellement."
        )
        yield Check(ATTENTION, label, sentence, source)
    else:
        yield Check(OK, label, f"Elle est valable jusqu'au {written(until)}.", source)


def insertion(facts: Facts) -> Iterator[Check]:
    worked = {"production", "processing"} & set(facts.links)
    if facts.iae_until is None and not (worked and facts.seeks_employment):
        return
    source = "code du travail, art. L. 5132-2 et D. 5132-34"
    label, until = "Convention d'insertion (IAE)", facts.iae_until
    if until is None:
        sentence = (
            "Le projet produit ou transforme avec un effet sur l'emploi, et aucune convention "
            "n'est enregistrée : demandez si des postes d'insertion sont prévus."
        )
        yield Check(ATTENTION, label, sentence, source)
    elif until < facts.last_day:
        sentence = f"La convention prend fin le {written(until)}, avant la fin du projet."
        yield Check(ATTENTION, label, sentence, source)
    else:
        yield Check(OK, label, f"Une convention court jusqu'au {written(until)}.", source)


def aci_sales(facts: Facts) -> Iterator[Check]:
    """What an ACI sells stays under a part of its charges, or it competes unfairly."""
    if facts.sales_share_bp is None or not facts.sums.charges:
        return
    sales = sum(
        row.amount_cents for row in facts.lines if row.side == "resource" and row.code[:2] == "70"
    )
    legal = in_force(ACI_SALES_SHARE, facts.day)
    most, label = facts.sales_share_bp, "Ventes de l'atelier d'insertion (ACI)"
    share = 10000 * sales // facts.sums.charges
    sentence = (
        f"Les ventes font {hundredths(share)}\u00a0% des charges ; elles doivent rester sous "
        f"{hundredths(most)}\u00a0%"
    )
    if most > legal.value:
        sentence += f" (dérogation du préfet, la règle est {hundredths(legal.value)}\u00a0%)"
    # Strictly under: 10000 x sales < share x charges, without rounding.
    if 10000 * sales < most * facts.sums.charges:
        yield Check(OK, label, sentence + ".", legal.source)
    else:
        sentence += ". Le budget du projet n'est qu'une partie : vérifiez sur l'activité entière."
        yield Check(ATTENTION, label, sentence, legal.source)


def twice(facts: Facts) -> Iterator[Check]:
    """The same cost asked of two funders: double funding, or a copy that was not cleaned."""
    source = "loi n° 2000-321, art. 10 : une aide ne dépasse pas le coût"
    label = "Même dépense demandée deux fois"
    seen = [(code, payer) for side, code, payer in facts.payers if side == "resource" and payer]
    doubles = sorted({payer for code, payer in seen if seen.count((code, payer)) > 1})
    if doubles:
        names = ", ".join(doubles)
        sentence = f"Le même financeur est compté deux fois sur la même ligne : {names}."
        yield Check(ATTENTION, label, sentence, source)
    if facts.same_cost:
        sentence = (
            "Une charge de même ligne, même intitulé et même montant est dans le dossier "
            f"{facts.same_cost} de cette organisation : demandez si c'est la même dépense."
        )
        yield Check(ATTENTION, label, sentence, source)
    if facts.same_paper:
        sentence = (
            f"Une pièce identique (même empreinte) est jointe au dossier {facts.same_paper} : "
            "comparez le fournisseur, le numéro et le montant."
        )
        yield Check(ATTENTION, label, sentence, source)
    if not (doubles or facts.same_cost or facts.same_paper):
        yield Check(OK, label, "Rien de semblable dans les dossiers du fonds.", source)


def watched(facts: Facts) -> Iterator[Check]:
    """The territories that the call looks at with particular attention."""
    if not facts.watch:
        return
    names = {
        "qpv": "quartier prioritaire (QPV)",
        "frr": "zone rurale (FRR)",
        "overseas": "outre-mer",
    }
    here = [names[zone] for zone in facts.watch if zone in facts.zones]
    wanted = ", ".join(names[zone] for zone in facts.watch if zone in names)
    sentence = (
        f"Le projet est dans un territoire suivi par l'appel : {', '.join(here)}."
        if here
        else f"Le projet n'est dans aucun territoire suivi par l'appel ({wanted})."
    )
    yield Check(OK, "Territoires suivis", sentence, "règles de l'appel à projets")


def rules_of_call(facts: Facts) -> Iterator[Check]:
    """Rate, least and most, classes of expenses and years: the rules frozen with the call."""
    source = "règles de l'appel à projets"
    faults = budget.cap_faults(facts.sums, facts.asked, facts.caps)
    for fault in faults:
        yield Check(BLOCKING, CALL_LABELS.get(fault.code, "Demande"), fault.sentence, source)
    if not any(fault.code == "rate" for fault in faults) and facts.sums.charges:
        share, most = facts.sums.rate_bp, facts.caps.max_rate_bp
        sentence = (
            f"La demande couvre {hundredths(share)}\u00a0% du budget, "
            f"dans la limite de {hundredths(most)}\u00a0%."
        )
        yield Check(OK, "Taux d'aide", sentence, source)
    if not faults:
        sentence = f"{euros(facts.sums.asked)} demandés : montants, dépenses et années admis."
        yield Check(OK, "Demande", sentence, source)


def thresholds(facts: Facts) -> Iterator[Check]:
    years: dict[int, int] = {}
    for row in facts.asked:
        years[row.year] = years.get(row.year, 0) + row.amount_cents
    highest = max(years.values(), default=0)
    agreement = in_force(AGREEMENT_THRESHOLD, facts.day)
    if highest > agreement.value:
        sentence = (
            f"Plus de {euros(agreement.value)} sur une année : une convention est obligatoire."
        )
        yield Check(OK, "Convention", sentence, agreement.source)
    auditor = in_force(AUDITOR_THRESHOLD, facts.day)
    if highest >= auditor.value and not facts.is_public:
        sentence = (
            f"{euros(auditor.value)} ou plus d'aides publiques sur une année : vérifiez que les "
            "comptes sont certifiés et publiés."
        )
        yield Check(ATTENTION, "Commissaire aux comptes", sentence, auditor.source)


def previous(facts: Facts) -> Iterator[Check]:
    source = "loi n° 2000-321, art. 10 ; arrêté du 11 octobre 2006"
    if facts.open_grants:
        count = facts.open_grants
        what = "une aide" if count == 1 else f"{count} aides"
        sentence = f"Le fonds suit déjà {what} de cette organisation : vérifiez les bilans rendus."
        yield Check(ATTENTION, "Aides précédentes", sentence, source)
    else:
        yield Check(OK, "Aides précédentes", "Aucune aide en cours dans ce fonds.", source)


def papers(facts: Facts) -> Iterator[Check]:
    if facts.missing_papers:
        sentence = f"Il manque : {', '.join(facts.missing_papers)}."
        yield Check(ATTENTION, "Pièces", sentence, "Cerfa n° 12156, pièces à joindre")


def hundredths(value: int) -> str:
    """8000 -> 80, 1250 -> 12,5: a rate kept in hundredths of a percent."""
    units, rest = divmod(value, 100)
    return f"{units},{rest:02d}".rstrip("0") if rest else str(units)


RULES: tuple[Callable[[Facts], Iterator[Check]], ...] = (
    balance,
    identity,
    commitments,
    food_aid,
    insertion,
    aci_sales,
    rules_of_call,
    twice,
    watched,
    thresholds,
    previous,
    papers,
)
