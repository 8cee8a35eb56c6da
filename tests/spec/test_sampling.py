"""Samples of an auditor, by worked examples."""

import pytest

from ensemblier.engines.sampling import BadSample, Method, Unit, below, draw, money_hits

EURO = 100
PAYMENTS = [
    Unit("V1", 50_000 * EURO, "41"),
    Unit("V2", 8_000 * EURO, "41"),
    Unit("V3", 2_000 * EURO, "18"),
    Unit("V4", 12_000 * EURO, "18"),
    Unit("V5", 20_000 * EURO, "37"),
    Unit("V6", 8_000 * EURO, "37"),
]


def test_the_hand_count_of_monetary_units():
    """10 euros in four lines, 2 to draw: a step of 5. From 3, the 4th and the 9th euro."""
    #                      1  2-4  5-9  10
    assert money_hits([1, 3, 5, 1], 2, 6) == [0, 1, 1, 0]  # 6/2 = 3, (6 + 10)/2 = 8
    # From 0: the first euro, and the 6th.
    assert money_hits([1, 3, 5, 1], 2, 0) == [1, 0, 1, 0]
    # From the last start, 9: the 5th and the 10th.
    assert money_hits([1, 3, 5, 1], 2, 9) == [0, 0, 1, 1]


def test_a_line_larger_than_the_step_is_always_drawn():
    """100 000 € and 4 draws: a step of 25 000 €. The payment of 50 000 € holds two of them."""
    for seed in map(str, range(50)):
        drawn = {row.unit.key: row.hits for row in draw(
            PAYMENTS, 4, seed=seed, method=Method.MONETARY).drawn}  # fmt: skip
        assert drawn["V1"] == 2
        assert sum(drawn.values()) == 4


def test_the_same_seed_gives_the_same_lines_in_any_order():
    """This very draw: it must never change, an audit report quotes it."""
    first = draw(PAYMENTS, 3, seed="2026-12-31")
    again = draw(reversed(PAYMENTS), 3, seed="2026-12-31")
    assert [row.unit.key for row in first.drawn] == [row.unit.key for row in again.drawn]
    assert [row.unit.key for row in first.drawn] == QUOTED
    assert first.sentence() == (
        "3 lignes tirées sur 6, au hasard, chaque ligne a la même chance ; graine « 2026-12-31 »."
    )


QUOTED = ["V4", "V1", "V6"]


def test_each_stratum_has_its_part():
    sample = draw(PAYMENTS, 4, seed="a", by_stratum=True)
    assert [(row.name, row.asked, len(row.drawn)) for row in sample.strata] == [
        ("18", 2, 2), ("37", 1, 1), ("41", 1, 1),
    ]  # fmt: skip
    few = draw(PAYMENTS, 1, seed="a", by_stratum=True, method=Method.MONETARY)
    assert [(row.name, row.asked) for row in few.strata] == [("18", 0), ("37", 0), ("41", 1)]


@pytest.mark.parametrize(
    ("units", "size", "seed", "method", "words"),
    [
        ([], 1, "a", Method.RANDOM, "population est vide"),
        (PAYMENTS, 0, "a", Method.RANDOM, "au moins une ligne"),
        (PAYMENTS, 1, "", Method.RANDOM, "Donnez une graine"),
        ([PAYMENTS[0], PAYMENTS[0]], 1, "a", Method.RANDOM, "même clé"),
        ([Unit("V9", -1)], 1, "a", Method.MONETARY, "montant négatif"),
        ([Unit("V9", 0)], 1, "a", Method.MONETARY, "population est vide"),
    ],
)
def test_a_draw_without_meaning_is_refused(units, size, seed, method, words):
    with pytest.raises(BadSample, match=words):
        draw(units, size, seed=seed, method=method)


def test_nothing_is_drawn_from_nothing():
    with pytest.raises(BadSample):
        below(0, "a")
