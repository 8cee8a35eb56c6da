"""Statistics that give nobody away: small cells hidden, and enough others with them.

A cell is hidden when too few people or enterprises stand behind it, or when one enterprise makes
most of it. A total less the other cells would give it back: other cells are hidden until no
combination of what is shown, over all the tables published together, yields a hidden cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import NamedTuple, TypeVar

T = TypeVar("T")
Key = tuple[str | None, ...]  # None: the total over that dimension
Basis = dict[int, tuple[dict[int, Fraction], dict[Key, Fraction]]]


class Rule(NamedTuple):
    """Below `minimum` units, or above `dominance` per cent for one of them, a cell is hidden."""

    minimum: int
    dominance: int | None
    source: str


PEOPLE = Rule(11, None, "seuil de 11 personnes ou foyers, pratique de la statistique sociale")
ENTERPRISES = Rule(3, 85, "secret statistique des entreprises, Insee : 3 unités, 85 %")


class Fact(NamedTuple):
    """One row of data: where it belongs, its value, how many units, and which enterprise."""

    keys: tuple[str, ...]
    value: int
    units: int = 1
    who: str = ""


@dataclass(frozen=True)
class Cell:
    """One number of a table. `atoms`: the finest places it adds up."""

    key: Key
    atoms: frozenset[int]
    value: int
    anonymous: int
    parts: Mapping[str, int]  # what each named enterprise makes of it

    @property
    def units(self) -> int:
        return self.anonymous + len(self.parts)


@dataclass(frozen=True)
class Published:
    """What may be shown: a value, or None where it is hidden."""

    shown: Mapping[Key, int | None]
    primary: frozenset[Key]
    secondary: frozenset[Key]


def protect(
    facts: Sequence[Fact], tables: Sequence[Sequence[int]], rule: Rule = PEOPLE
) -> Published:
    """Protect tables published together. A table is the dimensions it crosses, with their totals.

    Values are never negative. A cell that is zero is shown: it stands for nobody.
    """
    if any(fact.value < 0 or fact.units < 0 for fact in facts):
        raise ValueError("a value and a number of units are never negative")
    cells = cells_of(facts, tables)
    primary = frozenset(key for key, cell in cells.items() if is_sensitive(cell, rule))
    hidden = set(primary)
    lines = lines_of(cells, tables)
    while key := weak_line(cells, lines, hidden, rule) or derived(cells, hidden):
        hidden.add(key)
    for key in sorted(hidden - primary, key=lambda key: (-cells[key].value, _order(key))):
        less = hidden - {key}
        if weak_line(cells, lines, less, rule) is None and derived(cells, less) is None:
            hidden = less  # the others protect well enough without this one
    shown = {key: None if key in hidden else cell.value for key, cell in cells.items()}
    return Published(shown, primary, frozenset(hidden - primary))


def cells_of(facts: Sequence[Fact], tables: Sequence[Sequence[int]]) -> dict[Key, Cell]:
    """Every cell of every table, each once even when two tables show it."""
    width = len(facts[0].keys) if facts else 0
    atoms = {keys: rank for rank, keys in enumerate(sorted({fact.keys for fact in facts}))}
    values = [sorted({fact.keys[place] for fact in facts}) for place in range(width)]
    wanted: dict[Key, None] = {}
    for table in tables:
        sides = [[*values[i], None] if i in table else [None] for i in range(width)]
        wanted |= dict.fromkeys(product(*sides))
    return {key: _cell(key, facts, atoms) for key in wanted}


def _cell(key: Key, facts: Sequence[Fact], atoms: Mapping[tuple[str, ...], int]) -> Cell:
    inside = [
        fact
        for fact in facts
        if all(want is None or want == has for want, has in zip(key, fact.keys, strict=True))
    ]
    parts: dict[str, int] = {}
    for fact in inside:
        parts[fact.who] = parts.get(fact.who, 0) + fact.value
    parts.pop("", None)
    return Cell(
        key,
        frozenset(atoms[fact.keys] for fact in inside if fact.value),
        sum(fact.value for fact in inside),
        sum(fact.units for fact in inside if not fact.who),
        parts,
    )


def is_sensitive(cell: Cell, rule: Rule) -> bool:
    """Too few behind it, or one that makes most of it."""
    if cell.value == 0:
        return False
    if cell.units < rule.minimum:
        return True
    largest = max(cell.parts.values(), default=0)
    return rule.dominance is not None and largest * 100 > cell.value * rule.dominance


def lines_of(
    cells: Mapping[Key, Cell], tables: Sequence[Sequence[int]]
) -> list[tuple[Key, tuple[Key, ...]]]:
    """Each total with the parts that make it, along one dimension of one table."""
    found: dict[tuple[Key, int], list[Key]] = {}
    for key in cells:
        for place, value in enumerate(key):
            total = (*key[:place], None, *key[place + 1 :])
            if value is not None and total in cells:
                found.setdefault((total, place), []).append(key)
    return [(total, tuple(parts)) for (total, _), parts in sorted(found.items(), key=str)]


def weak_line(
    cells: Mapping[Key, Cell],
    lines: Sequence[tuple[Key, tuple[Key, ...]]],
    hidden: set[Key],
    rule: Rule,
) -> Key | None:
    """A cell to hide where a total less what is shown leaves a group that is itself too small.

    Two hidden cells of one person each would otherwise be known from their sum, 2.
    """
    for total, parts in lines:
        if total in hidden:
            continue
        covered = [cells[part] for part in parts if part in hidden]
        if covered and is_sensitive(together(covered), rule):
            # A total that is shown is safe, so something else than the hidden group is in it.
            return _cheapest(
                cells, [p for p in parts if p not in hidden and cells[p].value], hidden
            )
    return None


def together(group: Sequence[Cell]) -> Cell:
    """Cells of one line taken as one."""
    parts: dict[str, int] = {}
    for cell in group:
        for who, value in cell.parts.items():
            parts[who] = parts.get(who, 0) + value
    atoms = frozenset[int]().union(*(cell.atoms for cell in group))
    value, anonymous = (sum(x) for x in zip(*((c.value, c.anonymous) for c in group), strict=True))
    return Cell((), atoms, value, anonymous, parts)


def derived(cells: Mapping[Key, Cell], hidden: set[Key]) -> Key | None:
    """The cheapest cell whose hiding breaks a way to compute a hidden one, if there is a way."""
    known = Known(cells, hidden)
    for key in sorted(hidden, key=_order):
        used = known.expression(cells[key])
        if used is not None:
            # A hidden cell has a value: at least one of the cells that give it has one too.
            return _cheapest(cells, [name for name in used if cells[name].value], hidden)
    return None


def _cheapest(cells: Mapping[Key, Cell], keys: Iterable[Key], hidden: set[Key]) -> Key:
    """Fewest totals first, then whoever closes a square with hidden cells, then the smallest
    value: the tables keep what tells most."""
    return min(
        keys,
        key=lambda key: (key.count(None), -_sides(key, hidden), cells[key].value, _order(key)),
    )


def _sides(key: Key, hidden: set[Key]) -> int:
    """Along how many dimensions another cell is hidden already."""
    places = set()
    for other in hidden:
        apart = [i for i, (a, b) in enumerate(zip(key, other, strict=True)) if a != b]
        if len(apart) == 1 and other[apart[0]] is not None:
            places.add(apart[0])
    return len(places)


def _order(key: Key) -> tuple[str, ...]:
    return tuple("\uffff" if value is None else value for value in key)


class Known:
    """What an attacker computes from the shown cells: exact elimination over the fractions.

    Atoms that are shown alone are known at once and left out of the equations.
    """

    def __init__(self, cells: Mapping[Key, Cell], hidden: set[Key]) -> None:
        shown = [cell for name, cell in cells.items() if name not in hidden]
        self.cells = cells
        self.alone = {next(iter(cell.atoms)): cell.key for cell in shown if len(cell.atoms) == 1}
        self.basis: Basis = {}
        for cell in shown:
            vector = dict.fromkeys(cell.atoms - self.alone.keys(), Fraction(1))
            combo = {cell.key: Fraction(1)}
            _reduce(vector, combo, self.basis)
            if vector:
                self.basis[min(vector)] = (vector, combo)

    def expression(self, cell: Cell) -> list[Key] | None:
        """The shown cells whose sums and differences give this one, or None when nothing does."""
        vector = dict.fromkeys(cell.atoms - self.alone.keys(), Fraction(1))
        combo: dict[Key, Fraction] = {}
        _reduce(vector, combo, self.basis)
        if vector:
            return None
        everywhere = cell.atoms.union(*(self.cells[name].atoms for name in combo))
        used = set(combo) | {self.alone[atom] for atom in everywhere & self.alone.keys()}
        return sorted(used, key=_order)


def _reduce(
    vector: dict[int, Fraction],
    combo: dict[Key, Fraction],
    basis: Basis,
) -> None:
    """Take away from `vector` what the basis explains, noting in `combo` what was used."""
    done: set[int] = set()
    while pivots := [atom for atom in vector if atom in basis and atom not in done]:
        pivot = min(pivots)
        row, made_of = basis[pivot]
        factor = vector[pivot] / row[pivot]
        _subtract(vector, row, factor)
        _subtract(combo, made_of, factor)
        done.add(pivot)


def _subtract(target: dict[T, Fraction], row: Mapping[T, Fraction], factor: Fraction) -> None:
    for name, amount in row.items():
        left = target.get(name, Fraction(0)) - factor * amount
        if left:
            target[name] = left
        else:
            target.pop(name, None)
