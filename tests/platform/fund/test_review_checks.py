"""The automatic checks, rule by rule, on values alone."""

from dataclasses import replace
from datetime import date

import pytest

from ensemblier.engines import budget
from ensemblier.fund.review.checks import ATTENTION, BLOCKING, OK, Facts, check_file

CAPS = budget.Caps(
    max_rate_bp=8000,
    class_caps={"engineering": 10_000, "food_purchase": 5_000},
    years=(2027, 2028),
    min_cents=1_000_00,
    max_cents=50_000_00,
    names={"food_purchase": "achat de denrées"},
)
GOOD = Facts(
    day=date(2027, 5, 12),
    is_public=False,
    siret="30000000600017",
    is_confirmed=True,
    accepts_commitments=True,
    links=("distribution",),
    publics=("edge",),
    seeks_employment=False,
    lines=(budget.Line("charge", "60", 40_000_00), budget.Line("resource", "70", 20_000_00)),
    asked=(budget.Asked("engineering", 2027, 20_000_00),),
    caps=CAPS,
)
FOOD = (
    budget.Asked("engineering", 2027, 10_000_00),
    budget.Asked("food_purchase", 2027, 10_000_00),
)


def levels(label, **changes):
    found = check_file(replace(GOOD, **changes))
    return [(check.level, check.sentence) for check in found if check.label == label]


def test_a_good_file_has_nothing_but_ok_and_each_check_names_its_text():
    found = check_file(GOOD)
    assert {check.level for check in found} == {OK}
    assert all(check.sentence and check.source for check in found)


def test_the_most_serious_comes_first():
    found = [c.level for c in check_file(replace(GOOD, siret="", missing_papers=("RIB",)))]
    assert found == sorted(found, key=[BLOCKING, ATTENTION, OK].index)
    assert found[0] == BLOCKING and ATTENTION in found


LONG = date(2030, 1, 1)
CASES = [
    ("Budget", BLOCKING, "Il manque", {"asked": (budget.Asked("engineering", 2027, 5_000_00),)}),
    ("Budget", BLOCKING, "charges", {"lines": ()}),
    ("SIRET", BLOCKING, "pas de SIRET", {"siret": ""}),
    ("SIRET", ATTENTION, "confirmé", {"is_confirmed": False}),
    ("Contrat d'engagement républicain", BLOCKING, "pas accepté", {"accepts_commitments": False}),
    (
        "Contrat d'engagement républicain",
        OK,
        "organismes publics",
        {"accepts_commitments": False, "is_public": True},
    ),
    ("Habilitation à l'aide alimentaire", BLOCKING, "Aucune", {"asked": FOOD}),
    ("Habilitation à l'aide alimentaire", ATTENTION, "Aucune", {"publics": ("emergency",)}),
    (
        "Habilitation à l'aide alimentaire",
        ATTENTION,
        "prend fin",
        {"asked": FOOD, "authorised_until": date(2027, 12, 30)},
    ),
    (
        "Habilitation à l'aide alimentaire",
        OK,
        "valable",
        {"asked": FOOD, "authorised_until": date(2027, 12, 31)},
    ),
    (
        "Convention d'insertion (IAE)",
        ATTENTION,
        "aucune convention",
        {"links": ("production",), "seeks_employment": True},
    ),
    ("Convention d'insertion (IAE)", OK, "court jusqu'au", {"iae_until": LONG}),
    (
        "Convention d'insertion (IAE)",
        ATTENTION,
        "prend fin",
        {"iae_until": date(2027, 6, 1)},
    ),
    (
        "Taux d'aide",
        BLOCKING,
        "80",
        {
            "lines": (budget.Line("charge", "60", 20_000_00),),
        },
    ),
    (
        "Dépenses éligibles",
        BLOCKING,
        "achat de denrées",
        {
            "asked": (
                budget.Asked("engineering", 2027, 9_999_00),
                budget.Asked("food_purchase", 2027, 10_001_00),
            )
        },
    ),
    (
        "Dépenses éligibles",
        BLOCKING,
        "ne finance pas",
        {"asked": (budget.Asked("investment", 2027, 20_000_00),)},
    ),
    ("Années", BLOCKING, "2029", {"asked": (budget.Asked("engineering", 2029, 20_000_00),)}),
    ("Demande", BLOCKING, "jusqu'à", {"caps": replace(CAPS, max_cents=10_000_00)}),
    ("Aides précédentes", ATTENTION, "2 aides", {"open_grants": 2}),
    ("Pièces", ATTENTION, "RIB", {"missing_papers": ("RIB",)}),
]


@pytest.mark.parametrize(("label", "level", "words", "changes"), CASES)
def test_each_check_says_what_it_saw(label, level, words, changes):
    assert any(
        found == level and words in sentence for found, sentence in levels(label, **changes)
    ), levels(label, **changes)


def big(cents):
    return {
        "asked": (budget.Asked("engineering", 2027, cents),),
        "caps": replace(CAPS, max_cents=None),
    }


@pytest.mark.parametrize(
    ("label", "last_without"),
    [("Convention", 23_000_00), ("Commissaire aux comptes", 152_999_99)],
)
def test_the_thresholds_of_the_law_fall_on_the_right_cent(label, last_without):
    assert not levels(label, **big(last_without))
    assert levels(label, **big(last_without + 1))
