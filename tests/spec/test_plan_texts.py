"""A plan written by the atelier is the plan it was read from; sliders and rows do what they say."""

from decimal import Decimal

import pytest

from ensemblier.atelier import sliders
from ensemblier.atelier.handing import handed
from ensemblier.atelier.pictures import pictures
from ensemblier.atelier.rows import new_id, row_of, values_of, with_row, without_row
from ensemblier.atelier.starting import blank, models
from ensemblier.atelier.wording import changes, number
from ensemblier.engines.economics import compute, plan_text, read_plan
from ensemblier.engines.economics.outcome import by_year

SHEETS = sorted(models())


@pytest.fixture(scope="module")
def uniterres():
    return compute(read_plan(models()[21].text))


def test_there_is_a_plan_for_each_sheet():
    assert list(range(1, 26)) == SHEETS


@pytest.mark.parametrize("sheet", SHEETS)
def test_writing_gives_back_the_same_plan_and_the_same_text(sheet):
    text = models()[sheet].text
    once = plan_text(values_of(text))
    assert read_plan(once) == read_plan(text)
    assert plan_text(values_of(once)) == once


def test_a_blank_plan_computes_whatever_its_name():
    plan = read_plan(blank('Le "petit" \\ panier', "2027-01"))
    assert compute(plan).budgets[0].total_charges > 0


class TestRows:
    DATA = values_of(models()[3].text)

    def test_a_row_is_replaced_in_its_place_and_a_new_one_comes_last(self):
        row = {**row_of(self.DATA, "resource", "fonds"), "yearly": 1}
        ids = [raw["id"] for raw in self.DATA["resource"]]
        assert [r["id"] for r in with_row(self.DATA, "resource", "fonds", row)["resource"]] == ids
        added = with_row(self.DATA, "resource", "mairie", {"id": "mairie", "payer": "Mairie"})
        assert [r["id"] for r in added["resource"]] == [*ids, "mairie"]
        assert without_row(added, "resource", "mairie") == self.DATA

    def test_what_changed_is_said_in_french(self):
        row = {**row_of(self.DATA, "resource", "fonds"), "yearly": Decimal("1234.5")}
        (change,) = changes(self.DATA, with_row(self.DATA, "resource", "fonds", row))
        assert change.table == "Ressources" and change.says == "somme par an"
        assert change.before == "55\u00a0500\u00a0€" and change.after == "1\u00a0234,50\u00a0€"
        gone = changes(self.DATA, without_row(self.DATA, "resource", "fonds"))
        assert [(each.before, each.after) for each in gone] == [("présent", "")]
        assert changes(self.DATA, self.DATA) == []

    @pytest.mark.parametrize(
        "label, found",
        [
            ("Égalité d'été", "egalite_d_ete"),
            ("42", "ligne_42"),
            ("Fonds", "fonds_2"),
            ("…", "ligne"),
        ],
    )
    def test_a_short_name_is_made_from_a_label(self, label, found):
        assert new_id(self.DATA, label) == found

    @pytest.mark.parametrize(
        "value, cents, words",
        [
            (Decimal("0.5"), False, "0,5"),
            (Decimal("5.80"), True, "5,80"),
            (Decimal("-1234.50"), False, "\u22121\u00a0234,5"),
            (60000, True, "60\u00a0000"),
        ],
    )
    def test_a_number_in_words(self, value, cents, words):
        assert number(value, cents=cents) == words


class TestSliders:
    def test_at_rest_the_plan_is_the_plan(self, uniterres):
        assert sliders.moved(uniterres, sliders.Setting()) is uniterres.plan

    def test_volumes_and_prices_move_what_is_sold(self, uniterres):
        def sales(plan):
            found = [line for line in compute(plan).lines if line.kind == "sale"]
            return sum(sum(line.amounts) for line in found)

        half = sliders.moved(uniterres, sliders.Setting(volume=50))
        dearer = sliders.moved(uniterres, sliders.Setting(price=110))
        whole = sales(uniterres.plan)
        assert abs(sales(half) - whole // 2) < whole // 1_000
        assert abs(sales(dearer) - whole * 11 // 10) < whole // 1_000

    def test_the_largest_resource_is_the_patronage_of_uniterres_and_may_end(self, uniterres):
        assert sliders.largest(uniterres).id == "mecenat"
        without = compute(sliders.moved(uniterres, sliders.Setting(resource=0)))
        gone = [line for line in without.lines if line.id == "mecenat"]
        assert sum(sum(line.amounts) for line in gone) == 0
        assert without.cash[-1] < uniterres.cash[-1]

    @pytest.mark.parametrize(
        "asked, volume",
        [
            ({}, 100),
            ({"volume": "80"}, 80),
            ({"volume": "80 %"}, 80),
            ({"volume_curseur": "70", "volume": "100", "volume_avant": "100"}, 70),
            ({"volume_curseur": "100", "volume": "60", "volume_avant": "100"}, 60),
            ({"volume": "9999"}, 150),
            ({"volume": "-4"}, 100),
            ({"volume": "douze"}, 100),
        ],
    )
    def test_what_was_moved_since_the_page_was_made_wins(self, asked, volume):
        assert sliders.setting_of(asked).volume == volume


class TestPictures:
    @pytest.mark.parametrize("sheet", [3, 12, 21, 24])
    def test_each_picture_says_the_plan(self, sheet):
        drawn = pictures(read_plan(models()[sheet].text))
        outcome = drawn.outcome
        resources = by_year(outcome.resources)
        for found, cents in zip(drawn.resources.totals, resources, strict=True):
            assert 0 <= cents - found < 100 * len(drawn.resources.rows)
        assert tuple(drawn.cash.planned) == outcome.cash
        if drawn.flow:
            assert sum(c for _, c in drawn.flow.sources) == sum(c for _, c in drawn.flow.uses)
            assert drawn.price.total <= drawn.flow.total

    def test_the_same_plan_gives_the_same_pictures(self):
        plan = read_plan(models()[21].text)
        assert pictures(plan).chances == pictures(plan).chances


class TestHanding:
    @pytest.mark.parametrize("sheet", SHEETS)
    def test_lines_add_up_in_whole_euros_and_the_ask_is_that_of_the_plan(self, sheet):
        outcome = compute(read_plan(models()[sheet].text))
        for year in (0, 4):
            found, budget = handed(outcome, year), outcome.budgets[year]
            assert all(row["amount_cents"] % 100 == 0 for row in [*found.lines, *found.asked])
            assert abs(found.charges - budget.total_charges) <= 50
            received = found.resources + found.requested
            assert abs(received - budget.total_resources) <= 100
            kinds = [
                sum(row["amount_cents"] for row in found.lines if row["code"].startswith(code))
                for code in ("86", "87")
            ]
            assert kinds[0] == kinds[1]
            assert not any(row["code"] == "74FS" for row in found.lines)
