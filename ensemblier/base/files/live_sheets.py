"""Spreadsheets with live formulas, written as ODS and XLSX. Bytes out; nothing is computed here.

No result is stored beside a formula: whoever opens the file computes it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

from ensemblier.base.pages.cells import harmless
from ensemblier.engines.economics.cellnames import Cell, Formula, Sheet

ODS = "application/vnd.oasis.opendocument.spreadsheet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A fixed date inside archives: the same plan gives the same bytes.
WHEN = (2026, 1, 1, 0, 0, 0)
MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
 manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{ODS}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" office:version="1.3">
<office:body><office:spreadsheet>
"""
TAIL = "</office:spreadsheet></office:body></office:document-content>\n"


def as_ods(sheets: Sequence[Sheet]) -> bytes:
    """An OpenDocument spreadsheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in (
            ("mimetype", ODS),
            ("META-INF/manifest.xml", MANIFEST),
            ("content.xml", "".join(content_of(sheets))),
        ):
            entry = zipfile.ZipInfo(name, WHEN)
            # The format asks that the first entry be stored as it is.
            stored = name == "mimetype"
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            package.writestr(entry, content)
    return out.getvalue()


def content_of(sheets: Sequence[Sheet]) -> Iterator[str]:
    yield HEAD
    for sheet in sheets:
        yield f"<table:table table:name={quoteattr(sheet.name)}>"
        for row in sheet.rows:
            yield "<table:table-row>"
            yield from map(open_cell, row)
            yield "</table:table-row>\n"
        yield "</table:table>\n"
    yield TAIL


def open_cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, Formula):
        formula = quoteattr(cell.as_open())
        return f'<table:table-cell table:formula={formula} office:value-type="float"/>'
    if isinstance(cell, str):
        words = escape(harmless(cell))
        return (
            '<table:table-cell office:value-type="string">'
            f"<text:p>{words}</text:p></table:table-cell>"
        )
    value = number(cell)
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}">'
        f"<text:p>{value}</text:p></table:table-cell>"
    )


def number(value: int | Decimal) -> str:
    """Without an exponent."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def as_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """An Office Open XML workbook."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(sheet.name)
        page.freeze_panes = f"{get_column_letter(sheet.frozen + 1)}2"
        for row in sheet.rows:
            cells = []
            for cell in row:
                value = cell.as_excel() if isinstance(cell, Formula) else cell
                written = WriteOnlyCell(page, harmless(cell) if isinstance(cell, str) else value)
                if isinstance(cell, str):
                    written.data_type = "s"
                cells.append(written)
            page.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
