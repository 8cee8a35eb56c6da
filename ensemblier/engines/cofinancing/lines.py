"""The lines to share, as they come in a CSV file: read, put in order, and checked cell by cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

NEEDED = ("line_id", "sold_on", "structure", "product", "quantity", "unit", "price_cents")
FREE = (
    "household",
    "tier",
    "size",
    "commune",
    "undoes",
    "family",
    "labels",
    "cost_cents",
    "producer_cents",
    "extra_cents",
)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
QUANTITY = re.compile(r"(\d{1,12})(?:\.(\d{1,3}))?", re.ASCII)
WRONG_SHAPE = "cette ligne n'a pas le bon nombre de cellules"
CENTS = re.compile(r"\d{1,15}", re.ASCII)


class BadLines(ValueError):
    """The file as a whole cannot be read; the message is French."""


class RawLine(NamedTuple):
    """The cells of one line, as written."""

    line_id: str
    sold_on: str
    structure: str
    product: str
    quantity: str
    unit: str
    price_cents: str
    household: str = ""
    tier: str = ""
    size: str = ""
    commune: str = ""
    undoes: str = ""
    family: str = ""
    labels: str = ""
    cost_cents: str = ""
    producer_cents: str = ""
    extra_cents: str = ""
    # What is wrong with the shape of the row itself.
    fault: str = ""


@dataclass(frozen=True)
class Line:
    """A line whose cells are right. `milli` is the quantity in thousandths of a unit."""

    line_id: str
    day: date
    milli: int
    price_cents: int
    household: str
    cells: RawLine
    extra_cents: int = 0


class BadCell(ValueError):
    """A cell of one line cannot be read; the message is French."""


class Sheet(NamedTuple):
    """An open CSV file: its rows, how many cells each has, and where each field of RawLine is."""

    rows: Iterator[list[str]]
    width: int
    places: list[int]


def open_sheet(text: Iterable[str]) -> Sheet:
    """The header read and checked; raises BadLines on it, and on the rows as they come."""
    rows = _readable(csv.reader(text))
    header = [name.strip() for name in next(rows, [])]
    if not header:
        raise BadLines("Le fichier des lignes est vide.")
    _check_header(header)
    places = [header.index(name) if name in header else -1 for name in (*NEEDED, *FREE)]
    return Sheet((row for row in rows if row), len(header), places)


def read_lines(text: Iterable[str]) -> list[RawLine]:
    """The rows of a CSV file, in the order of the file; raises BadLines."""
    sheet = open_sheet(text)
    return [raw_line(row, sheet) for row in sheet.rows]


def raw_line(row: list[str], sheet: Sheet) -> RawLine:
    """A row of a sheet, with what is wrong with its shape."""
    cells = [row[place] if 0 <= place < len(row) else "" for place in sheet.places]
    return RawLine._make([*cells, "" if len(row) == sheet.width else WRONG_SHAPE])


def _check_header(header: list[str]) -> None:
    if len(header) == 1 and ";" in header[0]:
        raise BadLines("Les colonnes sont séparées par des points-virgules : il faut des virgules.")
    if missing := [name for name in NEEDED if name not in header]:
        raise BadLines(f"Il manque des colonnes : {', '.join(missing)}.")
    for name in header:
        if header.count(name) > 1:
            raise BadLines(f"La colonne « {name} » est écrite deux fois.")


def _readable(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as error:
        why = "une cellule est trop longue" if "limit" in str(error) else str(error)
        raise BadLines(f"Le fichier des lignes est illisible : {why}.") from error


def in_order(lines: Iterable[RawLine]) -> list[RawLine]:
    """By day, then by identifier, both in text order; equal ones stay as they came."""
    return sorted(lines, key=lambda line: (line.sold_on, line.line_id))


def check(raw: RawLine) -> Line:
    """The line with its values; raises BadCell."""
    if raw.fault:
        raise BadCell(raw.fault)
    if not raw.line_id:
        raise BadCell("l'identifiant de la ligne est vide")
    return Line(
        raw.line_id,
        day_of(raw.sold_on),
        milli_of(raw.quantity),
        cents(raw.price_cents, "le prix"),
        raw.household,
        raw,
        cents(raw.extra_cents, "le don") if raw.extra_cents else 0,
    )


def day_of(text: str) -> date:
    """The day of a line; raises BadCell."""
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadCell(f"la date « {shown(text)} » n'existe pas : écrivez AAAA-MM-JJ")


def milli_of(text: str) -> int:
    """A quantity in thousandths of a unit; raises BadCell."""
    found = QUANTITY.fullmatch(text)
    if not found:
        raise BadCell(
            f"la quantité « {shown(text)} » n'est pas un nombre positif, "
            "avec un point et trois décimales au plus"
        )
    milli = int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0"))
    if milli == 0:
        raise BadCell("la quantité est nulle")
    return milli


def cents(text: str, what: str) -> int:
    """An amount of a line, in cents; `what` names it in the message."""
    if text.startswith("-"):
        raise BadCell(f"{what} « {shown(text)} » est négatif")
    if not CENTS.fullmatch(text):
        raise BadCell(f"{what} « {shown(text)} » n'est pas un nombre entier de centimes")
    return int(text)


def shown(text: str) -> str:
    """A cell as a message may show it: short, on one line."""
    clean = " ".join(text.split())
    return clean if len(clean) <= 40 else clean[:37] + "…"
