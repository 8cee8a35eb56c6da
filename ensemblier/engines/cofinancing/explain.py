"""Why each payer pays what they pay on one line, from the state of the scheme just before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ensemblier.engines.cofinancing.lines import RawLine, in_order
from ensemblier.engines.cofinancing.scheme import PERSON, Scheme
from ensemblier.engines.cofinancing.sentences import person_sentence, step_sentence
from ensemblier.engines.cofinancing.split import Refused, Share, Splitter
from ensemblier.engines.money import euros


class UnknownLine(ValueError):
    """No line has this identifier."""


class Why(NamedTuple):
    """One part of a line: its reason, its rule, and what its payer had left just before."""

    payer: str
    cents: int
    reason: str
    rule: str
    before: int | None


def explain(scheme: Scheme, lines: Iterable[RawLine], line_id: str) -> list[str]:
    """French sentences about one line: price, each part, the rule and the state behind it."""
    splitter = Splitter(scheme)
    for raw in in_order(lines):
        if raw.line_id != line_id:
            splitter.take(raw)
            continue
        return told_by(splitter, raw)
    raise UnknownLine(f"Aucune ligne ne porte l'identifiant « {line_id} ».")


def told_by(splitter: Splitter, raw: RawLine) -> list[str]:
    """The sentences about the next line of a run."""
    before = left_of(splitter)
    return _told(splitter.scheme, raw, splitter.take(raw), before)


def left_of(splitter: Splitter) -> dict[str, int]:
    """What each payer has left in its envelopes at this point of a run."""
    left: dict[str, int] = {}
    for envelope, cents in zip(splitter.scheme.envelopes, splitter.left, strict=True):
        left[envelope.payer] = left.get(envelope.payer, 0) + cents
    return left


def _told(
    scheme: Scheme, raw: RawLine, result: list[Share] | Refused, before: dict[str, int]
) -> list[str]:
    if isinstance(result, Refused):
        return [f"Ligne {raw.line_id} du {raw.sold_on} : refusée. Motif : {result.reason}."]
    if raw.undoes:
        told = [f"Ligne {raw.line_id} : annule la ligne {raw.undoes}, part pour part."]
        return told + [f"{share.payer} : {euros(share.cents)}." for share in result]
    told = [
        f"Ligne {raw.line_id} du {raw.sold_on} : {raw.quantity} {raw.unit} de {raw.product}, "
        f"{euros(int(raw.price_cents))}."
    ]
    for why in whys(scheme, result, before):
        who = "La personne" if why.payer == PERSON else why.payer
        told.append(f"{who} : {euros(why.cents)}, {why.reason}. {why.rule}".strip())
        if why.before is not None:
            told.append(f"Avant cette ligne, {why.payer} avait {euros(why.before)}.")
    return told


def whys(scheme: Scheme, shares: Iterable[Share], before: Mapping[str, int]) -> list[Why]:
    """Each part with its reason. `before`: what each payer with an envelope had before the line."""
    return [
        Why(
            share.payer,
            share.cents,
            share.reason,
            _rule(scheme, share),
            before.get(share.payer) if share.cents > 0 else None,
        )
        for share in shares
    ]


def _rule(scheme: Scheme, share: Share) -> str:
    if share.payer == PERSON:
        return f"Règle : {person_sentence(scheme.person)}"
    if share.step:
        return f"Règle : {step_sentence(scheme.steps[share.step - 1], share.step)}"
    return ""
