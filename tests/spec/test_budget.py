"""The Cerfa budget by worked examples that a treasurer could check by hand."""

from datetime import date

import pytest

from ensemblier.engines import budget
from ensemblier.engines.budget import Asked, Caps, Fault, Line

ASKED_CAPS = Caps(
    max_rate_bp=8000,
    class_caps={"engineering": 10000, "operation": 10000, "food_purchase": 5000},
    years=(2027, 2028),
    min_cents=1_000_00,
    max_cents=60_000_00,
    names={"food_purchase": "achat de denrées"},
)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def euros(text: str) -> int:
    return int(text.replace(" ", "")) * 100


def read(table: str) -> tuple[list[Line], list[Asked]]:
    """A budget written as people read it: one line a row, `demande` for what is asked."""
    lines, asked = [], []
    for row in table.strip().splitlines():
        kind, code, amount = (cell.strip() for cell in row.split("|"))
        if kind == "demande":
            name, year = code.split()
            asked.append(Asked(name, int(year), euros(amount)))
        else:
            lines.append(
                Line({"charge": "charge", "produit": "resource"}[kind], code, euros(amount))
            )
    return lines, asked


# A grocery of 50 000 €: 30 000 € asked, volunteers counted on both sides.
GROCERY = """
    charge  | 60               | 18 000
    charge  | 64               | 32 000
    charge  | 864              |  9 000
    produit | 70               | 12 000
    produit | 74D              |  8 000
    produit | 870              |  9 000
    demande | engineering 2027 | 20 000
    demande | operation 2028   | 10 000
"""


def test_a_balanced_budget_has_no_fault():
    lines, asked = read(GROCERY)
    sums = budget.totals(lines, asked)
    assert (sums.charges, sums.resources, sums.asked) == (50_000_00, 20_000_00, 30_000_00)
    assert (sums.in_kind_charges, sums.in_kind_resources) == (9_000_00, 9_000_00)
    assert (sums.gap, sums.rate_bp, sums.is_balanced) == (0, 6000, True)
    assert budget.faults(lines, asked, ASKED_CAPS) == []
    assert budget.balanced_by_the_fund(lines, asked, ASKED_CAPS) is None


def sentences(table: str) -> list[str]:
    return [plain(fault.sentence) for fault in budget.faults(*read(table), ASKED_CAPS)]


def test_a_gap_is_told_with_the_ways_out():
    assert sentences(GROCERY.replace("| 12 000", "| 10 800")) == [
        "Il manque 1 200 € pour équilibrer : ajoutez une ressource, réduisez une charge, "
        "ou demandez ce montant au fonds."
    ]


def test_too_many_resources_are_told_with_the_ways_out():
    assert sentences(GROCERY.replace("| 12 000", "| 12 500")) == [
        "Les ressources dépassent les charges de 500 € : ajoutez une charge oubliée, réduisez "
        "une ressource, ou demandez moins au fonds."
    ]


def test_contributions_in_kind_balance_apart():
    assert sentences(GROCERY.replace("870              |  9 000", "870 | 8 000")) == [
        "Les contributions en nature ne s'équilibrent pas : 9 000 € en 86 et 8 000 € en 87. "
        "Écrivez le même total des deux côtés."
    ]


def test_an_empty_budget_asks_for_charges_and_an_amount():
    assert [fault[:2] for fault in budget.faults([], [], ASKED_CAPS)] == [
        ("budget", "empty"),
        ("demande", "nothing"),
    ]
    assert budget.totals([], []).rate_bp == 0


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            "charge|64|10 000\nproduit|70|1 999\ndemande|engineering 2027|8 001",
            "Le fonds paie au plus 80 % du budget, ici 8 000 € : demandez 1 € de moins.",
        ),
        (
            "charge|64|10 000\nproduit|70|9 001\ndemande|engineering 2027|999",
            "Cet appel aide à partir de 1 000 €.",
        ),
        (
            "charge|64|100 000\nproduit|70|39 900\ndemande|engineering 2027|60 100",
            "Cet appel aide jusqu'à 60 000 € : demandez 100 € de moins.",
        ),
        (
            "charge|64|10 000\nproduit|70|5 000\ndemande|engineering 2029|5 000",
            "Cet appel ne finance pas l'année 2029.",
        ),
        (
            "charge|64|10 000\nproduit|70|5 000\ndemande|investment 2027|5 000",
            "Cet appel ne finance pas « investment ».",
        ),
        (
            "charge|60|10 000\nproduit|70|5 000\n"
            "demande|food_purchase 2027|2 501\ndemande|operation 2027|2 499",
            "« achat de denrées » ne dépasse pas 50 % de la demande : 2 501 € sur 5 000 €, "
            "c'est trop.",
        ),
    ],
)
def test_each_cap_refuses_its_first_euro(table, sentence):
    assert sentences(table) == [sentence]


@pytest.mark.parametrize(
    "table",
    [
        "charge|64|10 000\nproduit|70|2 000\ndemande|engineering 2027|8 000",
        "charge|64|10 000\nproduit|70|9 000\ndemande|engineering 2027|1 000",
        "charge|64|100 000\nproduit|70|40 000\ndemande|engineering 2027|60 000",
        "charge|60|10 000\nproduit|70|5 000\n"
        "demande|food_purchase 2027|2 500\ndemande|operation 2027|2 500",
    ],
)
def test_each_cap_lets_its_last_euro_through(table):
    assert sentences(table) == []


def balanced(table: str, caps: Caps = ASKED_CAPS) -> list[Asked] | None:
    return budget.balanced_by_the_fund(*read(table), caps)


def test_the_fund_takes_the_gap_on_the_first_class_with_room():
    assert balanced("charge|64|10 000\nproduit|70|8 800") == [Asked("engineering", 2027, 1_200_00)]
    table = "charge|64|10 000\nproduit|70|5 000\ndemande|engineering 2028|3 800"
    assert balanced(table) == [Asked("engineering", 2028, 5_000_00)]


def test_the_fund_takes_the_gap_on_the_next_class_when_the_first_is_full():
    caps = Caps(8000, {"investment": 5000, "operation": 10000}, (2027,))
    table = "charge|64|10 000\nproduit|70|5 000\ndemande|investment 2027|2 500"
    assert balanced(table, caps) == [
        Asked("investment", 2027, 2_500_00),
        Asked("operation", 2027, 2_500_00),
    ]


def test_the_fund_refuses_a_gap_beyond_its_caps():
    assert balanced("charge|64|10 000\nproduit|70|1 000") is None


def test_too_much_is_taken_from_the_last_classes_first():
    table = (
        "charge|64|10 000\nproduit|70|6 000\n"
        "demande|engineering 2027|4 000\ndemande|operation 2028|700\ndemande|engineering 2028|300"
    )
    assert balanced(table) == [
        Asked("engineering", 2027, 4_000_00),
    ]


def test_what_is_not_asked_cannot_be_taken_back():
    assert balanced("charge|64|10 000\nproduit|70|12 000\ndemande|engineering 2027|1 000") is None


def test_an_unknown_class_is_taken_back_first():
    table = (
        "charge|64|5 000\nproduit|70|2 000\ndemande|operation 2027|3 000\ndemande|other 2027|500"
    )
    assert balanced(table) == [Asked("operation", 2027, 3_000_00)]


def test_the_form_has_no_cents():
    with pytest.raises(ValueError, match="euros entiers"):
        Line("charge", "60", 1_50)
    with pytest.raises(ValueError, match="euros entiers"):
        Line("charge", "60", -100)


def test_lines_are_those_of_the_form_of_the_day():
    assert budget.form_on(date(2027, 1, 1)).name == "12156*06"
    assert budget.form_on(date(2020, 1, 1)).name == "12156*06"
    assert budget.cerfa_line("charge", "64", date(2027, 1, 1)).label == "Charges de personnel"
    assert budget.cerfa_line("resource", "870", date(2027, 1, 1)) == (
        "870",
        "resource",
        "Bénévolat",
        True,
    )
    with pytest.raises(budget.UnknownLine, match=r"12156\*06"):
        budget.cerfa_line("charge", "74D", date(2027, 1, 1))


def test_every_code_of_the_form_is_unique_on_its_side_and_fits_its_column():
    for form in budget.FORMS:
        keys = [(line.side, line.code) for line in form.lines]
        assert len(keys) == len(set(keys))
        assert all(len(code) <= 4 for _, code in keys)
        assert budget.FUND_CODE not in {code for _, code in keys}


def test_amounts_and_rates_are_written_in_french():
    assert plain(budget.euros(1_234_567_05)) == "1 234 567,05 €"
    assert plain(budget.percent(3333)) == "33,33 %"
    assert plain(budget.percent(1250)) == "12,5 %"
    assert Fault("budget", "gap", "x").step == "budget"
