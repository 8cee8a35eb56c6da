"""Spreadsheets are read as text in a child process; a hostile one costs seconds, never memory."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from ensemblier.base.files import bounded, tables
from ensemblier.base.files.content import FileRefused
from ensemblier.base.files.tables import TableRefused, read_table


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_a_workbook_becomes_text() -> None:
    content = workbook(
        ["EJ", "Montant", "Payé le"],
        [2104567890, 1234.5, date(2027, 3, 31)],
        [],
        ["0042", 10.0, datetime(2027, 4, 1)],
    )
    table = read_table(content=content, name="extrait.xlsx")
    assert table.heading == ["EJ", "Montant", "Payé le"]
    assert table.rows == [["2104567890", "1234.5", "2027-03-31"], ["0042", "10", "2027-04-01"]]


@pytest.mark.parametrize("sign", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_csv_is_read_whatever_its_sign_and_encoding(sign: str, encoding: str) -> None:
    content = f"EJ{sign}Libellé\r\n21{sign}Échéance\r\n".encode(encoding)
    assert read_table(content=content, name="x.csv") == (["EJ", "Libellé"], [["21", "Échéance"]])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "vide"),
        (b"\n\n;;\n", "vide"),
        (b"a;b\x00c\n", "ni un classeur"),
        (b"a;b\n" + b"1;2\n" * 20_001, "20000 lignes"),
        (b"a\n" + b"x" * 3_000, "2000 caract"),
        (b";".join([b"a"] * 101), "100 colonnes"),
    ],
)
def test_what_is_not_a_plain_table_is_refused_in_french(content: bytes, message: str) -> None:
    with pytest.raises(TableRefused, match=message):
        read_table(content=content, name="x.csv")


def far_cell() -> bytes:
    """1.5 kB that claim a sheet of a million rows: 1.9 GB in normal mode."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["a"], [1]))) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(
                    b"</sheetData>",
                    b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
                )
            new.writestr(name, content)
    return packed.getvalue()


def test_a_cell_at_the_far_corner_costs_little() -> None:
    start = time.monotonic()
    table = read_table(content=far_cell(), name="bombe.xlsx")
    assert table.rows == [["1"]]
    assert time.monotonic() - start < 15


def test_a_broken_workbook_is_refused() -> None:
    content = workbook(["a"])
    with pytest.raises((TableRefused, FileRefused)):
        read_table(content=content[: len(content) // 2], name="x.xlsx")


def test_a_reader_that_never_ends_is_stopped(monkeypatch, tmp_path) -> None:
    endless = tmp_path / "child.py"
    endless.write_text("while True: pass")
    monkeypatch.setattr(tables, "CHILD", endless)
    monkeypatch.setattr(bounded, "WALL_SECONDS", 0.5)
    with pytest.raises(TableRefused, match="pas pu être lu"):
        read_table(content=b"a;b\n1;2\n", name="x.csv")
