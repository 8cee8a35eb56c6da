"""Dedicated funds (fonds dédiés): what of a grant was received and not used at the year's end.

Règlement ANC n° 2018-06, art. 132-1 to 132-3: the part of a dedicated resource that was not used
for its object is carried over (689), and taken back as it is used (789). Money that must go back
to the funder is a debt towards it, never a dedicated fund.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ensemblier.engines.money import euros

SOURCE = "règlement ANC n° 2018-06, art. 132-1 à 132-3"


class Nature(NamedTuple):
    """Where the money comes from, with its three accounts."""

    fund: str
    carried: str
    used: str
    label: str


NATURES = {
    nature.fund: nature
    for nature in (
        Nature("194", "6894", "7894", "subventions d'exploitation"),
        Nature("195", "6895", "7895", "contributions financières d'autres organismes"),
        Nature("196", "6896", "7896", "ressources liées à la générosité du public"),
    )
}


class WrongYears(ValueError):
    """The years cannot be computed as they are given."""


@dataclass(frozen=True)
class Year:
    """One accounting year of one grant, in cents. `returned`: given, or to give, back."""

    year: int
    received_cents: int
    used_cents: int
    returned_cents: int = 0

    def __post_init__(self) -> None:
        if min(self.received_cents, self.used_cents, self.returned_cents) < 0:
            raise WrongYears(f"{self.year} : un montant ne peut pas être négatif.")


class Entry(NamedTuple):
    """One accounting entry of the year's end."""

    debit: str
    credit: str
    amount_cents: int
    label: str


@dataclass(frozen=True)
class Movement:
    """The line of the notes to the accounts: from what was carried in to what is carried over."""

    year: int
    opening_cents: int
    carried_cents: int
    released_cents: int
    closing_cents: int
    entries: tuple[Entry, ...]
    # Nothing was spent for two years running: the notes must say so.
    is_idle: bool

    @property
    def sentence(self) -> str:
        if not self.closing_cents:
            return f"Fin {self.year} : tout ce qui a été reçu est employé, aucun fonds dédié."
        idle = " Rien n'a été dépensé depuis deux ans : l'annexe doit le dire."
        return (
            f"Fin {self.year} : {euros(self.closing_cents)} reçus et non employés restent dédiés "
            f"au projet.{idle if self.is_idle else ''}"
        )


def movements(years: Sequence[Year], fund: str = "194", opening_cents: int = 0) -> list[Movement]:
    """The dedicated fund of one grant, year after year.

    What was carried in is used first: the oldest money leaves first. What goes back to the funder
    is taken from the money of the year, then from what was carried in.
    """
    if fund not in NATURES:
        raise WrongYears(f"« {fund} » n'est pas un compte de fonds dédiés : 194, 195 ou 196.")
    if opening_cents < 0:
        raise WrongYears("Le fonds de départ ne peut pas être négatif.")
    numbers = [row.year for row in years]
    if numbers != sorted(set(numbers)):
        raise WrongYears("Écrivez les années dans l'ordre, une seule fois chacune.")
    found: list[Movement] = []
    quiet = 0
    for row in years:
        quiet = 0 if row.used_cents else quiet + 1
        found.append(movement(row, fund, opening_cents, quiet >= 2))
        opening_cents = found[-1].closing_cents
    return found


def movement(row: Year, fund: str, opening: int, is_quiet: bool) -> Movement:
    closing = opening + row.received_cents - row.used_cents - row.returned_cents
    if closing < 0:
        raise WrongYears(
            f"{row.year} : {euros(-closing)} de plus ont été employés ou rendus que reçus. "
            "Cette part est payée par d'autres ressources : ne la comptez pas ici."
        )
    fresh = max(0, row.received_cents - row.returned_cents)
    given_from_opening = max(0, row.returned_cents - row.received_cents)
    used_from_opening = min(opening - given_from_opening, row.used_cents)
    released = used_from_opening + given_from_opening
    carried = fresh - (row.used_cents - used_from_opening)
    nature = NATURES[fund]
    entries = []
    if released:
        label = f"Utilisation des fonds dédiés, {nature.label}"
        entries.append(Entry(nature.fund, nature.used, released, label))
    if carried:
        label = f"Report en fonds dédiés, {nature.label}"
        entries.append(Entry(nature.carried, nature.fund, carried, label))
    idle = is_quiet and closing > 0
    return Movement(row.year, opening, carried, released, closing, tuple(entries), idle)
