"""The economic model by worked examples that a treasurer can check by hand."""

import pytest

from ensemblier.engines.economics import (
    Bounds,
    compute,
    concentration,
    dependences,
    levers,
    needs,
    plan_of,
    prices,
    read_plan,
    with_values,
)

PLAN = """
name = "Un jardin et ses paniers"
start = "2027-01"
opening_cash = 5000
inflation = 2
wage_rise = 1
food_rise = 3
basket = "paniers"

[[volume]]
id = "recolte"
yearly = 4000
link = "production"
season = [0, 0, 0, 1, 1, 2, 2, 2, 1, 1, 0, 0]
growth = [10, 0, 0, 0]

[[volume]]
id = "paniers"
unit = "panier"
of = "recolte"
rate = 0.25
loss = 10

[[sale]]
id = "foyers"
volume = "paniers"
price = 6
payer = "foyers"

[[sale]]
id = "cantine"
volume = "recolte"
share = 10
price = 2.50
audience = "market"
delay = 2

[[cost]]
id = "plants"
kind = "seeds"
volume = "recolte"
price = 0.30

[[post]]
id = "jardinier"
monthly = 2000
number = 0.5
link = "production"

[[equipment]]
id = "serre"
price = 12000
life = 120
loan = 6000
rate = 6
term = 12
link = "production"

[[in_kind]]
id = "benevoles"
hours = 10
price = 13.50

[[resource]]
id = "ville"
payer = "Ville"
code = "74C"
yearly = 6000
certainty = "firm"
delay = 4
effect = "social_link"

[[resource]]
id = "fonds"
payer = "Fonds de soutien"
code = "74FS"
yearly = 2000
pays_for = "operation"
"""


@pytest.fixture(scope="module")
def made():
    return compute(read_plan(PLAN))


def line(made, name):
    return next(each for each in made.lines if each.id == name)


def test_quantities_follow_the_season_the_growth_and_the_losses(made):
    """4 000 kg over ten parts: 400 kg a part; a year later, ten per cent more."""
    harvest = [q / 1000 for q in made.course.quantities["recolte"]]
    assert harvest[:12] == [0, 0, 0, 400, 400, 800, 800, 800, 400, 400, 0, 0]
    assert sum(harvest[12:24]) == 4400 and sum(harvest[24:36]) == 4400
    assert made.course.quantities["paniers"][5] == 800_000 * 0.25 * 0.9


def test_prices_rise_once_a_year_and_amounts_are_rounded_once(made):
    """Seeds: 0.30 €, then 0.306 €, then 0.3121 € (0.31212 to four decimals)."""
    seeds = line(made, "plants").amounts
    assert seeds[3] == 400 * 30
    assert seeds[15] == 440 * 30.6
    assert seeds[27] == 13732  # 440 × 0.3121 = 137,324 €


def test_a_yearly_amount_adds_up_to_the_year_whatever_its_months(made):
    """Half a post at 2 000 €: 12 000 €, then 1 % more; 6 000 € of grant: 500 € a month."""
    pay = line(made, "jardinier").amounts
    assert [sum(pay[12 * y : 12 * y + 12]) for y in range(5)] == [
        1_200_000,
        1_212_000,
        1_224_120,
        1_236_361,
        1_248_725,
    ]
    assert set(line(made, "ville").amounts) == {50_000}


def test_the_budget_of_the_first_year(made):
    """Sales: 900 baskets at 6 € and 400 kg at 2.50 €. Loan: 6 000 € at 0.5 % a month for a year."""
    first = made.budgets[0]
    assert first.resources == {"70": 640_000, "74C": 600_000, "74FS": 200_000}
    # Payment 516,40 €; interest 30,00 then 27,57, 25,12, 22,67… : 180,37 € over eleven months.
    assert line(made, "serre.interest").amounts[1:4] == (3000, 2757, 2512)
    assert first.charges["60"] == 120_000 and first.charges["64"] == 1_200_000
    assert first.charges["68"] == 120_000
    assert first.in_kind_charges == {"864": 162_000}
    assert first.in_kind_resources == {"870": 162_000}
    assert first.result == first.total_resources - first.total_charges
    income = made.incomes[0]
    assert income.sales == 640_000 and income.grants == 800_000
    assert income.result == first.result == made.results[0]
    assert income.self_financing == income.result + 120_000


def test_a_loan_is_paid_back_to_the_cent(made):
    repaid = line(made, "serre.repaid").payments
    interest = line(made, "serre.interest").amounts
    assert sum(repaid) == 600_000
    assert {a + b for a, b in zip(repaid[1:12], interest[1:12], strict=True)} == {51_640}
    assert abs(repaid[12] + interest[12] - 51_640) < 12
    assert not any(repaid[13:]) and line(made, "serre.drawn").payments[0] == 600_000


def test_cash_waits_for_those_who_pay_late(made):
    """January: 5 000 + loan 6 000 - serre 12 000 - pay 1 000. The town pays the year in May."""
    assert made.cash[0] == 500_000 + 600_000 - 1_200_000 - 100_000
    assert line(made, "ville").payments[4] == 600_000
    canteen = line(made, "cantine")
    assert canteen.payments[5] == canteen.amounts[3] == 40 * 250
    assert made.first_negative == 0 and made.lowest[1] == min(made.cash)


def test_working_capital_is_what_others_owe_less_what_is_owed(made):
    """End of January: a twelfth of two grants counted, nothing received yet: 500 + 166,67 €."""
    assert made.working_capital[0] == 50_000 + 16_667
    # End of May: 200 € of canteen, 5 x 500 - 6 000 of town, 5/12 of the fund, paid in March.
    owed = 20_000 + 5 * 50_000 - 600_000 + 83_333 - 200_000
    assert made.working_capital[4] == owed


def test_break_even_says_from_which_volume_a_year_balances(made):
    point = made.break_evens[0]
    assert point.margin == 640_000 - 120_000
    fixed = made.budgets[0].total_charges - 120_000 - 800_000
    assert point.to_cover == fixed and point.direction == "least"
    exact = fixed / point.margin
    assert exact <= point.percent_bp / 10_000 < exact + 0.0001


@pytest.mark.parametrize(
    ("price", "grant", "direction"),
    [("6", 90_000, "always"), ("0.01", 90_000, "most"), ("0.01", 10, "never"), ("9", 10, "least")],
)
def test_break_even_in_its_four_directions(price, grant, direction):
    text = PLAN.replace("price = 6\n", f"price = {price}\n").replace(
        "yearly = 6000", f"yearly = {grant}"
    )
    text = text.replace("price = 2.50", "price = 0.01").replace("= 0.30", "= 0.90")
    point = compute(read_plan(text)).break_evens[0]
    assert point.direction == direction and point.sentence().endswith(".")


def test_the_price_of_a_basket_and_who_pays_it(made):
    """900 baskets: 6 € paid by those who eat, 1.11 € by the canteen, 6.67 € by the town…"""
    price = prices(made)[0]
    assert price.units == 900_000
    # 900 baskets: foyers 5 400 €, canteen 1 000 €, town 6 000 €, fund 2 000 €: 16,00 € each.
    assert price.payers == {
        "foyers": 600,
        "clients au prix du marché": 111,
        "Ville": 667,
        "Fonds de soutien": 222,
    }
    assert price.persons == 600 and price.price_gap == price.cost - 600
    assert price.gap == price.cost - 1600
    assert set(price.parts) == {"producteur"}


def test_the_top_up_by_class_of_expenses(made):
    """What nobody else pays, wear (investment) and running costs in proportion."""
    need = needs(made)[0]
    others = 640_000 + 600_000
    assert need.top_up.missing_cents == made.budgets[0].total_charges - others
    assert need.top_up.requested_cents == 200_000 and need.asked["operation"] == 200_000
    assert need.by_class["support"] == need.by_class["food_purchase"] == 0
    assert need.by_class["operation"] > need.by_class["investment"] > 0


def test_a_resource_that_ends_gives_its_months_of_runway():
    rich = PLAN.replace("opening_cash = 5000", "opening_cash = 20000")
    made = compute(read_plan(rich))
    assert made.first_negative is None
    town = next(each for each in dependences(made, 24) if each.id == "ville")
    assert town.share_bp[0] == 600_000 * 10_000 // made.budgets[0].total_resources
    gone = compute(with_values(made.plan, {("ville", "last"): "2028-12"}))
    assert town.runway == gone.first_negative - 24 > 0 and town.is_vital
    assert town.cash_at_end == gone.cash[-1]
    assert 0 < concentration(made) < 1


def test_the_least_change_that_restores_balance(made):
    """One lever when one is enough; none smaller does it."""
    rich = compute(with_values(made.plan, {("", "opening_cash"): 20_000}))
    assert min(rich.results) < 0
    found = levers(rich, Bounds(price=50, volume=0, cost=0, resource=0))
    assert list(found.changes) == ["price"]
    percent = found.changes["price"]
    for change, balanced in ((percent, True), (percent - 1, False)):
        data = rich.plan.data
        up = {
            (s["id"], "price"): round(float(s["price"]) * (100 + change) / 100, 4)
            for s in data["sale"]
        }
        changed = with_values(rich.plan, {key: decimal(value) for key, value in up.items()})
        moved = compute(changed)
        assert (min(moved.results) >= 0 and min(moved.cash) >= 0) is balanced
    assert levers(rich, Bounds(price=1, volume=0, cost=0, resource=1)).found is False
    both = levers(rich, Bounds(price=percent - 1, volume=0, cost=1, resource=0))
    assert set(both.changes) == {"price", "cost"}
    assert levers(compute(with_values(rich.plan, {("ville", "yearly"): 90_000}))).changes == {}


def decimal(value):
    from decimal import Decimal

    return Decimal(f"{value:.4f}")


def test_a_year_that_does_not_begin_in_january_has_two_years_in_its_name():
    plan = read_plan(PLAN.replace("2027-01", "2027-09"))
    assert plan.year_names[0] == "2027-2028" and plan.month_names[5] == "2028-02"
    harvest = compute(plan).course.quantities["recolte"]
    # September and October are the first two months: one part each.
    assert [q / 1000 for q in harvest[:3]] == [400, 400, 0]


def test_posts_and_rounds_follow_a_volume_by_steps():
    text = PLAN.replace("number = 0.5\n", 'number = 1\nvolume = "recolte"\ncapacity = 500\n')
    text += '\n[[round]]\nid = "tournees"\nkm = 40\nprice = 0.50\nvolume = "recolte"\nload = 300\n'
    made = compute(read_plan(text))
    assert line(made, "jardinier").amounts[:7] == (*[200_000] * 5, 400_000, 400_000)
    # 400 kg: two rounds of 20 €; 800 kg: three.
    assert line(made, "tournees").amounts[2:6] == (0, 4000, 4000, 6000)


def test_post_aid_follows_the_law_the_hours_and_the_absences():
    """26 h of 35 on 22 289 € : 16 557,54 €; 10 % absent: 14 901,79 €, a twelfth a month later."""
    text = PLAN.replace("number = 0.5", 'number = 1\nhours = 26\nabsence = 10\naid = "ACI"')
    aid = line(compute(read_plan(text)), "jardinier.aid")
    assert sum(aid.amounts[:12]) == 1_490_179
    assert aid.payments[0] == 0 and aid.payments[1] == aid.amounts[0]


def test_an_investment_grant_is_cash_at_once_and_a_product_over_the_life():
    more = (
        '\n[[resource]]\nid = "aide"\npayer = "Région"\ncode = "74R"\nonce = 6000\nspread = 120\n'
    )
    aid = line(compute(read_plan(PLAN + more)), "aide")
    assert aid.payments[2] == 600_000 and sum(aid.payments) == 600_000
    assert set(aid.amounts) == {5_000}


def test_whole_euros_add_up():
    """Lines in whole euros, the total rounded once: 10,50 + 10,50 is 21 and not 22."""
    made = compute(
        plan_of(
            {
                "name": "a",
                "start": "2027-01",
                "cost": [
                    {"id": "x", "kind": "fees", "yearly": decimal(10.5)},
                    {"id": "y", "kind": "packing", "yearly": decimal(10.5)},
                ],
            }
        )
    )
    whole = made.budgets[0].whole_euros()
    assert whole.charges == {"60": 1100, "62": 1000} and whole.total_charges == 2100


def test_no_smaller_change_exists_on_the_grid():
    """Every setting of two levers tried one by one, against what the search gives."""
    from ensemblier.engines.economics.levers import Model

    made = compute(read_plan(PLAN.replace("yearly = 6000", "yearly = 5000")))
    made = compute(with_values(made.plan, {("", "opening_cash"): 20_000}))
    bounds = Bounds(price=12, volume=8, cost=0, resource=12)
    found, model = levers(made, bounds), Model(made)
    held = [
        changes
        for price in range(13)
        for volume in range(-8, 9)
        for resource in range(13)
        if model.holds(changes := {"price": price, "volume": volume, "resource": resource})
    ]

    def size(changes):
        sizes = [abs(change) for change in changes.values()]
        return sum(map(bool, sizes)), sum(sizes), max(sizes)

    best = min(held, key=size)
    assert found.changes == {name: change for name, change in best.items() if change}


def test_training_and_absences_ask_for_more_posts():
    """500 kg a month when there; 20 % of training leaves 400, half away 200: two posts for 400."""
    text = PLAN.replace("number = 0.5\n", 'number = 1\nvolume = "recolte"\ncapacity = 500\n')
    text = text.replace("capacity = 500\n", "capacity = 500\ntraining = 20\nabsence = 50\n")
    assert line(compute(read_plan(text)), "jardinier").amounts[3] == 400_000
    replaced = compute(read_plan(text.replace("absence = 50", "absence = 50\nreplaced = 100")))
    assert line(replaced, "jardinier").amounts[3] == 300_000
