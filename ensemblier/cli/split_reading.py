"""The lines of a CSV file put in order with little memory, however many they are.

Read once to know what is in it, then once more to share it. What does not fit in a block waits in
files beside the results.
"""

from __future__ import annotations

import csv
import heapq
import shutil
from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from ensemblier.engines.cofinancing.lines import Sheet, open_sheet

ROWS = 32_768
BASKETS = 64
LINE_ID, SOLD_ON, UNDOES = 0, 1, 11
Key = tuple[str, str]


@dataclass
class Known:
    """What one reading tells of a file."""

    count: int
    is_sorted: bool
    undone: dict[str, None]
    repeated: set[int]


class Baskets:
    """Hashes thrown in baskets on disk, so that equal ones can be looked for basket by basket."""

    def __init__(self, folder: Path) -> None:
        self.paths = [folder / f"basket-{place}" for place in range(BASKETS)]

    def add(self, hashes: Iterable[int]) -> None:
        baskets: list[array[int]] = [array("q") for _ in range(BASKETS)]
        for value in hashes:
            baskets[value % BASKETS].append(value)
        for path, basket in zip(self.paths, baskets, strict=True):
            with path.open("ab") as file:
                basket.tofile(file)

    def repeated(self) -> set[int]:
        """The hashes that came more than once."""
        found: set[int] = set()
        for path in self.paths:
            values: array[int] = array("q")
            values.frombytes(path.read_bytes() if path.exists() else b"")
            seen: set[int] = set()
            for value in values:
                (found if value in seen else seen).add(value)
            path.unlink(missing_ok=True)
        return found


class LinesFile:
    """A CSV file of lines, and a folder for what must wait."""

    def __init__(self, path: Path, folder: Path, rows: int = ROWS) -> None:
        self.path, self.folder, self.rows = path, folder, rows
        if not path.is_file():  # a pipe can be read only once
            self.path = folder / "lines"
            with path.open("rb") as pipe, self.path.open("wb") as copy:
                shutil.copyfileobj(pipe, copy)

    def _sheet(self, stack: ExitStack) -> Sheet:
        text = stack.enter_context(self.path.open(encoding="utf-8-sig", newline=""))
        return open_sheet(text)

    def look(self) -> Known:
        """Read the whole file; raises BadLines, OSError, UnicodeDecodeError."""
        known, baskets, before = Known(0, True, {}, set()), Baskets(self.folder), ("", "")
        with ExitStack() as stack:
            sheet = self._sheet(stack)
            undoes = sheet.places[UNDOES]
            while rows := list(islice(sheet.rows, self.rows)):
                keys = keys_of(rows, sheet)
                known.count += len(rows)
                if known.is_sorted:
                    pairs = pairwise([before, *keys])
                    known.is_sorted = all(first <= second for first, second in pairs)
                    before = keys[-1]
                baskets.add(hash(line_id) for _, line_id in keys)
                if undoes >= 0:
                    undone = (row[undoes] for row in rows if len(row) > undoes)
                    known.undone.update(dict.fromkeys(filter(None, undone)))
        known.repeated = baskets.repeated()
        return known

    def in_order(self, is_sorted: bool) -> Iterator[tuple[list[list[str]], Sheet]]:
        """Rows by day, then by identifier, some at a time; equal ones as they came."""
        with ExitStack() as stack:
            sheet = self._sheet(stack)
            rows = sheet.rows if is_sorted else self._sorted(sheet, stack)
            while some := list(islice(rows, self.rows)):
                yield some, sheet

    def _sorted(self, sheet: Sheet, stack: ExitStack) -> Iterator[list[str]]:
        paths: list[Path] = []
        while rows := list(islice(sheet.rows, self.rows)):
            order = sorted(zip(keys_of(rows, sheet), range(len(rows)), strict=True))
            paths.append(self.folder / f"sorted-{len(paths)}")
            with paths[-1].open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows[place] for _, place in order)
        files = [stack.enter_context(path.open(encoding="utf-8", newline="")) for path in paths]
        day, line_id = sheet.places[SOLD_ON], sheet.places[LINE_ID]
        last = max(day, line_id)

        def key(row: list[str]) -> Key:
            return (row[day], row[line_id]) if len(row) > last else key_of_short(row, sheet)

        return heapq.merge(*map(csv.reader, files), key=key)


def keys_of(rows: list[list[str]], sheet: Sheet) -> list[Key]:
    """By what each row is put in order."""
    day, line_id = sheet.places[SOLD_ON], sheet.places[LINE_ID]
    try:
        return [(row[day], row[line_id]) for row in rows]
    except IndexError:
        return [key_of_short(row, sheet) for row in rows]


def key_of_short(row: list[str], sheet: Sheet) -> Key:
    whole = [*row, *[""] * sheet.width]
    return whole[sheet.places[SOLD_ON]], whole[sheet.places[LINE_ID]]
