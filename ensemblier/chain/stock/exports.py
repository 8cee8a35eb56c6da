"""Tables of a chain as CSV, for a French spreadsheet: no cell is ever a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ensemblier.base.pages.cells import harmless
from ensemblier.base.pages.formats import typed_quantity
from ensemblier.base.refusal import Refusal

MOST_ROWS = 50_000


class TooManyRows(Refusal):
    """The list is longer than a file may be."""

    def __init__(self) -> None:
        super().__init__("Cette liste dépasse 50 000 lignes : choisissez une période plus courte.")


def csv_file(
    request: HttpRequest,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str | int | date | None]],
) -> HttpResponse:
    """The file under its name: semicolons, and a mark of UTF-8 first."""
    try:
        text = as_csv(columns, rows)
    except TooManyRows as refusal:
        return render(request, "pages/refused.html", {"reason": refusal.message}, status=422)
    response = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str | int | date | None]]) -> str:
    out = StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([harmless(name) for name in columns])
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            raise TooManyRows
        writer.writerow([cell(value) for value in row])
    return out.getvalue()


def cell(value: str | int | date | None) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else harmless(value)


def units(milli: int) -> str:
    """A quantity for a cell: a decimal comma, no space between thousands."""
    return typed_quantity(milli).replace("\u00a0", "")
