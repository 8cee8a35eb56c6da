"""The rules on the page of a plan and on its two pages: one card by rule, not by year."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path

from ensemblier.atelier.board import rule_words
from ensemblier.atelier.comparing import figures
from ensemblier.atelier.pictures import by_rule, pictures
from ensemblier.engines.economics import (
    broken_rules,
    compute,
    plan_text,
    read_plan,
    with_values,
)

PLANS = Path(__file__).resolve().parents[3] / "plans"
USUAL = {("", "aci_limits"): "soupes 30 ; sous_vide 30"}


def plan(number):
    return read_plan(next(PLANS.glob(f"{number:02}-*.toml")).read_text())


def test_five_years_of_one_rule_are_one_card_mended_for_the_worst():
    """Sheet 22 at 30 %: five years above, one card; what mends the worst year mends them all."""
    made = with_values(plan(22), USUAL)
    shown = pictures(made)
    assert len(shown.broken) == 5 and len(shown.rules) == 1
    rule = shown.rules[0]
    assert rule.since == "janvier\u00a02027" and len(rule.later) == 4
    assert "718,96" in rule.first.sentence and "1\u00a0400,29" in rule.mend
    assert rule_words(rule).endswith("De même 4 autres années.")
    assert figures(plan_text(made.data))["Règles enfreintes"] == "1"  # as the page counts them
    mended = with_values(made, {("ventes", "price"): Decimal("3.4")})
    assert broken_rules(compute(mended)) == () and pictures(mended).rules == []


def test_two_agreements_are_two_cards_and_one_year_says_so():
    both = with_values(plan(22), {("", "aci_limits"): "soupes 60 ; sous_vide 30"})
    cards = by_rule(broken_rules(compute(both)), both)
    assert [(rule.first.code, len(rule.later)) for rule in cards] == [
        ("aci_receipts", 4),
        ("aci_limit", 0),
    ]
    assert rule_words(cards[1]) == cards[1].first.sentence
    last = with_values(plan(22), {("", "aci_limits"): "soupes 30 ; sous_vide 31.12"})
    late = by_rule(broken_rules(compute(last)), last)
    assert [rule.since for rule in late] == ["janvier\u00a02030"] and len(late[0].later) == 1
    assert rule_words(late[0]).endswith("De même une autre.")


def test_what_mends_a_rule_is_said_in_french_with_no_sign_of_a_file():
    """Nobody at the board reads « agreement = true »; the key stays between brackets."""
    texts = [path.read_text() for path in sorted(PLANS.glob("*.toml"))]
    found = []
    for text in texts:
        data = tomllib.loads(text)
        bare = re.sub(r"(?m)^(agreement|auditor|separate_accounts) = true$", "", text)
        assert data["name"]
        found += [each.mend for each in broken_rules(compute(read_plan(bare)))]
    assert found and not [mend for mend in found if "= " in mend or "true" in mend]


def test_the_years_and_months_of_the_cash_are_those_of_the_plan():
    late = read_plan(
        (PLANS / "03-pat-de-blois.toml").read_text().replace('"2027-01"', '"2027-10"', 1)
    )
    rows = pictures(late).cash.years
    assert [row[0] for row in rows] == late.year_names and rows[0][0] == "2027-2028"
    assert re.search(r"\(\d\d/20\d\d\)", rows[0][1])
