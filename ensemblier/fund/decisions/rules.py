"""Rules of a decision: what may be granted, and what is proposed to begin with. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ensemblier.base.pages.formats import euros
from ensemblier.engines.money import share_out


class Granted(NamedTuple):
    """One amount granted, as the rules see it."""

    envelope: int
    year: int
    expense_class: str
    cents: int


class AskedFor(NamedTuple):
    expense_class: str
    label: str
    year: int
    cents: int


def fault_of(
    granted: Sequence[Granted], asked: Iterable[AskedFor], envelopes: Iterable[int]
) -> str:
    """Why this may not be granted, in a sentence; "" when it may."""
    if not granted:
        return "Écrivez au moins un montant, ou refusez le dossier."
    if any(row.cents <= 0 for row in granted):
        return "Un montant accordé est plus grand que zéro : laissez la case vide sinon."
    if len({(row.envelope, row.expense_class) for row in granted}) < len(granted):
        return "La même dépense est deux fois sur la même enveloppe : écrivez un seul montant."
    open_to_call = set(envelopes)
    if any(row.envelope not in open_to_call for row in granted):
        return "Cette enveloppe n'est pas ouverte à cet appel : choisissez-en une autre."
    return _beyond_asked(granted, asked)


def _beyond_asked(granted: Sequence[Granted], asked: Iterable[AskedFor]) -> str:
    most = {(row.expense_class, row.year): row for row in asked}
    sums: Counter[tuple[str, int]] = Counter()
    for row in granted:
        sums[row.expense_class, row.year] += row.cents
    for place, cents in sums.items():
        row = most.get(place)
        if row is None:
            return f"Le dossier ne demande rien pour cette dépense en {place[1]}."
        if cents > row.cents:
            return (
                f"« {row.label} » en {row.year} : le dossier demande {euros(row.cents)}, vous "
                f"accordez {euros(cents)}. Accordez au plus ce qui est demandé."
            )
    return ""


def prefilled(asked: Sequence[int], proposed: int | None) -> list[int]:
    """The amount proposed, shared between the lines asked in whole euros that add up to it.

    No line gets more than it asks: all are cut in the same proportion. Without a proposal, what is
    asked. Cents left of an amount that is not whole go to the first line with room.
    """
    total = sum(asked)
    if proposed is None or proposed >= total or not total:
        return list(asked)
    parts = [100 * part for part in share_out(proposed // 100, list(asked))]
    left = proposed - sum(parts)
    for place, most in enumerate(asked):
        if left and parts[place] + left <= most:
            parts[place] += left
            left = 0
    return [int(part) for part in parts]


def spread(paid: int, parts: Sequence[int]) -> list[int]:
    """What was paid, put on the oldest envelopes first."""
    result = []
    for part in parts:
        taken = min(paid, part)
        result.append(taken)
        paid -= taken
    return result
