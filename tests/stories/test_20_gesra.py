"""Fiche 20: third parties pay the gap between the grower's price and the person's, in cascade.

First the métropole, then the State's service, then an endowment fund; then citizens: what is
rounded up at the till, and a patron who gives as much. The grower has one price all year.
"""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from ensemblier.chain.billing.queries import shares_to_call
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.commitments import actions as commitments
from ensemblier.chain.commitments import queries as promised
from ensemblier.chain.distribution.refusals import CardMissing, EntitlementExpired
from ensemblier.chain.stock.refusals import NotEnough
from tests.stories.frame import Figures, Tell
from tests.stories.life import Life, kg
from tests.stories.trace import trace

pytestmark = pytest.mark.django_db
SHEET = "20_gesra"
RULE = """
name = "Tiers financeur"
[person]
rule = "fixed"
cents_per_unit = "{person_cents}"
{steps}
[[step]]
kind = "rest"
payer = "Arrondi"
up_to_cents_per_unit = {citizen_cents}
[[step]]
kind = "match"
of = "Arrondi"
percent = "100"
payer = "Mécène"
[[envelope]]
payer = "Arrondi"
cents = 0
fed = true
[[envelope]]
payer = "Mécène"
cents = {patron_cents}
[surcharge]
pot = "Arrondi"
"""
STEP = """
[[step]]
kind = "rest"
payer = "{name}"
[[envelope]]
payer = "{name}"
cents = {cents}
[[payer]]
name = "{name}"
nature = "complement"
"""


def rule(figures: Figures) -> str:
    steps = "".join(
        STEP.format(name=name, cents=cents)
        for name, cents in zip(figures.payers, figures.envelopes, strict=True)
    )
    return RULE.format(
        steps=steps,
        person_cents=figures.person_cents,
        citizen_cents=figures.citizen_cents,
        patron_cents=figures.patron_cents,
    )


def live(figures: Figures) -> SimpleNamespace:
    life = Life(figures, "GESRA")
    story = SimpleNamespace(life=life, figures=figures, lines=[], orders=[])
    names = [*figures.payers, "Arrondi", "Mécène"]
    story.payers = {name: life.organisation(name, "foundation", part="funder") for name in names}
    story.scheme = life.scheme("ecart", "Tiers financeur", rule(figures), story.payers)
    story.farm = life.organisation("Ferme des Monts", "farm", part="grower")
    life.mandate(story.farm)
    story.hub = life.site("Plateforme froide", "store", is_cold=True)
    story.shops = [life.site(f"Épicerie {rank + 1}", "shop") for rank in range(figures.groceries)]
    story.fresh = life.product("legumes", "Légumes frais", storage="fresh")
    life.price(story.fresh, "cost", figures.producer_cents, is_assumed=True)
    a_year_ahead(story)
    for month in range(1, figures.months + 1):
        a_month(story, date(life.first.year, month, 1))
    story.trace = trace(life.chain)
    return story


def a_year_ahead(story: SimpleNamespace) -> None:
    """What groceries need, what the grower sows for it, and the contract at one price."""
    life, figures = story.life, story.figures
    year = kg(figures.month_kilos * figures.groceries * figures.months)
    wished = {"receiver": life.lead, "firmness": "wished"}
    story.need = life.promise("need", story.fresh, year, **wished)
    sown = {"giver": story.farm, "firmness": "promised", "parent": story.need}
    story.plan = life.promise("plan", story.fresh, year, **sown)
    firm = {"giver": story.farm, "receiver": life.lead, "unit_cents": figures.producer_cents}
    facts = firm | {"proposed_by": story.farm}
    story.frame = life.promise("framework", story.fresh, kg(figures.frame_kilos), **facts)


def a_month(story: SimpleNamespace, day: date) -> None:
    """Called off, delivered at the grower's price, sold at the person's."""
    life, figures = story.life, story.figures
    kilos = figures.month_kilos * figures.groceries
    facts = {"receiver": life.lead, "parent": story.frame, "starts": day, "ends": day}
    order = life.promise("order", story.fresh, kg(kilos), **facts)
    cents = kilos * promised.price_on(order, day)
    facts = {"origin": story.farm, "value_cents": cents, "day": day}
    lot = life.receive("purchase", story.fresh, story.hub, kg(kilos), **facts)
    story.orders.append(commitments.keep(commitment=order, actor=life.actor))
    for shop in story.shops:
        life.carry(lot, story.hub, shop, kg(figures.month_kilos), day=day)
        story.lines.append(sell(story, shop, lot, kg(figures.month_kilos), day))


def sell(story: SimpleNamespace, shop, lot, milli: int, day: date):
    facts = {"extra_cents": story.figures.round_up_cents, "vat_rate": story.figures.vat_rate}
    return story.life.sell(story.fresh, shop, milli, lot=lot, scheme="ecart", day=day, **facts)


def paid(story: SimpleNamespace) -> dict[str, int]:
    """What each payer paid, what was put in the pot apart."""
    found = dict.fromkeys(story.payers, 0)
    for share in Share.objects.filter(payer__scheme=story.scheme, cents__gt=0):
        found[share.payer.name] += share.cents
    return found


def test_the_gap_is_paid_in_cascade(tell: Tell) -> None:
    """5 400 kg at 2,40 €: people pay 1 €, the gap of 1,40 € is 7 560 €."""
    figures = Figures.of(SHEET)
    story = live(figures)
    life = story.life
    assert sum(line.price_cents for line in story.lines) == 12_960_00
    found = paid(story)
    assert sum(found.values()) == 7_560_00
    assert [found[name] for name in figures.payers] == figures.envelopes, "one after the other"
    # 315 € a line: the three end 15 € into the twentieth. On it and on the last four the pot pays
    # half a gap at most (157,50 €), the patron what is left, never more than the pot.
    assert (found["Arrondi"], found["Mécène"]) == (5 * 157_50, 142_50 + 4 * 157_50)
    people = sum(life.till(shop) for shop in story.shops)
    assert people == 5_400_00 + 24 * 37_50, "the price, and what they rounded up"
    bill = life.self_bill(story.farm)
    assert bill.total_cents == life.owed(story.farm) == 12_960_00, "whoever paid"
    calls = {name: life.call(story.scheme, name) for name in figures.payers}
    assert [call.total_cents for call in calls.values()] == figures.envelopes
    first = calls["Métropole"]
    assert (first.net_cents, first.vat_cents) == (2_843_60, 156_40), "a complement bears the tax"
    life.close()
    for name in figures.payers:
        told = life.report(story.payers[name])
        assert told["total_cents"] == found[name]
    assert not shares_to_call(story.scheme.payers.get(name="DDETS"), life.last).exists()
    life.prove()
    assert life.left() == 0
    tell(figures, "12 960,00 € au producteur : 5 400,00 € des personnes, 7 560,00 € en cascade")


def test_both_sides_see_what_is_left_to_call() -> None:
    story = live(Figures.of(SHEET).altered(months=3))
    life, frame = story.life, story.frame
    sides = [promised.promises_of(side).get(pk=frame.pk) for side in (story.farm, life.lead)]
    assert {(row.called, row.missing) for row in sides} == {(kg(1350), kg(4650))}
    assert promised.shortfall(story.need).missing == 0, "the sowing plan answers the need"
    facts = {"receiver": life.lead, "parent": frame}
    with pytest.raises(commitments.FrameworkExceeded, match="4\u00a0650"):
        life.promise("order", story.fresh, kg(4651), **facts)
    with pytest.raises(commitments.FirmPriceHolds):
        life.promise("order", story.fresh, kg(1), unit_cents=200, **facts)


def test_a_larger_envelope_leaves_the_others_alone() -> None:
    figures = Figures.of(SHEET)
    story = live(figures.altered(months=4, envelopes=[2000_00, 2000_00, 1000_00]))
    found = paid(story)
    assert list(found.values()) == [2000_00, 520_00, 0, 0, 0]
    wider = live(figures.altered(months=4, person_cents=150))
    assert list(paid(wider).values()) == [1620_00, 0, 0, 0, 0], "a gap of 0,90 € instead of 1,40 €"


def test_when_all_is_spent_nobody_pays_in_silence() -> None:
    """The last envelopes end inside a line: it is refused whole, and the till stays as it was."""
    figures = Figures.of(SHEET)
    story = live(figures.altered(months=1, envelopes=[500_00, 100_00, 0]))
    life, shop = story.life, story.shops[0]
    before = life.till(shop)
    day = life.first + timedelta(days=40)
    facts = {"origin": story.farm, "value_cents": 540_00, "day": day}
    lot = life.receive("purchase", story.fresh, shop, kg(225), **facts)
    with pytest.raises(ShareRefused, match="Rien n'est enregistré"):
        sell(story, shop, lot, kg(225), day)
    assert (life.till(shop), life.left()) == (before, kg(225))
    with pytest.raises(NotEnough):
        sell(story, shop, lot, kg(226), day)
    assert life.owed(story.farm) == 1080_00, "what is not sold yet is owed at the invoice"
    assert life.self_bill(story.farm).total_cents == 1620_00


def test_a_household_is_referred_for_a_time() -> None:
    """A grocery that asks for a card: the right opens the price, and closes it on its last day."""
    figures = Figures.of(SHEET).altered(months=1, round_up_cents=0)
    story = live(figures)
    life, shop = story.life, story.shops[0]
    scheme = life.scheme(
        "carte", "Tiers financeur, sur carte", rule(figures), story.payers, asks_card=True
    )
    card, ends = life.card(), life.day(60)
    life.entitle(card, scheme, ends=ends)
    lot = life.receive("purchase", story.fresh, shop, kg(20), value_cents=48_00)
    facts = {"lot": lot, "scheme": "carte"}
    line = life.sell(story.fresh, shop, kg(10), card=card, day=ends, **facts)
    assert sum(share.cents for share in line.shares.filter(payer=None)) == 10_00
    with pytest.raises(EntitlementExpired):
        life.sell(story.fresh, shop, kg(10), card=card, day=ends + timedelta(days=1), **facts)
    with pytest.raises(CardMissing):
        life.sell(story.fresh, shop, kg(10), day=ends, **facts)
    life.close()
    told = life.activity_figures(story.payers["DDETS"])
    assert (told["households"], told["visits"]) == (None, None), "one household is not a figure"
