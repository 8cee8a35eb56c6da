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
from ensemblier.engines.economics import (
    BadPlan,
    book,
    broken_rules,
    changes,
    compute,
    prices,
    read_plan,
    with_values,
)
from ensemblier.engines.economics.cellnames import Formula, Sheet, column
from ensemblier.engines.economics.rules import aci_months, agreements_of
from tests.live_plan import EVERYTHING
from tests.spec.test_economics_plans import outcome

OTHER = {("", "inflation"): Decimal("2.01")}
MOVED = {
    ("centres", "price"): Decimal("3.1275"),
    ("repas", "growth"): [5, 0, Decimal("-2.5"), 1],
    ("chauffeurs", "absence"): Decimal("7.5"),
    ("froid", "loan"): 45000,
    ("", "inflation"): Decimal("3.25"),
    ("ville", "yearly"): 0,
}

# The limits of two agreements, and the one of the plan, which plan 22 does not write.
LIMITS = {("", "aci_limits sous_vide"): Decimal("30.25"), ("", "aci_limit"): 55}
LIMITED = {("", "aci_limits"): "soupes 30 ; sous_vide 30.25", ("", "aci_limit"): 55}


def everything():
    return compute(read_plan(EVERYTHING))


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
    """One LibreOffice for four files: name -> the workbook it computed and saved."""
    folder = tmp_path_factory.mktemp("sheets")
    office = shutil.which("soffice") or shutil.which("libreoffice")
    assert office, "make system installs LibreOffice Calc"
    files = {
        "open.ods": as_ods(book(everything())),
        "excel.xlsx": as_xlsx(book(outcome(12))),
        "typed.ods": as_ods(typed(book(outcome(14)), MOVED)),
        "limits.ods": as_ods(typed(book(outcome(22)), LIMITS)),
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
    same_price(workbook, made)
    return same_rules(workbook, made)


def same_price(workbook, made):
    """Each part and each payer of one unit, to the cent; zero where the engine says nothing."""
    rows = list(workbook["Prix"].iter_rows(min_row=2, max_col=7, values_only=True))
    told = {(row[1] or "", row[0]): row[2:] for row in rows}
    by_year = {each.year: each for each in prices(made)}
    for place, name in enumerate(made.plan.year_names):
        price = by_year.get(name)
        seen = {key: round(100 * values[place], 5) for key, values in told.items()}
        if price is None:
            assert not any(seen.values())
            continue
        assert seen.pop(("", "ce que coûte une unité")) == price.cost
        assert seen.pop(("", "ce qui est payé")) == price.cost - price.gap
        assert seen.pop(("", "ce que paient les personnes")) == price.persons
        assert seen.pop(("négatif : excédent", "reste à trouver")) == price.gap
        wanted = {("où va l'argent", each): cents for each, cents in price.parts.items()} | {
            ("qui paie", each): cents for each, cents in price.payers.items() if cents
        }
        assert {key: cents for key, cents in seen.items() if cents} == wanted


WATCHED = {
    "aci_receipts": "recettes de l'ACI",
    "over_compensation": "surcompensation",
    "agreement": "convention avec",
    "auditor": "commissaire",
    "farm_contract": "producteurs",
    "aid_ceiling": "plafond",
    "vat_complement": "TVA",
}


def same_rules(workbook, made):
    """Every amount over a rule that the engine tells is in its year, and no other."""
    rows = list(workbook["Regles"].iter_rows(min_row=2, max_col=7, values_only=True))
    over = [row for row in rows if row[1] == "dépassement"]
    broken = [each for each in broken_rules(made) if each.code in WATCHED]
    for each in [each for each in broken if each.code == "vat_complement"]:
        mine = [sum(row[2:7]) for row in over if WATCHED[each.code] in row[0]]  # told as a whole
        assert any(abs(100 * cell - each.by) < 1e-5 for cell in mine), each
    broken = [each for each in broken if each.code != "vat_complement"]
    for each in broken:
        mine = [row[2 + each.month // 12] for row in over if WATCHED[each.code] in row[0]]
        assert any(abs(100 * cell - each.by) < 1e-5 for cell in mine), each
    # Told for their first year only.
    once = ("agreement", "auditor", "farm_contract", "aid_ceiling")
    told = {code: sum(each.code == code for each in broken) for code in WATCHED}
    for code, words in WATCHED.items():
        if code == "vat_complement":
            continue
        found = [[cell > 0 for cell in row[2:]] for row in over if words in row[0]]
        assert told[code] == (sum(map(any, found)) if code in once else sum(map(sum, found))), code
    end = next(place for place, row in enumerate(rows) if "le jour de l'export" in str(row[0]))
    same_limits(rows[:end], made)
    return told, rows[end + 1 :]


def same_limits(rows, made):
    """The limit of each agreement, the share it reaches, and what no prefect may grant."""
    told = [row for row in rows if row[1] and ("limite" in row[1] or row[1].startswith("part"))]
    wanted = []
    for perimeter in agreements_of(made):
        limit, months = made.plan.limit_of(perimeter) / 100, aci_months(made, perimeter)
        years = [months[place : place + 12] for place in range(0, 60, 12)]
        shares = [
            (sum(m.sales_cents for m in year), sum(m.charges_cents for m in year)) for year in years
        ]
        wanted.append([100 * sold / spent if spent else 0 for sold, spent in shares])
        wanted += [[limit] * 5, [max(0, limit - 50)] * 5]
    assert len(told) == len(wanted)
    for row, values in zip(told, wanted, strict=True):
        assert all(abs(a - b) < 0.00501 for a, b in zip(row[2:], values, strict=True)), row


def amounts_of(made):
    first = made.budgets[0]
    return first.charges, first.resources, first.in_kind_charges, first.in_kind_resources


@pytest.mark.heavy
def test_libreoffice_gives_our_cents_and_follows_what_is_typed(recalculated):
    """One test, so that one worker starts one LibreOffice: what is typed moves every cell as
    `with_values` does, and its file is read back."""
    told, words = same(recalculated["open.ods"], everything())
    assert told["aci_receipts"] and told["agreement"] + told["auditor"]
    assert told["farm_contract"] and told["aid_ceiling"]
    assert any(each.code == "vat_complement" for each in broken_rules(everything()))
    assert len(words) == len(broken_rules(everything()))
    same(recalculated["excel.xlsx"], outcome(12))
    with pytest.raises(AssertionError):
        same(recalculated["excel.xlsx"], compute(with_values(outcome(12).plan, OTHER)))
    plan = outcome(14).plan
    moved = compute(with_values(plan, MOVED))
    assert moved.results != outcome(14).results
    same(recalculated["typed.ods"], moved)
    limited = compute(with_values(outcome(22).plan, LIMITED))
    told, _ = same(recalculated["limits.ods"], limited)
    assert told["aci_receipts"] and not broken_rules(outcome(22))
    with pytest.raises(AssertionError):
        same(recalculated["limits.ods"], outcome(22))
    table = read_table(content=recalculated["limits.ods"], name="plan.xlsx")
    assert changes([table.heading, *table.rows], outcome(22).plan) == LIMITED
    table = read_table(content=recalculated["typed.ods"], name="plan.xlsx")
    assert changes([table.heading, *table.rows], plan) == MOVED


@pytest.mark.parametrize("number", [5, 22])
def test_our_own_files_are_read_back_unchanged(number):
    made = outcome(number)
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
        (["", "aci_limits cuisine", "40"], "cette hypothèse n'existe pas"),
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
