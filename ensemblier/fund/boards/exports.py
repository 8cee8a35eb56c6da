"""Lists as CSV, XLSX and ODS: streamed, bounded, and nothing in them is ever a formula.

OpenDocument is written here, in sixty lines: odfpy, the one library there is, holds the whole
document in memory, is no longer kept, and would be one more thing to install.
"""

from __future__ import annotations

import csv
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from io import StringIO, TextIOWrapper
from typing import IO, Any
from xml.sax.saxutils import escape

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import render

from ensemblier.base.pages.cells import harmless
from ensemblier.base.refusal import Refusal
from ensemblier.fund.boards.tables import Cell, Euros, Table

FORMATS = {"csv": "CSV", "xlsx": "Excel (XLSX)", "ods": "LibreOffice (ODS)"}
MOST_ROWS = 50_000
# What XML 1.0 cannot hold.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}


class TooManyRows(Refusal):
    """The list is longer than a file may be."""

    def __init__(self) -> None:
        super().__init__(
            "Cette liste dépasse 50 000 lignes : resserrez les filtres, puis exportez de nouveau."
        )


def download(request: HttpRequest, table: Table, wanted: str) -> HttpResponseBase:
    """The file, under its name, through a temporary file and never through memory."""
    opened = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    try:
        WRITERS[wanted](table, opened)
    except TooManyRows as refusal:
        opened.close()
        return render(request, "pages/refused.html", {"reason": refusal.message}, status=422)
    opened.seek(0)
    return FileResponse(
        opened, as_attachment=True, filename=f"{table.name}.{wanted}", content_type=TYPES[wanted]
    )


def bounded(rows: Iterable[Any]) -> Iterator[Any]:
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            raise TooManyRows
        yield row


def write_csv(table: Table, opened: IO[bytes]) -> None:
    """For a French spreadsheet: semicolons, decimal commas, a mark of UTF-8 first."""
    text = TextIOWrapper(opened, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";")
    writer.writerow([harmless(name) for name in table.columns])
    for row in bounded(table.rows):
        writer.writerow([csv_cell(cell) for cell in row])
    text.flush()
    text.detach()


def csv_cell(cell: Cell | Euros) -> str:
    if isinstance(cell, Euros):
        return f"{cell.decimal:.2f}".replace(".", ",")
    if isinstance(cell, Decimal | int):
        return str(cell).replace(".", ",")
    if isinstance(cell, date):
        return cell.isoformat()
    return harmless(cell or "")


def write_xlsx(table: Table, opened: IO[bytes]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", table.title)[:31] or "Liste")

    def cell(value: Cell | Euros) -> Any:
        if isinstance(value, Euros):
            made = WriteOnlyCell(sheet, value=value.decimal)
            made.number_format = "#,##0.00 [$€-40C]"
            return made
        if isinstance(value, str):
            made = WriteOnlyCell(sheet, value=UNWRITABLE.sub("", value))
            # openpyxl takes « =… » for a formula: it is told that it is text, and so is Excel.
            made.data_type = "s"
            made.quotePrefix = harmless(value) != value
            return made
        return value

    try:
        sheet.append([cell(name) for name in table.columns])
        for row in bounded(table.rows):
            sheet.append([cell(value) for value in row])
    finally:
        sheet.close()  # its own temporary file, even when the list is refused
    book.save(opened)


ODS_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>
"""  # noqa: E501
ODS_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" office:version="1.3"><office:automatic-styles><number:currency-style style:name="N1"><number:number number:decimal-places="2" number:min-integer-digits="1" number:grouping="true"/><number:text> </number:text><number:currency-symbol number:language="fr" number:country="FR">€</number:currency-symbol></number:currency-style><number:date-style style:name="N2"><number:day number:style="long"/><number:text>/</number:text><number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/></number:date-style><style:style style:name="euros" style:family="table-cell" style:data-style-name="N1"/><style:style style:name="day" style:family="table-cell" style:data-style-name="N2"/></office:automatic-styles><office:body><office:spreadsheet>"""  # noqa: E501
ODS_TAIL = "</table:table></office:spreadsheet></office:body></office:document-content>"


def write_ods(table: Table, opened: IO[bytes]) -> None:
    """The type first and not compressed, as the norm asks; the content as it comes."""
    with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", TYPES["ods"], zipfile.ZIP_STORED)
        package.writestr("META-INF/manifest.xml", ODS_MANIFEST)
        with package.open("content.xml", "w") as content:
            for part in _ods(table):
                content.write(part.encode())


def _ods(table: Table) -> Iterator[str]:
    title = escape(UNWRITABLE.sub("", table.title), {'"': "&quot;"})
    yield f'{ODS_HEAD}<table:table table:name="{title}">'
    yield f'<table:table-column table:number-columns-repeated="{len(table.columns)}"/>'
    yield _ods_row(table.columns)
    for row in bounded(table.rows):
        yield _ods_row(row)
    yield ODS_TAIL


def _ods_row(row: Iterable[Cell | Euros]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: Cell | Euros) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, Euros):
        kind = f'table:style-name="euros" office:value-type="currency" office:currency="EUR" office:value="{cell.decimal:.2f}"'  # noqa: E501
        return f"<table:table-cell {kind}><text:p>{csv_cell(cell)} €</text:p></table:table-cell>"
    if isinstance(cell, date):
        kind = f'table:style-name="day" office:value-type="date" office:date-value="{cell.isoformat()}"'  # noqa: E501
        return f"<table:table-cell {kind}><text:p>{cell:%d/%m/%Y}</text:p></table:table-cell>"
    if isinstance(cell, int | Decimal):
        kind = f'office:value-type="float" office:value="{cell}"'
        return f"<table:table-cell {kind}><text:p>{cell}</text:p></table:table-cell>"
    text = StringIO()
    for line in UNWRITABLE.sub("", cell).splitlines() or [""]:
        text.write(f"<text:p>{escape(line)}</text:p>")
    return f'<table:table-cell office:value-type="string">{text.getvalue()}</table:table-cell>'


WRITERS = {"csv": write_csv, "xlsx": write_xlsx, "ods": write_ods}
