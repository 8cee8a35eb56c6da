"""An auditor's sample that anybody draws again: at random or by monetary units, by strata or not.

Nothing here calls chance: SHA-256 of the seed and of each unit's own key gives its ticket (as in
the sampler of R. Rivest for election audits). The order of the file changes nothing, and the same
seed gives the same sample on any machine, in any year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import count
from typing import NamedTuple

from ensemblier.engines.money import share_out


class BadSample(ValueError):
    """This sample cannot be drawn; the message says why, in French."""


class Method(StrEnum):
    RANDOM = "random"
    MONETARY = "monetary"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Method.RANDOM: "au hasard, chaque ligne a la même chance",
    Method.MONETARY: "par unités monétaires, chaque euro a la même chance",
}


class Unit(NamedTuple):
    """One thing that may be drawn: its own key, its amount, and where it belongs."""

    key: str
    cents: int
    stratum: str = ""


class Drawn(NamedTuple):
    """A unit that came out. `hits` is how many of the chosen euros are in it: 1 at random."""

    unit: Unit
    hits: int
    rank: int


@dataclass(frozen=True)
class Stratum:
    """One stratum: what it holds, how many were asked of it, what came out."""

    name: str
    units: int
    cents: int
    asked: int
    drawn: tuple[Drawn, ...]


@dataclass(frozen=True)
class Sample:
    """The whole draw, with all that it takes to do it again."""

    method: Method
    seed: str
    strata: tuple[Stratum, ...]

    @property
    def drawn(self) -> list[Drawn]:
        return [row for stratum in self.strata for row in stratum.drawn]

    @property
    def units(self) -> int:
        return sum(stratum.units for stratum in self.strata)

    @property
    def cents(self) -> int:
        return sum(stratum.cents for stratum in self.strata)

    def sentence(self) -> str:
        """What is written at the head of the working paper."""
        named = [row for row in self.strata if row.name]
        by = f", en {len(named)} strates" if named else ""
        return (
            f"{len(self.drawn)} lignes tirées sur {self.units}, {self.method.label}{by} ; "
            f"graine « {self.seed} »."
        )


def ticket(seed: str, *words: str) -> int:
    """A number of 256 bits that only the seed and these words decide."""
    text = "\x1f".join((seed, *words))
    return int.from_bytes(sha256(text.encode()).digest(), "big")


def below(bound: int, seed: str, *words: str) -> int:
    """A number from 0 to `bound` less 1, each with exactly the same chance: what would favour
    some is drawn again."""
    if bound < 1:
        raise BadSample("Rien à tirer : la population est vide.")
    fair = 2**256 // bound * bound
    for attempt in count():
        drawn = ticket(seed, *words, str(attempt))
        if drawn < fair:
            return drawn % bound
    raise AssertionError


def draw(
    units: Iterable[Unit],
    size: int,
    *,
    seed: str,
    method: Method = Method.RANDOM,
    by_stratum: bool = False,
) -> Sample:
    """Draw `size` units, or all of them when there are fewer.

    By stratum, the size is shared in proportion to the number of units (at random) or to the
    money (by monetary units), one at least for each stratum that has something to draw.
    """
    kept = _checked(units, size, seed, method)
    groups: dict[str, list[Unit]] = {}
    for unit in kept:
        groups.setdefault(unit.stratum if by_stratum else "", []).append(unit)
    sizes = allocation(groups, size, method)
    strata = tuple(
        Stratum(
            name,
            len(groups[name]),
            sum(unit.cents for unit in groups[name]),
            sizes[name],
            _draw_one(groups[name], sizes[name], seed, method, name),
        )
        for name in sorted(groups)
    )
    return Sample(method, seed, strata)


def _checked(units: Iterable[Unit], size: int, seed: str, method: Method) -> list[Unit]:
    kept = sorted(units)
    if size < 1:
        raise BadSample("Un échantillon compte au moins une ligne.")
    if not seed:
        raise BadSample("Donnez une graine : elle permet de refaire le même tirage.")
    for before, after in zip(kept, kept[1:], strict=False):
        if before.key == after.key:
            raise BadSample(f"Deux lignes portent la même clé : « {after.key} ».")
    if method is Method.MONETARY:
        if wrong := next((unit for unit in kept if unit.cents < 0), None):
            raise BadSample(
                f"« {wrong.key} » a un montant négatif : tirez ces lignes à part, ou au hasard."
            )
        kept = [unit for unit in kept if unit.cents]
    if not kept:
        raise BadSample("Rien à tirer : la population est vide.")
    return kept


def allocation(groups: Mapping[str, Sequence[Unit]], size: int, method: Method) -> dict[str, int]:
    """How many of each stratum: one each while there are enough, the rest in proportion."""
    names = sorted(groups)
    weights = [
        len(groups[name]) if method is Method.RANDOM else sum(u.cents for u in groups[name])
        for name in names
    ]
    if size < len(names):
        most = sorted(range(len(names)), key=lambda place: (-weights[place], names[place]))
        return {name: int(names.index(name) in most[:size]) for name in names}
    shares = share_out(size - len(names), weights)
    return {name: 1 + share for name, share in zip(names, shares, strict=True)}


def _draw_one(
    units: Sequence[Unit], size: int, seed: str, method: Method, name: str
) -> tuple[Drawn, ...]:
    if size == 0:
        return ()
    shuffled = sorted(units, key=lambda unit: ticket(seed, "unit", unit.key))
    if method is Method.RANDOM:
        return tuple(Drawn(unit, 1, rank) for rank, unit in enumerate(shuffled[:size], start=1))
    total = sum(unit.cents for unit in units)
    hits = money_hits([u.cents for u in shuffled], size, below(total, seed, "start", name))
    found = [(unit, times) for unit, times in zip(shuffled, hits, strict=True) if times]
    return tuple(Drawn(unit, times, rank) for rank, (unit, times) in enumerate(found, start=1))


def money_hits(amounts: Sequence[int], size: int, start: int) -> list[int]:
    """How many of `size` chosen cents fall in each amount, laid end to end.

    Cent number (start + k x total) / size, rounded down, for each k below `size`: steps of
    total / size, exactly, from a start between 0 and total less 1. Over all the starts an amount
    of `a` is chosen a x size times: a cent has the same chance wherever it is.
    """
    total = sum(amounts)
    found = []
    laid = 0
    done = 0
    for amount in amounts:
        laid += amount
        # Chosen cents below `laid`: those with start + k x total < laid x size.
        reached = min(size, max(0, -((start - laid * size) // total)))
        found.append(reached - done)
        done = reached
    return found
