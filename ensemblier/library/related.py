"""Which sheets look like one another, and why. Pure: works on what was already fetched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ensemblier.base.chains.terms import Link
from ensemblier.library.models import Sheet
from ensemblier.library.terms import FunderKind, PriceForm

MOST = 3
PLACE, PRICE, FUNDER, LINK = 8, 4, 2, 1  # what two sheets share weighs more when it is rarer


class Facts(NamedTuple):
    """What two sheets may share."""

    links: frozenset[str]
    prices: frozenset[str]
    funders: frozenset[str]
    places: frozenset[str]


class Neighbour(NamedTuple):
    """A sheet close to another, with the reasons in French."""

    sheet: Sheet
    reasons: list[str]


def facts(sheet: Sheet) -> Facts:
    """Read from prefetched rows."""
    return Facts(
        frozenset(row.link for row in sheet.links.all()),
        frozenset(row.form for row in sheet.prices.all()),
        frozenset(row.kind for row in sheet.funders.all()) - {FunderKind.OTHER},
        frozenset(str(department) for department in sheet.departments.all()),
    )


def neighbours(sheet: Sheet, others: Iterable[Sheet]) -> list[Neighbour]:
    """The closest sheets first; those of the same number of points by their number."""
    mine, scored = facts(sheet), []
    for other in others:
        if other.pk == sheet.pk:
            continue
        theirs = facts(other)
        shared = Facts(*(a & b for a, b in zip(mine, theirs, strict=True)))
        points = (
            PLACE * bool(shared.places)
            + PRICE * len(shared.prices)
            + FUNDER * len(shared.funders)
            + LINK * len(shared.links)
        )
        if points > LINK:
            scored.append((-points, other.number, Neighbour(other, reasons(shared))))
    return [neighbour for _, _, neighbour in sorted(scored, key=lambda row: row[:2])[:MOST]]


def reasons(shared: Facts) -> list[str]:
    """One short phrase per thing shared."""
    phrases = [
        ("même territoire", sorted(shared.places)),
        ("même prix", [str(PriceForm(form).label) for form in sorted(shared.prices)]),
        ("mêmes financeurs", [str(FunderKind(kind).label) for kind in sorted(shared.funders)]),
        ("mêmes maillons", [str(Link(link).label) for link in sorted(shared.links)]),
    ]
    return [f"{start} : {', '.join(what)}" for start, what in phrases if what]
