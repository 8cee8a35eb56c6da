"""A budget printed on somebody's form: amounts to the cent become whole units that still add up.

A printed table is a tree: the total, its headings, their lines. The total is rounded half up, then
each level shares it among its parts by largest remainder, so that every total is the sum of what is
printed under it and no amount moves by a whole unit. Both sides of a balanced budget have the same
total in cents, so the same total in print; contributions in kind are one branch, and stay equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

UNITS = {"centime": 1, "euro": 100, "millier": 100_000}
SIGN_OF_CUT = "\u00a0[…]"


class Node(NamedTuple):
    """A heading or a line before print; a heading counts what its parts count."""

    label: str
    cents: int = 0
    parts: tuple[Node, ...] = ()

    @property
    def total(self) -> int:
        return sum(part.total for part in self.parts) if self.parts else self.cents


class Printed(NamedTuple):
    """A line in print: its depth, and how many whole units of `cents` it shows."""

    label: str
    depth: int
    units: int
    cents: int
    is_heading: bool = False


def rounded(cents: int, unit: int) -> int:
    """Whole units, half up."""
    return (2 * cents + unit) // (2 * unit)


def shared(whole: int, amounts: Sequence[int], unit: int) -> list[int]:
    """`whole` units shared among amounts in cents: floors first, then one more to the largest
    remainders, ties to the first written. An amount in whole units never moves."""
    floors = [amount // unit for amount in amounts]
    left = whole - sum(floors)
    order = sorted(range(len(amounts)), key=lambda place: -(amounts[place] % unit))
    if not 0 <= left <= sum(1 for amount in amounts if amount % unit):
        raise ValueError("these amounts do not add up to that total")
    for place in order[:left]:
        floors[place] += 1
    return floors


def printed(root: Node, unit: int) -> list[Printed]:
    """The tree line by line, headings before their parts."""
    return list(_lines(root, rounded(root.total, unit), unit, 0))


def _lines(node: Node, units: int, unit: int, depth: int) -> Iterable[Printed]:
    yield Printed(node.label, depth, units, node.total, bool(node.parts))
    totals = [part.total for part in node.parts]
    for part, share in zip(node.parts, shared_or_none(units, totals, unit), strict=True):
        yield from _lines(part, share, unit, depth + 1)


def shared_or_none(units: int, totals: Sequence[int], unit: int) -> list[int]:
    return shared(units, totals, unit) if totals else []


def cut(text: str, most: int) -> tuple[str, bool]:
    """The text in at most `most` signs, cut between two words, with a sign that says so."""
    text = text.strip()
    if most <= 0 or len(text) <= most:
        return text, False
    room = max(0, most - len(SIGN_OF_CUT))
    short = text[:room]
    if room and not text[room : room + 1].isspace() and " " in short:
        short = short.rsplit(None, 1)[0]
    return short.rstrip() + SIGN_OF_CUT, True


class Row(NamedTuple):
    """A row of a template: a heading with rows, or the codes of the budget it gathers."""

    label: str
    codes: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    by_payer: bool = False


def codes_of(rows: Iterable[Row]) -> list[str]:
    return [code for row in rows for code in (*row.codes, *codes_of(row.rows))]


Amounts = Mapping[str, Sequence[tuple[str, int]]]


def node_of(row: Row, amounts: Amounts) -> Node:
    """The row filled from the budget: code -> (payer or label, cents) of each of its lines."""
    if row.rows:
        return Node(row.label, parts=tuple(node_of(part, amounts) for part in row.rows))
    lines = [line for code in row.codes for line in amounts.get(code, ())]
    if row.by_payer and lines:
        return Node(row.label, parts=tuple(Node(name, cents) for name, cents in lines))
    return Node(row.label, sum(cents for _, cents in lines))


def table(
    title: str, rows: Sequence[Row], in_kind: Sequence[Row], amounts: Amounts, unit: int
) -> list[Printed]:
    """One side of the budget: its total, the cash rows, then those in kind. The two branches are
    rounded together, so that both sides of a balanced budget print the same totals."""
    cash = Node("cash", parts=tuple(node_of(row, amounts) for row in rows))
    kind = Node("kind", parts=tuple(node_of(row, amounts) for row in in_kind))
    return printed(Node(title, parts=(cash, kind)), unit)


def adds_up(lines: Sequence[Printed]) -> bool:
    """Each heading is the sum of the lines right under it."""
    for place, line in enumerate(lines):
        if not line.is_heading:
            continue
        under = 0
        for other in lines[place + 1 :]:
            if other.depth <= line.depth:
                break
            under += other.units if other.depth == line.depth + 1 else 0
        if under != line.units:
            return False
    return True
