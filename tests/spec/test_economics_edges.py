"""Plans at the edge: nothing sold, nothing given, nothing that moves, everything late."""

from dataclasses import fields, replace

import pytest

from ensemblier.engines.economics import (
    BadPlan,
    Bounds,
    Remedy,
    broken_rules,
    compute,
    levers,
    needs,
    plan_of,
    prices,
    read_plan,
    simulate,
    tornado,
)
from ensemblier.engines.economics.fan import drawn
from ensemblier.engines.economics.plan import Uncertainty
from tests.properties.economics_plain import Plain

STILL = Uncertainty(**{each.name: 0 for each in fields(Uncertainty)})
HEAD = 'name = "a"\nstart = "2027-01"\n'
COST = '[[cost]]\nid = "c"\nkind = "fees"\nyearly = 1200\n'
BAD = [
    (HEAD + "uncertainty = 3\n" + COST, "écrivez [uncertainty]"),
    (HEAD + "opening_cash = 1e99999999999999999999\n" + COST, "trop grand"),
    (HEAD + "opening_cash = " + "9" * 5000 + "\n" + COST, "trop long"),
    (HEAD + "# " + "a" * 400_000, "ce n'est pas un plan"),
    (HEAD + "".join(COST.replace('"c"', f'"c{n}"') for n in range(201)), "plus de 200 lignes"),
    (HEAD + COST + "price = 3\n", "un prix sans volume"),
    (HEAD + '[[in_kind]]\nid = "k"\n', "une seule façon de compter"),
    (HEAD + '[[resource]]\nid = "g"\npayer = "a"\nyearly = 1\nfarms = 0\n', "une ferme"),
    (HEAD + '[[post]]\nid = "p"\nmonthly = 1\naid_yearly = 3\n', "dites quelle aide"),
    (HEAD + '[[equipment]]\nid = "e"\nprice = 9\nlife = 9\nloan = 3\n', "dit sa durée"),
    (HEAD + '[[equipment]]\nid = "e"\nprice = 9\nlife = 60.5\n', "décimales"),
    (
        HEAD
        + '[[volume]]\nid = "v"\nyearly = 9\n[[post]]\nid = "p"\nmonthly = 1\nvolume = "v"\n'
        + "capacity = 3\nnumber = 1.5\n",
        "leur nombre est entier",
    ),
]


@pytest.mark.parametrize(("text", "words"), BAD, ids=[row[1] for row in BAD])
def test_more_bad_plans(text, words):
    with pytest.raises(BadPlan, match=words.replace("[", r"\[")):
        read_plan(text)


def test_a_plan_of_one_cost_has_no_price_no_tornado_and_no_remedy():
    made = compute(read_plan(HEAD + COST))
    assert prices(made) == () and needs(made)[0].by_class["operation"] == 120_000
    assert levers(made) == Remedy(False)
    assert levers(made).sentence().startswith("Aucun réglage")
    still = compute(replace(made.plan, uncertainty=STILL))
    assert tornado(still) == ()
    fan = simulate(made.plan, 100, 1)
    assert fan.ruin == 10_000 and fan.losses == () and fan.reserve > 500_000


def test_a_plan_that_holds_asks_for_no_change():
    made = compute(read_plan(HEAD + "opening_cash = 9000\n" + COST.replace("1200", "0")))
    assert levers(made, Bounds()).sentence().startswith("Le plan est déjà équilibré")
    fan = simulate(made.plan, 100, 1)
    assert (fan.ruin, fan.usual_ruin_month, fan.reserve) == (0, None, 0)
    assert made.incomes[0].margin == 0


def test_a_year_without_any_basket_has_no_price():
    text = HEAD + 'basket = "v"\n[[volume]]\nid = "v"\nyearly = 12\nfirst = "2029-01"\n'
    text += '[[in_kind]]\nid = "k"\nyearly = 120\nreceived = 120\n'
    found = prices(compute(read_plan(text)))
    assert [price.year for price in found] == ["2029", "2030", "2031"]
    assert {price.cost for price in found} == {0}


def test_what_is_due_after_the_end_is_never_paid_in_the_plan():
    """A grant of the last month two years late, equipment bought and lent for in the last month."""
    text = HEAD + COST + '[[resource]]\nid = "g"\npayer = "a"\nonce = 500\ndelay = 24\n'
    text += 'first = "2031-12"\n[[resource]]\nid = "h"\npayer = "a"\nonce = 100\nspread = 3\n'
    text += 'delay = 2\nfirst = "2031-12"\n[[resource]]\nid = "i"\npayer = "a"\nyearly = 12\n'
    text += 'delay = 24\n[[equipment]]\nid = "e"\nprice = 90\nlife = 9\nloan = 30\nterm = 2\n'
    text += 'first = "2031-12"\n'
    made, plain = compute(read_plan(text)), Plain(text)
    assert list(made.cash) == [100 * euros for euros in plain.cash()]
    assert sum(made.cash_in) == 3_000 + 3 * 1_200
    sure = replace(made.plan, uncertainty=STILL)
    sure = replace(sure, resources=tuple(replace(r, chance=10_000) for r in sure.resources))
    assert abs(drawn(compute(sure), 2, 1).cash[:, 0] - made.cash).max() < 1e-6


def test_demand_that_keeps_everything_stays_where_it_began():
    text = HEAD + '[uncertainty]\npersistence = 100\n[[volume]]\nid = "v"\nyearly = 1200\n'
    text += '[[sale]]\nid = "s"\nvolume = "v"\nprice = 1\n'
    found = drawn(compute(read_plan(text)), 50, 1)
    months = found.cash[1:] - found.cash[:-1]
    assert abs(months - months[0]).max() < 1e-6 < months.std()


def test_no_ceiling_is_told_before_there_was_one():
    grant = {"id": "g", "payer": "a", "code": "74C", "yearly": 900_000, "regime": "sieg"}
    cost = {"id": "c", "kind": "fees", "yearly": 900_000}
    old = plan_of({"name": "a", "start": "2006-01", "cost": [cost], "resource": [grant]})
    new = plan_of({"name": "a", "start": "2027-01", "cost": [cost], "resource": [grant]})
    codes = [{each.code for each in broken_rules(compute(plan))} for plan in (old, new)]
    assert "aid_ceiling" not in codes[0] and "aid_ceiling" in codes[1]
    odd = plan_of(
        {"name": "a", "start": "2027-01", "cost": [cost], "resource": [{**grant, "regime": ""}]}
    )
    assert "aid_ceiling" not in {each.code for each in broken_rules(compute(odd))}


def test_post_aid_before_the_first_known_order_is_the_first_known_one():
    post = {"id": "p", "monthly": 1, "aid": "EI"}
    made = compute(plan_of({"name": "a", "start": "2010-01", "post": [post]}))
    assert sum(made.lines[1].amounts[:12]) == 1_160_900


def test_more_paid_for_a_class_than_it_costs_serves_the_others():
    """3 000 € for support only, of which nothing is spent: they pay the fees."""
    grant = {"id": "g", "payer": "a", "yearly": 500, "pays_for": "support"}
    rows = [{"id": "c", "kind": "fees", "yearly": 1200}, {"id": "d", "kind": "activity"}]
    rows[1]["yearly"] = 300
    made = compute(plan_of({"name": "a", "start": "2027-01", "cost": rows, "resource": [grant]}))
    need = needs(made)[0]
    assert need.by_class["support"] == 0 and need.by_class["operation"] == 100_000
