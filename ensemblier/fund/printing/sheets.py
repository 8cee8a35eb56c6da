"""The budget lines of a printed form as CSV and as ODS: values only, never a live formula."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import datetime
from xml.sax.saxutils import escape

from ensemblier.base.pages.cells import harmless
from ensemblier.fund.printing.filling import Filled, Table

ODS = "application/vnd.oasis.opendocument.spreadsheet"
HEAD = ("Tableau", "Ligne", "Montant imprimé", "Montant au centime (€)")
SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
    'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)


def rows(filled: Filled) -> list[tuple[str, str, int, int]]:
    """Table, line, printed units, exact cents."""
    tables = [value for _, value in filled.parts if isinstance(value, Table)]
    return [
        (found.title, "\u2003" * row.depth + row.label, row.units, row.cents)
        for found in tables
        for row, _ in found.lines()
    ]


def as_csv(filled: Filled) -> str:
    """Semicolons and commas, as French spreadsheets open them."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(HEAD)
    for title, label, units, cents in rows(filled):
        writer.writerow([harmless(title), harmless(label.strip()), units, decimal(cents, ",")])
    return "\ufeff" + out.getvalue()


def as_ods(filled: Filled, *, now: datetime) -> bytes:
    """A spreadsheet with numbers as numbers."""
    lines = [_row(*map(_words, HEAD))]
    for title, label, units, cents in rows(filled):
        lines.append(
            _row(_words(title), _words(label.strip()), _number(str(units)), _number(decimal(cents)))
        )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {SPACES} '
        'office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Budget">{"".join(lines)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        # The type comes first and is not compressed: this is how an ODS is recognised.
        for name, text in (
            ("mimetype", ODS),
            ("content.xml", content),
            ("META-INF/manifest.xml", MANIFEST),
        ):
            info = zipfile.ZipInfo(name, now.timetuple()[:6])
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, text, kind)
    return out.getvalue()


def decimal(cents: int, sign: str = ".") -> str:
    return f"{cents // 100}{sign}{cents % 100:02d}"


def _row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def _words(text: str) -> str:
    return (
        '<table:table-cell office:value-type="string">'
        f"<text:p>{escape(_printable(text))}</text:p></table:table-cell>"
    )


def _number(value: str) -> str:
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}">'
        f"<text:p>{value}</text:p></table:table-cell>"
    )


def _printable(text: str) -> str:
    """XML holds no control character."""
    return "".join(sign for sign in text if sign >= " ")
