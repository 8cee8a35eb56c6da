"""Reads one table in a process of its own, held to little memory and time (see tables.py).

Run as a script: the file's bytes come in, one JSON line goes out. Nothing of ours is imported.
"""

import csv
import io
import json
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 10
MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_TEXT = 2_000


class NotATable(Exception):
    """What is wrong with the file, in French."""


def text_of(value: Any) -> str:
    """A cell as text: days as 2027-03-31, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == value.min.time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    text = str(value).replace("\x00", "").strip()
    if len(text) > MAX_TEXT:
        raise NotATable(f"Une cellule dépasse {MAX_TEXT} caractères : raccourcissez-la.")
    return text


def sheet_rows(content: bytes) -> Iterator[Iterable[Any]]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheet = book.worksheets[0]
    # What the file says of its own size is not believed: it may claim a million empty rows.
    sheet.reset_dimensions()
    return sheet.iter_rows(max_col=MAX_COLUMNS, max_row=2 * MAX_ROWS, values_only=True)


OPEN = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}%s"
REPEATED = OPEN % ("table", "number-columns-repeated")
DEPTH = 200


def open_rows(content: bytes) -> Iterator[Iterable[Any]]:
    """The first sheet of an ODS file; a cell said to be repeated a million times is not."""
    from xml.etree.ElementTree import iterparse

    with zipfile.ZipFile(io.BytesIO(content)) as package, package.open("content.xml") as part:
        if b"<!DOCTYPE" in part.read(4096):
            raise NotATable("Ce fichier ODS contient une définition interdite.")
    with zipfile.ZipFile(io.BytesIO(content)) as package, package.open("content.xml") as part:
        depth = 0
        for event, element in iterparse(part, events=("start", "end")):
            depth += 1 if event == "start" else -1
            if depth > DEPTH:
                raise NotATable("Ce fichier ODS est construit d'une façon inattendue.")
            if event == "start":
                continue
            if element.tag == OPEN % ("table", "table-row"):
                yield open_cells(element)
                element.clear()
            elif element.tag == OPEN % ("table", "table"):
                return


def open_cells(row: Any) -> list[Any]:
    cells: list[Any] = []
    for cell in row:
        if cell.tag not in (OPEN % ("table", "table-cell"), OPEN % ("table", "covered-table-cell")):
            continue
        lines = ["".join(line.itertext()) for line in cell.iter(OPEN % ("text", "p"))]
        kind = cell.get(OPEN % ("office", "value-type"), "")
        value = "\n".join(lines)
        if kind == "date":
            value = cell.get(OPEN % ("office", "date-value"), value).removesuffix("T00:00:00")
        elif kind in ("float", "currency"):
            value = cell.get(OPEN % ("office", "value"), value).removesuffix(".0")
        times = cell.get(REPEATED, "1")
        count = int(times) if times.isdigit() and len(times) < 6 else MAX_COLUMNS
        cells += [value] * min(count if value else 1 if count > MAX_COLUMNS else count, 999)
    return cells


def line_rows(content: bytes) -> Iterator[Iterable[Any]]:
    if b"\x00" in content:
        raise NotATable("Ce fichier n'est ni un classeur XLSX ni un texte CSV.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = next((line for line in text.splitlines() if line.strip()), "")
    sign = max(";\t,", key=first.count)
    csv.field_size_limit(10 * MAX_TEXT)
    return csv.reader(io.StringIO(text, newline=""), delimiter=sign)


def rows_of(content: bytes) -> Iterator[Iterable[Any]]:
    if not content.startswith(b"PK\x03\x04"):
        return line_rows(content)
    if b"opendocument.spreadsheet" in content[:200]:
        return open_rows(content)
    return sheet_rows(content)


def read(content: bytes) -> list[list[str]]:
    """The rows that hold something; the first is the heading."""
    source = rows_of(content)
    kept: list[list[str]] = []
    for row in source:
        cells = [text_of(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise NotATable(f"Ce tableau a plus de {MAX_COLUMNS} colonnes.")
        if not cells:
            continue
        kept.append(cells)
        if len(kept) > MAX_ROWS:
            raise NotATable(f"Ce tableau dépasse {MAX_ROWS} lignes : coupez-le en plusieurs.")
    if not kept:
        raise NotATable("Ce tableau est vide.")
    return kept


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        answer: dict[str, Any] = {"rows": read(content)}
    except NotATable as refusal:
        answer = {"fault": str(refusal)}
    except (MemoryError, RecursionError):
        answer = {"fault": "Ce fichier demande trop de mémoire pour être lu."}
    except Exception as error:  # noqa: BLE001
        answer = {"broken": type(error).__name__}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
