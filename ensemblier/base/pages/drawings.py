"""Charts of money over time and of who pays what: numbers in, shapes and tables out.

Shapes stretch to their place; words and amounts stay words in a table, but for the flow, whose
labels are drawn in its own narrow width so that they stay readable on a phone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ensemblier.base.pages.charts import KINDS
from ensemblier.base.pages.formats import SPACE, euros

HEIGHT = 1000
WIDE = 1000


class Piece(NamedTuple):
    """One part of a pile as it is drawn, in a square of 100 by 1000."""

    kind: str
    y: str
    height: str
    title: str


class Pile(NamedTuple):
    """One column: its pieces, and the height of its mark."""

    label: str
    pieces: list[Piece]
    mark: str
    total: str


@dataclass(frozen=True)
class Piles:
    """Columns whose parts are piled, with a mark to compare with (what is to be covered). Cents.

    `rows`: one by part, with as many amounts as labels. `marks`: one by label.
    """

    labels: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int]]]
    marks: Sequence[int]
    sentence: str
    mark_label: str
    heading: str = "Ressource"

    def __post_init__(self) -> None:
        for name, amounts in self.rows:
            if len(amounts) != len(self.labels) or min(amounts, default=0) < 0:
                raise ValueError(f"{name}: one amount by label, none negative")

    @cached_property
    def totals(self) -> list[int]:
        return [sum(row[1][place] for row in self.rows) for place in range(len(self.labels))]

    @cached_property
    def highest(self) -> int:
        return max([*self.totals, *self.marks], default=0)

    @property
    def highest_amount(self) -> str:
        return euros(self.highest)

    @property
    def keys(self) -> list[tuple[str, str]]:
        return [(name, KINDS[rank % len(KINDS)]) for rank, (name, _) in enumerate(self.rows)]

    @property
    def piles(self) -> list[Pile]:
        return [self._pile(place) for place in range(len(self.labels))]

    def _pile(self, place: int) -> Pile:
        pieces, below = [], 0
        for (name, amounts), (_, kind) in zip(self.rows, self.keys, strict=True):
            top = self._height(below + amounts[place])
            height = top - self._height(below)
            below += amounts[place]
            title = f"{self.labels[place]}, {name}{SPACE}: {euros(amounts[place])}"
            pieces.append(Piece(kind, str(HEIGHT - top), str(height), title))
        mark = str(HEIGHT - self._height(self.marks[place]))
        return Pile(self.labels[place], pieces, mark, euros(self.totals[place]))

    def _height(self, cents: int) -> int:
        return HEIGHT * cents // self.highest if self.highest else 0

    @property
    def table(self) -> list[tuple[str, str, list[str]]]:
        """Name, colour, amounts."""
        return [
            (name, kind, [euros(cents) for cents in amounts])
            for (name, amounts), (_, kind) in zip(self.rows, self.keys, strict=True)
        ]

    @property
    def foot(self) -> list[tuple[str, list[str]]]:
        return [
            ("Total", [euros(cents) for cents in self.totals]),
            (self.mark_label, [euros(cents) for cents in self.marks]),
        ]


class Band(NamedTuple):
    """Between two curves: a closed outline."""

    kind: str
    points: str
    title: str


@dataclass(frozen=True)
class FanCurve:
    """A curve over months with its fan. Cents; all series have one value by month.

    `fan`: percent -> values, of an odd count of percents around 50. `labels`: one by month;
    `names`: one by year, else the first four signs of its first month.
    """

    labels: Sequence[str]
    planned: Sequence[int]
    fan: Mapping[int, Sequence[int]]
    sentence: str
    each: int = 12  # months between two marks of the axis
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        for values in (self.planned, *self.fan.values()):
            if len(values) != len(self.labels):
                raise ValueError("a value for each month is needed")

    @cached_property
    def bounds(self) -> tuple[int, int]:
        """Lowest and highest of what is drawn; zero is always inside."""
        every = [0, *self.planned, *(v for values in self.fan.values() for v in values)]
        low, high = min(every), max(every)
        return (low, high) if high > low else (low, low + 1)

    def _y(self, cents: int) -> int:
        low, high = self.bounds
        return HEIGHT - HEIGHT * (cents - low) // (high - low)

    def _points(self, values: Sequence[int]) -> list[str]:
        last = max(len(values) - 1, 1)
        return [f"{WIDE * rank // last},{self._y(cents)}" for rank, cents in enumerate(values)]

    @property
    def zero(self) -> str:
        return str(self._y(0))

    @property
    def curve(self) -> str:
        return " ".join(self._points(self.planned))

    @property
    def middle(self) -> str:
        return " ".join(self._points(self.fan[50]))

    @property
    def bands(self) -> list[Band]:
        """From the widest to the narrowest."""
        percents = sorted(self.fan)
        pairs = [(low, 100 - low) for low in percents if low < 50 and 100 - low in self.fan]
        return [
            Band(
                f"fan-{rank}",
                " ".join([*self._points(self.fan[high]), *self._points(self.fan[low])[::-1]]),
                f"{high - low}{SPACE}% des tirages",
            )
            for rank, (low, high) in enumerate(pairs, 1)
        ]

    @property
    def marks(self) -> list[str]:
        return [self.labels[rank] for rank in range(0, len(self.labels), self.each)]

    @property
    def scale(self) -> tuple[str, str]:
        """Highest and lowest, as amounts."""
        return euros(self.bounds[1] // 100 * 100), euros(self.bounds[0] // 100 * 100)

    @property
    def percents(self) -> list[int]:
        return sorted(self.fan)

    @property
    def years(self) -> list[list[str]]:
        """By year: its name, its lowest month in the plan, and the fan at its end."""
        found = []
        for rank, first in enumerate(range(0, len(self.labels), self.each)):
            months = range(first, min(first + self.each, len(self.labels)))
            lowest = min(months, key=lambda month: self.planned[month])
            last = months[-1]
            found.append(
                [
                    self.names[rank] if self.names else self.labels[first][:4],
                    f"{in_euros(self.planned[lowest])} ({self.labels[lowest]})",
                    in_euros(self.planned[last]),
                    *(in_euros(self.fan[percent][last]) for percent in self.percents),
                ]
            )
        return found

    @property
    def months(self) -> list[list[str]]:
        return [
            [
                label,
                in_euros(self.planned[month]),
                *(in_euros(self.fan[percent][month]) for percent in self.percents),
            ]
            for month, label in enumerate(self.labels)
        ]


def in_euros(cents: int) -> str:
    """To the nearest euro: a fan is no matter of cents."""
    sign = -1 if cents < 0 else 1
    return euros(sign * ((abs(cents) + 50) // 100 * 100))


class Ribbon(NamedTuple):
    """One end of the flow: its outline, its node, its words."""

    kind: str
    outline: str
    node_y: str
    node_height: str
    text_y: str
    label: str
    amount: str


@dataclass(frozen=True)
class Flow:
    """Who pays, on the left, one thing, in the middle, and to whom that goes, on the right. Cents.

    Money is not earmarked: each side joins the whole.
    """

    sources: Sequence[tuple[str, int]]
    uses: Sequence[tuple[str, int]]
    whole: str
    sentence: str
    source_heading: str = "Qui paie"
    use_heading: str = "À qui cela va"

    WIDTH, NODE, MIDDLE, LEAST, GAP = 360, 7, 26, 34, 6

    def __post_init__(self) -> None:
        if sum(c for _, c in self.sources) != sum(c for _, c in self.uses):
            raise ValueError("what is paid goes somewhere: both sides have the same total")
        if min((c for _, c in [*self.sources, *self.uses]), default=0) < 0:
            raise ValueError("a flow cannot be negative")

    @property
    def total(self) -> int:
        return sum(cents for _, cents in self.sources)

    @property
    def total_amount(self) -> str:
        return euros(self.total)

    @property
    def height(self) -> int:
        """Enough for the side that has most ends."""
        return max(220, *(len(side) * (self.LEAST + 14) for side in (self.sources, self.uses)))

    @property
    def view_box(self) -> str:
        return f"0 0 {self.WIDTH} {self.height}"

    @property
    def middle(self) -> dict[str, str]:
        left = (self.WIDTH - self.MIDDLE) // 2
        return {"x": str(left), "width": str(self.MIDDLE), "height": str(self.height)}

    def _heights(self, side: Sequence[tuple[str, int]]) -> list[int]:
        """Each end is as high as its part, never less than its words."""
        room = self.height - self.GAP * (len(side) - 1) - self.LEAST * len(side)
        return [self.LEAST + room * cents // self.total for _, cents in side]

    def _ribbons(self, side: Sequence[tuple[str, int]], left: bool) -> list[Ribbon]:
        if not self.total:
            return []
        found, top, before = [], 0, 0
        near = (self.WIDTH - self.MIDDLE) // 2
        inner = near if left else near + self.MIDDLE
        outer = self.NODE if left else self.WIDTH - self.NODE
        bend = (inner + outer) // 2
        for rank, ((label, cents), height) in enumerate(
            zip(side, self._heights(side), strict=True)
        ):
            start = self.height * before // self.total
            before += cents
            end = self.height * before // self.total
            outline = (
                f"M{outer},{top} C{bend},{top} {bend},{start} {inner},{start} L{inner},{end} "
                f"C{bend},{end} {bend},{top + height} {outer},{top + height} Z"
            )
            kind = KINDS[rank % len(KINDS)]
            words = label if len(label) <= 20 else f"{label[:19].rstrip()}…"
            found.append(
                Ribbon(kind, outline, str(top), str(height), str(top + 14), words, euros(cents))
            )
            top += height + self.GAP
        return found

    @property
    def left(self) -> list[Ribbon]:
        return self._ribbons(self.sources, True)

    @property
    def right(self) -> list[Ribbon]:
        return self._ribbons(self.uses, False)

    @property
    def tables(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return [
            (heading, [(label, euros(cents)) for label, cents in side])
            for heading, side in (
                (self.source_heading, self.sources),
                (self.use_heading, self.uses),
            )
        ]


class Span(NamedTuple):
    """One cause, from the value it gives at worst to that at best, as it is drawn."""

    label: str
    x: str
    width: str
    low: str
    high: str


@dataclass(frozen=True)
class Spans:
    """A tornado: causes in the order given, each with a low and a high end around `rest`. Cents."""

    causes: Sequence[tuple[str, int, int]]
    rest: int
    sentence: str
    heading: str = "Si cela change"
    low_heading: str = "Au plus bas"
    high_heading: str = "Au plus haut"

    @cached_property
    def bounds(self) -> tuple[int, int]:
        every = [self.rest, *(v for _, low, high in self.causes for v in (low, high))]
        low, high = min(every), max(every)
        return (low, high) if high > low else (low, low + 1)

    def _x(self, cents: int) -> int:
        low, high = self.bounds
        return WIDE * (cents - low) // (high - low)

    @property
    def middle(self) -> str:
        return str(self._x(self.rest))

    @property
    def rest_amount(self) -> str:
        return in_euros(self.rest)

    @property
    def spans(self) -> list[Span]:
        found = []
        for label, *ends in self.causes:
            low, high = min(ends), max(ends)
            x = self._x(low)
            width = max(self._x(high) - x, 4)
            found.append(Span(label, str(x), str(width), in_euros(low), in_euros(high)))
        return found
