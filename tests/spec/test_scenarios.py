"""Scenarios by worked examples that a treasurer could check by hand."""

from fractions import Fraction

import pytest

from ensemblier.engines.scenarios import (
    Ask,
    BadRule,
    Candidate,
    Purse,
    Rule,
    Terms,
    ranked,
    share,
)

LOCAL = Terms(
    order=("engineering", "operation", "support", "food_purchase", "investment"),
    last=frozenset({"investment"}),
)


def euros(text: str) -> int:
    return int(text.replace(" ", "")) * 100


def read(table: str) -> list[Candidate]:
    """One file a row: number, score on 100, region, then its requests."""
    rows = []
    for line in table.strip().splitlines():
        number, score, region, *asks = (cell.strip() for cell in line.split("|"))
        rows.append(
            Candidate(
                number,
                Fraction(int(score), 100) if score else None,
                tuple(asked(ask) for ask in asks if ask),
                region,
            )
        )
    return rows


def asked(text: str) -> Ask:
    name, year, amount = text.split(" ", 2)
    return Ask(name, int(year), euros(amount))


def totals(outcome):
    return {number: outcome.total(number) // 100 for number in outcome.awards}


# Three gardens and a grocery ask 100 000 € of an envelope of 60 000 €.
FOUR = """
    1 | 80 | 32 | engineering 2027 30 000
    2 | 90 | 93 | operation 2027 20 000   | investment 2027 10 000
    3 | 60 | 32 | engineering 2027 25 000
    4 |    | 93 | food_purchase 2027 15 000
"""
ENVELOPE = [Purse(7, 2027, euros("60 000"))]


def test_by_rank_the_last_one_served_gets_what_is_left():
    """2 then 1 are served, 3 gets the 10 000 € left; 2's investment comes after everybody."""
    outcome = share(read(FOUR), ENVELOPE, LOCAL, Rule("rank"))
    assert list(outcome.awards) == ["2", "1", "3", "4"]
    assert totals(outcome) == {"2": 20_000, "1": 30_000, "3": 10_000, "4": 0}
    assert outcome.left == {7: 0}


def test_investment_is_paid_when_the_envelope_allows():
    """95 000 € pay every ordinary expense (90 000 €), then half of the investment."""
    outcome = share(read(FOUR), [Purse(7, 2027, euros("95 000"))], LOCAL, Rule("rank"))
    assert totals(outcome) == {"2": 25_000, "1": 30_000, "3": 25_000, "4": 15_000}
    assert ("investment", 5_000_00) in [
        (part.expense_class, part.cents) for part in outcome.awards["2"]
    ]


def test_a_file_whole_or_not_at_all_lets_the_next_one_in():
    """After 2 and 1, 10 000 € are left: 3 asks too much, 4 too; nobody gets a part."""
    outcome = share(read(FOUR), ENVELOPE, LOCAL, Rule("rank", whole_files=True))
    assert totals(outcome) == {"2": 30_000, "1": 30_000, "3": 0, "4": 0}
    # With 55 000 €, 2 keeps its 20 000 €: only its investment, too large, is not paid.
    outcome = share(
        read(FOUR), [Purse(7, 2027, euros("55 000"))], LOCAL, Rule("rank", whole_files=True)
    )
    assert totals(outcome) == {"2": 20_000, "1": 30_000, "3": 0, "4": 0}


def test_one_rate_for_all():
    """90 000 € of ordinary expenses for 60 000 €: two thirds each, below the euro stays there."""
    outcome = share(read(FOUR), ENVELOPE, LOCAL, Rule("rate"))
    assert totals(outcome) == {"2": 13_333, "1": 20_000, "3": 16_666, "4": 10_000}
    assert outcome.left == {7: 100}  # 60 000 - 59 999


def test_a_rate_that_the_envelope_allows_leaves_the_rest():
    """Half of 100 000 €, investment included, fits: 10 000 € stay."""
    outcome = share(read(FOUR), ENVELOPE, LOCAL, Rule("rate", rate_bp=5000))
    assert totals(outcome) == {"2": 15_000, "1": 15_000, "3": 12_500, "4": 7_500}
    assert outcome.left == {7: euros("10 000")}


def test_a_floor_for_each_region():
    """Half of the envelope is kept for two regions, 15 000 € each; the rest goes by rank.

    Region 93: file 2 gets 15 000 €. Region 32: file 1 gets 15 000 €. The 30 000 € left: 2 lacks
    5 000 €, 1 lacks 15 000 €, 3 gets the last 10 000 €.
    """
    outcome = share(read(FOUR), ENVELOPE, LOCAL, Rule("floor", floor_bp=5000))
    assert totals(outcome) == {"2": 20_000, "1": 30_000, "3": 10_000, "4": 0}
    # With all of it kept, the unscored file of region 93 is served before the second of 32.
    outcome = share(read(FOUR), ENVELOPE, LOCAL, Rule("floor", floor_bp=10_000))
    assert totals(outcome) == {"2": 20_000, "1": 30_000, "3": 0, "4": 10_000}


def test_what_is_fixed_by_hand_comes_first():
    pins = {"4": euros("15 000"), "2": 0}
    outcome = share(read(FOUR), ENVELOPE, LOCAL, Rule("rank"), pins)
    assert totals(outcome) == {"2": 0, "1": 30_000, "3": 15_000, "4": 15_000}
    only = share(read(FOUR), ENVELOPE, LOCAL, Rule("manual"), pins)
    assert totals(only) == {"2": 0, "1": 0, "3": 0, "4": 15_000}
    # By hand or not, an envelope never gives more than it has.
    tight = share(read(FOUR), [Purse(7, 2027, 9_000_00)], LOCAL, Rule("rank"), pins)
    assert totals(tight)["4"] == 9_000


def test_a_class_capped_in_what_a_file_gets():
    """Food at most a quarter: with 9 000 € of engineering, 3 000 € of food, both years together."""
    terms = Terms(order=("engineering", "food_purchase"), caps_bp={"food_purchase": 2500})
    rows = read(
        "1 | 80 | | engineering 2027 9 000 | food_purchase 2027 5 000 | food_purchase 2028 5 000"
    )
    purses = [Purse(1, 2027, euros("50 000")), Purse(2, 2028, euros("50 000"))]
    for kind in ("rank", "rate"):
        outcome = share(rows, purses, terms, Rule(kind))
        assert totals(outcome) == {"1": 12_000}, kind


def test_below_the_least_amount_of_the_call_nothing_is_given():
    """1 000 € is the least of the call: the 500 € left go to 3, which asks no more."""
    rows = read("""
        1 | 90 | | engineering 2027 9 500
        2 | 80 | | engineering 2027 4 000
        3 | 70 | | engineering 2027 500
    """)
    terms = Terms(min_cents=1_000_00)
    purse = [Purse(1, 2027, euros("10 000"))]
    assert totals(share(rows, purse, terms, Rule("rank"))) == {"1": 9_500, "2": 0, "3": 500}
    # 2 500 € for 14 000 €: 2 would get 714 €, less than its least: it leaves, the others share.
    # 3 asks 500 €, would get 125 €, less than all it asks: it leaves too, 1 gets everything.
    small = [Purse(1, 2027, 2_500_00)]
    assert totals(share(rows, small, terms, Rule("rate"))) == {"1": 2_500, "2": 0, "3": 0}


def test_the_narrowest_envelope_pays_first_and_each_year_by_its_own():
    rows = read("""
        1 | 90 | 32 | engineering 2027 10 000 | engineering 2028 10 000
        2 | 80 | 93 | engineering 2027 10 000
    """)
    purses = [
        Purse(1, 2027, euros("12 000")),
        Purse(2, 2027, euros("8 000"), region="32"),
        Purse(3, 2028, euros("5 000")),
    ]
    outcome = share(rows, purses, Terms(), Rule("rank"))
    assert outcome.awards["1"] == (
        (2, "engineering", 2027, 8_000_00),
        (1, "engineering", 2027, 2_000_00),
        (3, "engineering", 2028, 5_000_00),
    )
    assert totals(outcome) == {"1": 15_000, "2": 10_000}
    assert outcome.left == {1: 0, 2: 0, 3: 0}
    # An envelope of a department or of a class pays nothing else.
    closed = [Purse(1, 2027, 9_00, department="62"), Purse(2, 2027, 9_00, expense_class="support")]
    assert share(rows, closed, Terms(), Rule("rank")).spent == 0


def test_a_least_score():
    outcome = share(read(FOUR), ENVELOPE, LOCAL, Rule("rank", min_score=Fraction(70, 100)))
    assert totals(outcome) == {"2": 30_000, "1": 30_000, "3": 0, "4": 0}


def test_equal_scores_follow_the_number():
    rows = read("2 | 50 | | x 2027 1\n1 | 50 | | x 2027 1\n3 | | | x 2027 1\n0 | | | x 2027 1")
    assert [row.number for row in ranked(rows)] == ["1", "2", "0", "3"]
    assert ranked([]) == []
    assert share([], ENVELOPE, LOCAL, Rule("rank")).kept == 60_000_00
    assert share([], ENVELOPE, LOCAL, Rule("floor", floor_bp=100)).kept == 60_000_00


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            Rule("rank", min_score=Fraction(1, 2)),
            "Les dossiers les mieux notés d'abord, jusqu'au bout des enveloppes, note d'au moins "
            "50 sur 100.",
        ),
        (
            Rule("rate", rate_bp=6250),
            "La même part de sa demande pour chaque dossier, au plus 62,5 % de la demande.",
        ),
        (
            Rule("floor", floor_bp=3000, whole_files=True),
            "30 % de chaque enveloppe commune gardés pour les régions, à parts égales, puis les "
            "mieux notés, un dossier est servi en entier ou pas du tout.",
        ),
        (Rule("manual"), "Seulement les montants fixés à la main."),
    ],
)
def test_the_sentence_of_a_rule(rule, sentence):
    assert rule.sentence().replace("\u00a0", " ") == sentence


def test_a_rule_that_cannot_be_read_is_refused():
    with pytest.raises(BadRule, match="n'existe pas"):
        Rule("chance")
    for wrong in ({"rate_bp": 0}, {"rate_bp": 10_001}, {"floor_bp": -1}):
        with pytest.raises(BadRule, match="de 0 à 100"):
            Rule("rank", **wrong)
