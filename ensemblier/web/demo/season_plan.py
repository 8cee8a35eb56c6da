"""What a region's season is made of, drawn from a seed: the same files each time. All assumed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from stdnum import luhn

from ensemblier.engines.money import share_out
from ensemblier.fund.applications.models import Effect, State
from ensemblier.fund.programme.models import ExpenseClass

SEED = "Centre-Val de Loire"
REGION = "24"
FILES, INSTRUCTORS, MEMBERS = 1_200, 40, 40
# 4.7 euros asked for one given.
ASKED, GIVEN = 47, 10
EURO = 100
# Out of 1,200 files; a smaller season keeps the same parts.
MIX = {
    State.DRAFT: 48,
    State.FILED: 66,
    State.IN_REVIEW: 130,
    State.INCOMPLETE: 40,
    State.PROPOSED: 70,
    State.FUNDED: 50,
    State.AGREED: 230,
    State.CLOSED: 42,
    State.WITHDRAWN: 24,
    State.REFUSED: 500,
}
GRANTED = (State.FUNDED, State.AGREED, State.CLOSED)
DECIDED = (*GRANTED, State.REFUSED)
REVIEWED = (*DECIDED, State.PROPOSED, State.IN_REVIEW, State.INCOMPLETE)
WHAT = (
    "Paniers solidaires",
    "Épicerie à prix accessible",
    "Légumerie d'insertion",
    "Jardin nourricier",
    "Cuisine partagée",
    "Groupement d'achat",
    "Glanage organisé",
    "Cantine ouverte à toutes et tous",
    "Marché à prix juste",
    "Conserverie d'entraide",
)
WHO = ("Les Jardins", "L'Atelier", "La Maison", "Le Relais", "Les Cuisines", "La Coopérative")


class Part(NamedTuple):
    """What is asked for one class of expenses and one year, then what is granted of it."""

    expense_class: str
    year: int
    asked: int
    granted: int = 0


@dataclass
class Draw:
    """One file: its place in the lists, its state, its dates, its money (cents)."""

    rank: int
    state: State
    title: str
    place: int
    carrier: int
    strand: str
    effects: tuple[str, ...]
    has_qpv: bool
    scores: tuple[int, ...]
    filed: int  # days ago
    taken: int = 0
    proposed: int = 0
    decided: int = 0
    sent: int = 0
    signed: int = 0
    certified: int = 0
    paid: int = 0
    parts: list[Part] = field(default_factory=list)

    @property
    def asked(self) -> int:
        return sum(part.asked for part in self.parts)

    @property
    def granted(self) -> int:
        return sum(part.granted for part in self.parts)


def draws(count: int, carriers: int, years: tuple[int, int], seed: str = SEED) -> list[Draw]:
    """Every file of the season, with awards that keep the ratio to the cent."""
    chance = Random(seed)  # noqa: S311 (example data)
    states = _states(count)
    chance.shuffle(states)
    rows = [_draw(rank, state, carriers, years, chance) for rank, state in enumerate(states)]
    _award(rows)
    return rows


def _states(count: int) -> list[State]:
    sizes = share_out(count, list(MIX.values()))
    return [state for state, size in zip(MIX, sizes, strict=True) for _ in range(size)]


def _draw(rank: int, state: State, carriers: int, years: tuple[int, int], chance: Random) -> Draw:
    what = chance.choice(WHAT)
    row = Draw(
        rank=rank,
        state=state,
        title=f"{what} n° {rank + 1}",
        place=chance.randrange(10_000),
        carrier=rank % carriers,
        strand="national" if rank % 12 == 11 else "local",
        effects=tuple(chance.sample(list(Effect.values), chance.choice((1, 1, 2, 3)))),
        has_qpv=chance.random() < 0.18,
        scores=tuple(chance.choice((1, 2, 2, 3, 3, 4)) for _ in range(6)),
        filed=chance.randint(262, 322),
    )
    row.taken = row.filed - chance.randint(3, 35)
    row.proposed = row.taken - chance.randint(15, 50)
    row.decided = row.proposed - chance.randint(8, 40)
    row.sent = row.decided - chance.randint(6, 20)
    row.signed = row.sent - chance.randint(4, 30)
    row.certified = row.signed - chance.randint(3, 15)
    row.paid = row.certified - chance.randint(5, 32)
    for expense_class in chance.sample(list(ExpenseClass.values), chance.choice((1, 2, 2, 3))):
        thousands = int(chance.triangular(4, 60, 14))
        row.parts.append(Part(expense_class, chance.choice(years), thousands * 1_000 * EURO))
    return row


def _award(rows: list[Draw]) -> None:
    """Share what is given between granted files: whole euros, never above what is asked."""
    granted = [row for row in rows if row.state in GRANTED]
    counted = [row for row in rows if row.state not in (State.DRAFT, State.WITHDRAWN)]
    asked = sum(row.asked for row in counted)
    weights = [part.asked for row in granted for part in row.parts]
    if not weights:
        return
    given = min(asked * GIVEN // ASKED // EURO, sum(weights) // EURO)
    shares = iter(share_out(given, weights))
    for row in granted:
        row.parts = [part._replace(granted=next(shares) * EURO) for part in row.parts]


def example_number(rank: int) -> str:
    """A SIRET with right keys, of a SIREN that begins with 0 as none does."""
    siren = f"01{rank:06d}"
    siren += luhn.calc_check_digit(siren)
    return siren + "0001" + luhn.calc_check_digit(siren + "0001")


def organisation_name(rank: int, town: str) -> str:
    return f"{WHO[rank % len(WHO)]} de {town} n° {rank + 1} (exemple)"


def back(day: date, days: int) -> date:
    return day - timedelta(days=days)
