"""Finds what a spreadsheet would compute in a CSV, XLSX or ODS: read here, and by LibreOffice."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import lxml.etree

from ensemblier.base.pages.cells import LIVE

SOFFICE = shutil.which("soffice")
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
KINDS = {
    "text/csv": "csv",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}


def live_cells(content: bytes, kind: str) -> list[str]:
    """Cells that are, or could be read as, formulas."""
    if kind == "csv":
        return [cell for row in rows_of(content) for cell in row if is_live(cell)]
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        found: list[str] = []
        for name in package.namelist():
            if not name.endswith(".xml"):
                continue
            root = lxml.etree.fromstring(package.read(name))
            found += [
                str(node.get(f"{TABLE}formula"))
                for node in root.iter(f"{TABLE}table-cell")
                if node.get(f"{TABLE}formula")
            ]
            found += [node.text or "" for node in root.iter(f"{SHEET}f")]
        return found


def rows_of(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    sign = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))


def is_live(cell: str) -> bool:
    """A cell that begins like a formula, unless it is plainly a number."""
    bare = cell.lstrip(" \u00a0")
    number = bare.replace(",", ".").replace("\u00a0", "").removeprefix("-")
    return bare.startswith(LIVE) and not number.replace(".", "", 1).isdigit()


def formulas_in_libreoffice(content: bytes, kind: str, folder: Path) -> list[str]:
    """What LibreOffice makes of it: its own flat file, every formula in plain sight."""
    assert SOFFICE
    source = folder / f"export.{kind}"
    source.write_bytes(content)
    # Semicolon, comma and tab all separate; UTF-8; formulas as LibreOffice takes them by itself.
    opened = ["--infilter=CSV:59/44/9,34,76,1"] if kind == "csv" else []
    subprocess.run(
        [SOFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless", *opened,
         "--convert-to", "fods", "--outdir", str(folder), str(source)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    root = lxml.etree.parse(folder / "export.fods")
    return [
        node.get(f"{TABLE}formula")
        for node in root.iter(f"{TABLE}table-cell")
        if node.get(f"{TABLE}formula")
    ]
