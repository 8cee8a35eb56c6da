"""Charts drawn by the server: numbers in, shares and bars out; each goes with its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ensemblier.base.pages.formats import SPACE, amount, quantity

# The colours of a chart, in the order in which they are given out.
KINDS = ("leaf", "moss", "honey", "slate", "sky", "tomato")


@dataclass(frozen=True)
class Part:
    """A part of a whole. `value` is in cents when the unit is "€"."""

    label: str
    value: int
    kind: str = ""

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError(f"a part of a bar cannot be negative: {self.label} {self.value}")
        if self.kind and self.kind not in KINDS:
            raise ValueError(f"unknown colour {self.kind}, choose among {', '.join(KINDS)}")


class Slice(NamedTuple):
    """A part as it is drawn: positions in thousandths of the width, as text."""

    label: str
    kind: str
    amount: str
    share: str
    x: str
    width: str


@dataclass(frozen=True)
class StackedBar:
    """One bar cut in parts. The sentence says what is to be seen in it."""

    parts: Sequence[Part]
    sentence: str
    unit: str = "€"
    in_milli: bool = False  # the values are thousandths of the unit

    @cached_property
    def total(self) -> int:
        return sum(part.value for part in self.parts)

    @property
    def total_amount(self) -> str:
        return self._written(self.total)

    @cached_property
    def slices(self) -> list[Slice]:
        result = []
        before = 0
        for rank, (part, share) in enumerate(zip(self.parts, self.shares, strict=True)):
            start, end = (self._place(before), self._place(before + part.value))
            before += part.value
            kind = part.kind or KINDS[rank % len(KINDS)]
            shown = f"{share}{SPACE}%" if share or not part.value else f"moins de 1{SPACE}%"
            written = self._written(part.value)
            result.append(Slice(part.label, kind, written, shown, str(start), str(end - start)))
        return result

    @cached_property
    def shares(self) -> list[int]:
        """Whole percents that add up to 100: largest remainders first, then the order given."""
        if not self.total:
            return [0 for _ in self.parts]
        shares = [100 * part.value // self.total for part in self.parts]
        order = sorted(range(len(shares)), key=lambda i: -(100 * self.parts[i].value % self.total))
        for i in order[: 100 - sum(shares)]:
            shares[i] += 1
        return shares

    def _written(self, value: int) -> str:
        return quantity(value, self.unit) if self.in_milli else amount(value, self.unit)

    def _place(self, value: int) -> int:
        return 1000 * value // self.total if self.total else 0


@dataclass(frozen=True)
class Column:
    """What one column stands for: one value for each series of the chart."""

    label: str
    values: tuple[int, ...]


class Bar(NamedTuple):
    """A column as it is drawn, in a square of 100 by 100 stretched to its place, as text."""

    kind: str
    x: str
    y: str
    width: str
    height: str
    title: str


class Group(NamedTuple):
    """The bars of one label, and their amounts for the table."""

    label: str
    bars: list[Bar]
    amounts: list[str]


@dataclass(frozen=True)
class ColumnChart:
    """Columns side by side, one group a label, one colour a series."""

    columns: Sequence[Column]
    sentence: str
    series: tuple[str, ...] = ("Montant",)
    unit: str = "€"
    heading: str = "Période"

    def __post_init__(self) -> None:
        for column in self.columns:
            if len(column.values) != len(self.series):
                raise ValueError(f"{column.label}: as many values as series are needed")
            if min(column.values, default=0) < 0:
                raise ValueError(f"{column.label}: a column cannot be negative")

    @cached_property
    def highest(self) -> int:
        return max((value for column in self.columns for value in column.values), default=0)

    @property
    def width(self) -> int:
        return len(self.series) + 1

    @property
    def long(self) -> bool:
        """Too many rows to show without being asked."""
        return len(self.columns) > 6

    @property
    def upright(self) -> bool:
        """Many names side by side are written from top to bottom; months are short enough."""
        return self.long and max(len(column.label) for column in self.columns) > 10

    @property
    def highest_amount(self) -> str:
        return amount(self.highest, self.unit)

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Series and colours, for the legend."""
        return [(name, KINDS[rank % len(KINDS)]) for rank, name in enumerate(self.series)]

    @cached_property
    def groups(self) -> list[Group]:
        return [
            Group(
                column.label,
                [self._bar(column, rank) for rank in range(len(column.values))],
                [amount(value, self.unit) for value in column.values],
            )
            for column in self.columns
        ]

    def _bar(self, column: Column, rank: int) -> Bar:
        value, width = column.values[rank], 80 // len(self.series)
        height = 100 * value // self.highest if self.highest else 0
        height = height or (1 if value else 0)
        name, kind = self.keys[rank]
        left = 10 + rank * width
        title = f"{column.label}, {name}{SPACE}: {amount(value, self.unit)}"
        return Bar(kind, str(left), str(100 - height), str(width - 2), str(height), title)


@dataclass(frozen=True)
class Shape:
    """A territory on a map: its outline, its number and the page it leads to."""

    path: str
    label: str
    value: int
    href: str = ""


class Tinted(NamedTuple):
    """A territory as it is drawn: the tint goes from 0 (nothing) to 4 (most)."""

    path: str
    label: str
    amount: str
    href: str
    tint: int


@dataclass(frozen=True)
class Inset:
    """A small frame of a map, for a territory far away."""

    label: str
    shapes: Sequence[Shape]
    view_box: str


@dataclass(frozen=True)
class TerritoryMap:
    """A map in five tints, with its insets and the table of its numbers."""

    shapes: Sequence[Shape]
    sentence: str
    view_box: str
    insets: Sequence[Inset] = ()
    unit: str = ""
    heading: str = "Territoire"
    measure: str = "Nombre"

    @cached_property
    def highest(self) -> int:
        return max((shape.value for shape in self.everywhere), default=0)

    @property
    def everywhere(self) -> list[Shape]:
        return [*self.shapes, *(shape for inset in self.insets for shape in inset.shapes)]

    @property
    def tinted(self) -> list[Tinted]:
        return [self._tint(shape) for shape in self.shapes]

    @property
    def frames(self) -> list[tuple[Inset, list[Tinted]]]:
        return [(inset, [self._tint(shape) for shape in inset.shapes]) for inset in self.insets]

    @property
    def rows(self) -> list[Tinted]:
        """The territories that have something, most first: the table."""
        ranked = sorted(self.everywhere, key=lambda shape: (-shape.value, shape.label))
        return [self._tint(shape) for shape in ranked if shape.value]

    @property
    def legend(self) -> list[tuple[int, str]]:
        """Tints and the numbers they stand for, without the tints that nothing wears."""
        worn: dict[int, list[int]] = {}
        for shape in self.everywhere:
            worn.setdefault(self._tint(shape).tint, []).append(shape.value)
        return [(tint, self._span(worn[tint])) for tint in sorted(worn)]

    def _span(self, values: list[int]) -> str:
        low, high = min(values), max(values)
        last = amount(high, self.unit)
        return last if low == high else f"{amount(low, self.unit)} à {last}"

    def _tint(self, shape: Shape) -> Tinted:
        tint = -(-4 * shape.value // self.highest) if self.highest else 0
        return Tinted(shape.path, shape.label, amount(shape.value, self.unit), shape.href, tint)
