"""Orientation: worked examples that a welcome desk could check, and the rows of the report."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from ensemblier.fund.orientation.guide import guide
from ensemblier.fund.orientation.rules import (
    NOT_PAID,
    Advice,
    OpenCall,
    UnknownAnswer,
    orient,
    read,
    strand_of,
)

DAY = date(2027, 5, 12)
GOOD = {
    "what": "share",
    "people": "yes",
    "support": "yes",
    "carrier": "association",
    "stage": "young",
    "scale": "town",
    "money": "operation",
    "need": "none",
}


def ask(day: date = DAY, calls: tuple[OpenCall, ...] = (), **answers) -> Advice:
    return orient(guide(), read(guide(), answers), day=day, calls=calls)


def codes(advice: Advice) -> list[str]:
    return [vehicle.code for vehicle in advice.vehicles]


def call(strand: str = "local", **more) -> OpenCall:
    moment = datetime(2027, 6, 30, tzinfo=UTC)
    fields = {
        "slug": strand,
        "title": strand,
        "strand": strand,
        "opens_at": datetime(2027, 5, 1, tzinfo=UTC),
        "closes_at": moment,
        "zone": "Europe/Paris",
        "watch": ("qpv",),
        "conditions": {"operation": "", "investment": "envelope"},
    }
    return OpenCall(**{**fields, **more})


@pytest.mark.parametrize(
    ("changes", "verdict", "vehicles"),
    [
        # A solidarity grocery with workshops, two years old: the fund, and the town's PAT.
        ({}, "eligible", ["pat", "desk"]),
        # The same in a priority district.
        ({"zone": ["qpv"]}, "eligible", ["city-contract", "pat", "desk"]),
        # The same, six years old: check, and a pact over several years.
        ({"stage": "old"}, "to_check", ["solidarity-pact", "pat", "desk"]),
        # Food social security tried in several places (report, annex: its own example).
        ({"need": "trial"}, "to_check", ["pat", "national-trial", "research", "desk"]),
        # A law in the way (annex: "zéro non-recours").
        ({"need": "law"}, "elsewhere", ["pat", "derogation", "desk"]),
        ({"need": "investors"}, "elsewhere", ["pat", "leverage", "desk"]),
        ({"need": "logistics", "scale": "country"}, "to_check",
         ["national-logistics", "national-trial", "desk"]),
        ({"need": "levels"}, "to_check", ["pat", "multi-level", "living-territories", "desk"]),
        # What the State as a social investor opens (T075): a kitchen in a district that changes.
        ({"zone": ["qpv"], "money": "investment"}, "to_check",
         ["city-contract", "pat", "climate-plan", "urban-renewal", "desk"]),
        ({"need": "investors", "money": "investment", "scale": "region"}, "elsewhere",
         ["leverage", "desk"]),
        # Workshops with people: the budgets of health and farming too (T129, T130).
        ({"money": "support"}, "eligible", ["pat", "food-and-health-plans", "desk"]),
        ({"carrier": "public"}, "to_check", ["solidarity-pact", "pat", "climate-plan", "desk"]),
        ({"need": "lasting"}, "to_check", ["solidarity-pact", "pat", "desk"]),
        # Overseas where nobody does it yet.
        ({"zone": ["overseas", "blank"]}, "eligible", ["pat", "blank-area", "desk"]),
        # A network head asks for its members.
        ({"carrier": "network", "scale": "country", "money": "food_purchase"}, "to_check",
         ["framework", "national-trial", "desk"]),
        # A farm that sells only.
        ({"carrier": "company", "what": "grow", "people": "no", "support": "no"}, "elsewhere",
         ["pat", "rural-equipment", "social-finance", "health-and-food", "desk"]),
        # A group of inhabitants with an idea.
        ({"carrier": "alone", "stage": "idea"}, "to_check", ["pat", "find-a-carrier", "desk"]),
    ],
)  # fmt: skip
def test_worked_examples(changes, verdict, vehicles):
    advice = ask(**{**GOOD, **changes})
    assert (advice.verdict, codes(advice)) == (verdict, vehicles)
    assert advice.reasons


def test_nothing_answered_is_to_check_and_says_what_is_missing():
    advice = ask()
    assert advice.verdict == "to_check"
    assert len(advice.unanswered) == 4
    assert codes(advice) == ["desk"]


def test_the_worst_reason_comes_first():
    advice = ask(**{**GOOD, "need": "law", "stage": "old"})
    assert [row.verdict for row in advice.reasons][:2] == ["wrong", "check"]


def test_the_pact_follows_the_calpae():
    """Q14: the agreements of 2019-2023 became contracts of the solidarity pact."""
    answers = {**GOOD, "need": "lasting"}
    assert "calpae" in codes(ask(day=date(2023, 6, 1), **answers))
    assert "solidarity-pact" not in codes(ask(day=date(2023, 6, 1), **answers))
    assert "solidarity-pact" in codes(ask(day=date(2024, 1, 1), **answers))
    assert "calpae" not in codes(ask(day=date(2024, 1, 1), **answers))


def test_calls_of_the_right_strand_with_what_they_say_of_the_expense():
    calls = (call(), call("national"))
    found = ask(calls=calls, **{**GOOD, "zone": ["qpv"], "money": "investment"}).calls
    assert [row.call.slug for row in found] == ["local"]
    assert "si l'enveloppe le permet" in found[0].notes[0]
    assert "regarde de près" in found[0].notes[1]
    assert ask(calls=calls, **{**GOOD, "money": "food_purchase"}).calls[0].notes == (NOT_PAID,)
    assert ask(calls=calls, **GOOD).calls[0].notes == ()
    heads = ask(calls=calls, **{**GOOD, "carrier": "network"})
    assert [row.call.slug for row in heads.calls] == ["national"]
    assert ask(calls=calls, **{**GOOD, "need": "law"}).calls == ()


def test_the_strand_is_local_unless_told():
    assert strand_of({}) == "local"
    assert strand_of({"scale": frozenset({"country"})}) == "national"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"what": "sell"}, "n'est pas une réponse"),
        ({"colour": "red"}, "n'existe pas"),
        ({"what": ["grow", "make"]}, "Une seule réponse"),
    ],
)
def test_answers_the_guide_does_not_offer_are_refused(given, words):
    with pytest.raises(UnknownAnswer, match=words):
        read(guide(), given)


def test_the_rows_of_the_report_are_all_there():
    """T132-T134 (options of chapter II), T135 and T247-T253 (annex) each back a vehicle."""
    text = " ".join(vehicle.source for vehicle in guide().vehicles)
    rows = {f"T{number:03}" for number in (75, 129, 130, 132, 133, 134, 135, *range(247, 254))}
    assert rows <= set(re.findall(r"T\d{3}", text))


def test_readers_are_not_shown_the_rows_of_the_list():
    references = [vehicle.reference for vehicle in guide().vehicles]
    assert references[0] == "rapport, chapitre II"
    assert not [text for text in references if re.search(r"\bT\d{3}\b", text) or not text]


def test_every_condition_names_an_answer_of_the_guide():
    options = {row.code: {code for code, _ in row.options} for row in guide().questions}
    cases = [check.when for check in guide().checks]
    cases += [case for vehicle in guide().vehicles for case in vehicle.any]
    for case in cases:
        for code, values in case:
            assert values <= options[code], (code, values)
    assert {check.verdict for check in guide().checks} == {"ok", "check", "wrong"}


def test_sentences_are_short():
    """Plain French: no sentence above 30 words, whatever a tired reader opens."""
    texts = [row.reason for row in guide().checks]
    texts += [text for row in guide().vehicles for text in (row.why, row.who)]
    texts += [question.label for question in guide().questions]
    long = [
        sentence
        for text in texts
        for sentence in re.split(r"(?<=[.?!:;])\s+", text)
        if len(sentence.split()) > 24
    ]
    assert long == []
