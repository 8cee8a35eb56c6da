"""Where given opinions disagree: the spread of each criterion, and the sense of the opinions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

# Half of the scale between two opinions: they did not read the same file.
WIDE = Fraction(1, 2)


@dataclass(frozen=True)
class Spread:
    """One criterion: its scale, and the value that each opinion gave, in the same order."""

    code: str
    label: str
    scale_max: int
    values: tuple[int | None, ...]

    @property
    def known(self) -> list[int]:
        return [value for value in self.values if value is not None]

    @property
    def low(self) -> int:
        return min(self.known, default=0)

    @property
    def high(self) -> int:
        return max(self.known, default=0)

    @property
    def gap(self) -> int:
        return self.high - self.low

    # Where things are drawn: the scale is 200 units wide, whatever its maximum.
    scale = 200
    width = 208

    def _x(self, value: int) -> int:
        return self.scale * value // self.scale_max

    @property
    def from_x(self) -> str:
        return str(self._x(self.low))

    @property
    def to_x(self) -> str:
        return str(self._x(self.high))

    @property
    def dots(self) -> list[str]:
        return [str(self._x(value)) for value in sorted(set(self.known))]

    @property
    def is_wide(self) -> bool:
        return len(self.known) > 1 and Fraction(self.gap, self.scale_max) >= WIDE


@dataclass(frozen=True)
class Disagreement:
    """All criteria side by side; `opposed` when some are for and some against."""

    spreads: tuple[Spread, ...]
    opposed: bool

    @property
    def exists(self) -> bool:
        return self.opposed or any(spread.is_wide for spread in self.spreads)

    @property
    def wide(self) -> list[Spread]:
        return [spread for spread in self.spreads if spread.is_wide]


def compare(
    criteria: Iterable[tuple[str, str, int]],
    marks: Sequence[Sequence[int | None]],
    opinions: Iterable[str],
) -> Disagreement:
    """`criteria`: code, label, scale; `marks`: for each opinion, its value on each criterion."""
    spreads = tuple(
        Spread(code, label, scale, tuple(row[rank] for row in marks))
        for rank, (code, label, scale) in enumerate(criteria)
    )
    senses = set(opinions)
    return Disagreement(spreads, "unfavourable" in senses and len(senses) > 1)
