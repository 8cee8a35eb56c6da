"""The exported spreadsheet: LibreOffice recalculates our cents, and its hypotheses come back."""

import io
import shutil
import subprocess
import zipfile
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from ensemblier.base.files.live_sheets import as_ods, as_xlsx
from ensemblier.base.files.tables import read_table
from ensemblier.engines.economics import BadPlan, book, changes, compute, with_values
from ensemblier.engines.economics.cellnames import Formula, Sheet, column
from tests.spec.test_economics_plans import outcome

MOVED = {
    ("centres", "price"): Decimal("3.1275"),
    ("repas", "growth"): [5, 0, Decimal("-2.5"), 1],
    ("chauffeurs", "absence"): Decimal("7.5"),
    ("froid", "loan"): 45000,
    ("", "inflation"): Decimal("3.25"),
    ("ville", "yearly"): 0,
}


def typed(sheets, values):
    """What somebody types in the sheet of hypotheses."""
    wanted = {}
    for (item, key), value in values.items():
        if isinstance(value, list):
            wanted |= {(item, f"{key} {rank}"): each for rank, each in enumerate(value, 1)}
        else:
            wanted[item, key] = value
    for row in sheets[0].rows[1:]:
        row[2] = wanted.pop((row[0], row[1]), row[2])
    assert wanted == {}
    return sheets


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory):
    """One LibreOffice for three files: name -> the workbook it computed and saved."""
    folder = tmp_path_factory.mktemp("sheets")
    office = shutil.which("soffice") or shutil.which("libreoffice")
    assert office, "make system installs LibreOffice Calc"
    files = {
        "open.ods": as_ods(book(outcome(21))),
        "excel.xlsx": as_xlsx(book(outcome(12))),
        "typed.ods": as_ods(typed(book(outcome(14)), MOVED)),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    subprocess.run(
        [
            office,
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(folder / "out"),
            *(str(folder / name) for name in files),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return {name: (folder / "out" / name).with_suffix(".xlsx").read_bytes() for name in files}


def same(content, made):
    """Every month and every line of the form, to the cent."""
    workbook = load_workbook(io.BytesIO(content), data_only=True, read_only=True)
    months = {row[0]: row[1:61] for row in workbook["Mois"].iter_rows(values_only=True)}
    for name, cents in (
        ("produits", made.resources),
        ("charges", made.charges),
        ("résultat", made.result),
        ("encaissé", made.cash_in),
        ("décaissé", made.cash_out),
        ("trésorerie en fin de mois", made.cash),
    ):
        assert all(abs(100 * cell - c) < 1e-5 for cell, c in zip(months[name], cents, strict=True))
    rows = list(workbook["Annees"].iter_rows(min_row=2, max_col=7, values_only=True))
    told = {(str(row[0]), row[1]): row[2:] for row in rows}
    for year, budget in enumerate(made.budgets):
        for side, amounts in (
            ("charge", budget.charges | budget.in_kind_charges),
            ("ressource", budget.resources | budget.in_kind_resources),
        ):
            for code, cents in amounts.items():
                assert abs(100 * told[code, side][year] - cents) < 1e-5
    assert len(rows) == sum(map(len, (amounts_of(made)))) + 6


def amounts_of(made):
    first = made.budgets[0]
    return first.charges, first.resources, first.in_kind_charges, first.in_kind_resources


@pytest.mark.heavy
def test_libreoffice_gives_our_cents(recalculated):
    same(recalculated["open.ods"], outcome(21))
    same(recalculated["excel.xlsx"], outcome(12))
    with pytest.raises(AssertionError):
        same(
            recalculated["open.ods"], compute(with_values(outcome(21).plan, {("", "inflation"): 3}))
        )


@pytest.mark.heavy
def test_what_is_typed_moves_every_cell_and_comes_back(recalculated):
    """LibreOffice follows the new hypotheses as `with_values` does, and its file is read back."""
    plan = outcome(14).plan
    moved = compute(with_values(plan, MOVED))
    assert moved.results != outcome(14).results
    same(recalculated["typed.ods"], moved)
    table = read_table(content=recalculated["typed.ods"], name="plan.xlsx")
    assert changes([table.heading, *table.rows], plan) == MOVED


def test_our_own_files_are_read_back_unchanged():
    made = outcome(5)
    for content, name in ((as_ods(book(made)), "plan.ods"), (as_xlsx(book(made)), "plan.xlsx")):
        table = read_table(content=content, name=name)
        assert table.heading[:3] == ["élément", "clé", "valeur"]
        assert changes([table.heading, *table.rows], made.plan) == {}
        assert len(content) < 500_000


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["vente", "price", "cinq"], "n'est pas un nombre"),
        (["inconnu", "price", "5"], "cette hypothèse n'existe pas"),
        (["usagers", "label", "5"], "cette hypothèse n'existe pas"),
    ],
)
def test_a_strange_row_is_refused_with_its_number(row, words):
    rows = [["élément", "clé", "valeur"], ["", "", ""], row]
    rows[2] = [rows[2][0].replace("vente", "usagers"), *rows[2][1:]]
    with pytest.raises(BadPlan, match=words) as caught:
        changes(rows, outcome(5).plan)
    assert caught.value.line == 3


def test_text_is_never_a_formula_and_the_same_plan_gives_the_same_bytes():
    sheets = [Sheet("A", [["=1+1", Formula("<A!A1>+1"), Decimal("1E+3"), None]])]
    content = zipfile.ZipFile(io.BytesIO(as_ods(sheets))).read("content.xml").decode()
    assert "'=1+1" in content and 'formula="of:=[$A.A1]+1"' in content
    assert 'office:value="1000"' in content
    page = load_workbook(io.BytesIO(as_xlsx(sheets)))["A"]
    assert [cell.data_type for cell in page[1]][:2] == ["s", "f"]
    assert as_ods(sheets) == as_ods(sheets)
    assert [column(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
