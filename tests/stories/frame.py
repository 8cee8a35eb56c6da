"""What the stories of the 25 sheets share: figures with their source, one line told by sheet.

A figure is `name = { value = …, source = "fiche 5" }`, or says `assumed = true, why = "…"` when the
sheet gives none, and `declared = true` when nothing is computed from it. A story reads all its
figures from there: `altered` changes one, and what the story ends with follows. Whole numbers only
(cents, grams, minutes, percent), texts and days.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
SHEETS = range(1, 26)


class BadFigure(ValueError):
    """A figure without a source that does not say it is assumed, or of a kind that drifts."""


class Figures:
    """The figures of one sheet, read by name; it remembers which ones were never read."""

    def __init__(self, sheet: int, title: str, figures: dict[str, dict[str, Any]]) -> None:
        for name, figure in figures.items():
            _check(name, figure)
        self.sheet, self.title, self.figures = sheet, title, figures
        self._read: set[str] = set()

    @classmethod
    def of(cls, name: str) -> Figures:
        """Those of a file of the data folder: `Figures.of("05_audruicq")`."""
        data = tomllib.loads((DATA / f"{name}.toml").read_text())
        return cls(data["sheet"], data["title"], data["figures"])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        figure = self.figures[name]
        self._read.add(name)
        return figure["value"]

    def altered(self, **values: Any) -> Figures:
        """The same sheet with other values; a name it does not have is refused."""
        if unknown := set(values) - set(self.figures):
            raise BadFigure(f"no such figure: {', '.join(sorted(unknown))}")
        changed = {name: {"value": value, "assumed": True} for name, value in values.items()}
        return Figures(self.sheet, self.title, self.figures | changed)

    @property
    def unread(self) -> set[str]:
        """What the file says and the story never used."""
        return set(self.figures) - self._read

    @property
    def assumed(self) -> int:
        """How many are not the sheet's own."""
        return sum(1 for figure in self.figures.values() if figure.get("assumed"))


def _check(name: str, figure: dict[str, Any]) -> None:
    if unknown := set(figure) - {"value", "source", "assumed", "why", "declared"}:
        raise BadFigure(f"{name}: {', '.join(sorted(unknown))} ?")
    if bool(figure.get("source")) == bool(figure.get("assumed")):
        raise BadFigure(f"{name} says neither its source nor that it is assumed, or says both")
    if isinstance(figure.get("value"), float) or figure.get("value") is None:
        raise BadFigure(f"{name}: a whole number, a text, a day or a list of these")


Tell = Callable[[Figures, str], None]


def parts(total: int, number: int) -> list[int]:
    """A total in so many whole parts, as equal as they can be, that add to it."""
    return [total * (rank + 1) // number - total * rank // number for rank in range(number)]
