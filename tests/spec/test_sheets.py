"""The 25 sheets as data: complete, balanced, in closed vocabularies, free of personal data."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import ensemblier.library
from ensemblier.base.chains.terms import Length, Link
from ensemblier.base.territory.reference import rows_of
from ensemblier.fund.applications.models import Certainty, Participation, PublicKind, Stage
from ensemblier.fund.applications.models import UsefulEffect as Effect
from ensemblier.fund.programme.models import ExpenseClass
from ensemblier.library.terms import CarrierKind, FunderKind, PriceForm

FOLDER = Path(ensemblier.library.__file__).parent / "sheets"
FILES = sorted(FOLDER.glob("*.toml"))
SHEETS = [tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES]
TEXTS = ("title", "carrier", "price_note", "quality", "volumes", "summary")
REPORT = ("carrier", "territory", "type", "aim", "public", "action", "funding", "difficulties")
SILENT = {3, 8, 16, 18, 25}  # the report prints no "Difficultés", "Accompagnement" or lessons there
FUND = "Fonds de soutien"
CERFA_CHARGES = {"60", "61", "62", "63", "64", "65", "66", "67", "68", "69", "86"}
CERFA_RESOURCES = {"70", "73", "74", "75", "76", "77", "78", "79", "87"}
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
PHONE = re.compile(r"(?<!\d)0[1-9](?:[ .\u00a0-]?\d\d){4}(?!\d)")
MOST_WORDS, MEAN_WORDS = 16, 12


def words(sentence: str) -> int:
    return len(re.findall(r"[\w'’-]+", sentence))


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for part in value for text in strings(part)] if isinstance(value, list) else []


def every(check: Any) -> Any:
    return pytest.mark.parametrize("sheet", SHEETS, ids=[path.stem for path in FILES])(check)


def test_twenty_five_sheets_named_after_their_number_and_slug() -> None:
    assert [sheet["number"] for sheet in SHEETS] == list(range(1, 26))
    assert [path.stem for path in FILES] == [f"{s['number']:02d}-{s['slug']}" for s in SHEETS]
    assert len({sheet["demo"]["applicant"] for sheet in SHEETS}) == 25


@every
def test_every_field_is_filled(sheet: dict[str, Any]) -> None:
    assert [key for key in TEXTS if not sheet[key].strip()] == []
    assert [key for key in REPORT if not sheet["report"][key].strip()] == (
        ["difficulties"] if sheet["number"] in SILENT - {25} else []
    )
    assert bool(sheet["report"]["lessons"]) is (sheet["number"] != 25)
    assert sheet["funders"] and sheet["decisions"] and sheet["partners"]
    assert all(re.fullmatch(r"Q([1-9]|1[0-8])", d["id"]) and d["text"] for d in sheet["decisions"])
    assert all(link.startswith("http") for link in sheet["web_links"])


@every
def test_vocabularies_are_closed(sheet: dict[str, Any]) -> None:
    demo = sheet["demo"]
    assert sheet["links"] and set(sheet["links"]) <= set(Link.values)
    assert sheet["length"] in Length.values
    assert sheet["carrier_kind"] in CarrierKind.values
    assert sheet["price_forms"] and set(sheet["price_forms"]) <= set(PriceForm.values)
    assert {funder["kind"] for funder in sheet["funders"]} <= set(FunderKind.values)
    assert {figure["status"] for figure in sheet.get("figures", [])} <= {"rapport"}
    assert demo["stage"] in Stage.values and demo["participation_level"] in Participation.values
    assert set(demo["publics"]) <= set(PublicKind.values)
    assert {line["effect"] for line in demo["useful_effects"]} <= set(Effect.Effect.values)
    assert {line["expense_class"] for line in demo["asked"]} <= set(ExpenseClass.values)


@every
def test_places_are_official_codes(sheet: dict[str, Any]) -> None:
    departments = {row["code"] for row in rows_of("departments.csv")}
    communes = {row["code"]: row["department"] for row in rows_of("communes.csv.gz")}
    assert set(sheet["departments"]) <= departments
    assert sheet["national"] or sheet["departments"]
    assert {communes[code] for code in sheet["communes"]} <= set(sheet["departments"])


@every
def test_the_demonstration_budget_balances(sheet: dict[str, Any]) -> None:
    demo = sheet["demo"]
    lines = [*demo["charges"], *demo["resources"], *demo["asked"]]
    assert all(line["assumed"] is True and type(line["amount"]) is int for line in lines)
    assert all(line["amount"] > 0 for line in lines)
    assert {line["code"] for line in demo["charges"]} <= CERFA_CHARGES
    assert {line["code"] for line in demo["resources"]} <= CERFA_RESOURCES
    assert {line["state"] for line in demo["resources"]} <= set(Certainty.values)
    charges = sum(line["amount"] for line in demo["charges"])
    assert charges == sum(line["amount"] for line in demo["resources"])
    of_the_fund = [line["amount"] for line in demo["resources"] if line["payer"] == FUND]
    assert of_the_fund == [sum(line["amount"] for line in demo["asked"])]
    assert 20_000 <= charges <= 200_000


@every
def test_plain_french_is_short(sheet: dict[str, Any]) -> None:
    lengths = [words(sentence) for sentence in sheet["falc"]]
    assert 6 <= len(lengths) <= 10
    assert max(lengths) <= MOST_WORDS and sum(lengths) <= MEAN_WORDS * len(lengths)
    assert all(sentence.endswith(".") and sentence.count(".") == 1 for sentence in sheet["falc"])
    assert 3 <= len(re.findall(r"[.!?](?:\s|$)", sheet["summary"])) <= 5


@every
def test_words_carry_dignity_and_nobody_is_named(sheet: dict[str, Any]) -> None:
    own = strings({key: value for key, value in sheet.items() if key != "report"})
    assert [text for text in own if "bénéficiaire" in text.casefold()] == []
    everything = strings(sheet)
    assert [text for text in everything if EMAIL.search(text) or PHONE.search(text)] == []
    assert [text for text in everything if "retiré" in text] == []


def test_known_defects_are_handled_as_decided() -> None:
    by_number = {sheet["number"]: sheet for sheet in SHEETS}
    assert by_number[2]["departments"] == ["25"]
    assert {d["id"] for s in SHEETS for d in s["decisions"]} >= {
        *("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q14", "Q15", "Q16")
    }
    milk, juice = by_number[23]["report"], by_number[24]["report"]
    assert "133" in milk["lessons"] and "133" not in juice["lessons"]
    assert "1 million" in milk["lessons"].replace("\u00a0", " ")
    radis = {(f["label"], f["value"]): f["period"] for f in by_number[14]["figures"]}
    assert radis["Repas servis", "450"] == "constat"
    assert radis["Repas servis", "500"] == "base de l'objectif 2022"
    afls = {(f["value"], f["period"]) for f in by_number[12]["figures"]}
    assert {("75", "depuis janvier 2022"), ("7", "décembre 2020 à décembre 2021")} <= afls
