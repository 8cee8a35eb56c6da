"""Fiche 16: cost price for everybody of the district, and no right to show, by design."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.utils.text import slugify

from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities import queries as done
from ensemblier.chain.distribution.models import Card, Entitlement, LineCard
from ensemblier.chain.distribution.refusals import CardMissing
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.refusals import MassNotBalanced, NotEnough
from tests.stories.frame import Figures, Tell
from tests.stories.frame_more import WideLife
from tests.stories.life import kg
from tests.stories.trace import trace

pytestmark = pytest.mark.django_db
SHEET = "16_vrac"
RULE = """
name = "Prix coûtant"
[person]
rule = "cost"
"""
FUNDERS = {"DGCS, plan de relance": "state", "Fondation Carasso": "foundation"}
BULK = 1  # rank of the product that comes in bags


def live(figures: Figures) -> SimpleNamespace:
    """One month: orders are gathered, exactly that is bought, packed, carried and sold at cost."""
    life = WideLife(figures, "Réseau VRAC")
    story = SimpleNamespace(life=life, figures=figures, lines=[], sold=[])
    story.funders = [life.organisation(name, kind) for name, kind in FUNDERS.items()]
    story.hub = life.site("Entrepôt", "store")
    story.scheme = life.scheme("vrac", "Prix coûtant", RULE, {})
    story.products, story.growers = [], []
    for name, cents in zip(figures.names, figures.cost_cents, strict=True):
        unit = "litre" if name.startswith("Huile") else "kg"
        product = life.product(slugify(name), name, unit, family="AUTRES")
        life.label(product)
        life.price(product, "cost", cents, is_assumed=True, source="prix coûtant")
        story.products.append(product)
        story.growers.append(life.organisation(f"Ferme, {name}", "farm", part="grower"))
        life.mandate(story.growers[-1])
    associations(story)
    gather(story)
    story.lots = [buy(story, rank) for rank in range(len(story.products))]
    for site in story.sites:
        hand_out(story, site)
    together(story)
    what_it_changes(story)
    story.trace = trace(life.chain)
    return story


def associations(story: SimpleNamespace) -> None:
    life = story.life
    story.sites = []
    keepers = life.crowd("VRAC", len(story.figures.places))
    for place, keeper in zip(story.figures.places, keepers, strict=True):
        story.sites.append(life.site(f"Épicerie de {place}", "pick_up", keeper))


def wanted(story: SimpleNamespace, site) -> list[list[int]]:
    """The baskets that a place orders: those of Lyon one by one, elsewhere one for all."""
    figures = story.figures
    return figures.lyon if site == story.sites[0] else [figures.elsewhere]


def totals(story: SimpleNamespace, site) -> list[int]:
    return [sum(each) for each in zip(*wanted(story, site), strict=True)]


def gather(story: SimpleNamespace) -> None:
    """The month's cycle: each association's order of each product."""
    life = story.life
    day = life.day(14)
    opens = {"opens_at": life.at(life.first, 0), "closes_at": life.at(life.day(7))}
    story.cycle = life.activity("cycle", "Commande de mai", story.hub, day=day, **opens)
    for site in story.sites[:2]:  # the other twelve order the same way
        for product, number in zip(story.products, totals(story, site), strict=True):
            facts = {"giver": life.lead, "receiver": site.keeper, "site": site}
            order = life.promise("order", product, kg(number), **facts)
            activities.serve(activity=story.cycle, commitment=order, actor=life.actor)


def buy(story: SimpleNamespace, rank: int):
    """No more than was ordered, at the cost price; what comes in bags is packed again."""
    life, figures = story.life, story.figures
    product, day = story.products[rank], life.day(10)
    number = sum(totals(story, site)[rank] for site in story.sites)
    facts = {"origin": story.growers[rank], "day": day}
    facts["value_cents"] = number * figures.cost_cents[rank]
    if rank != BULK:
        return life.receive("purchase", product, story.hub, kg(number), **facts)
    bags = life.product("sac", "Lentilles en sac", "piece", unit_grams=figures.bag_kilos * 1000)
    grams = number * 1000 + figures.spilt_grams
    milli = -(-grams // figures.bag_kilos)  # bags, the last one begun
    lot = life.receive("purchase", bags, story.hub, milli, **facts)
    story.packing = life.activity("packing", "Ensachage", story.hub, day=day)
    lost = milli * figures.bag_kilos - number * 1000
    story.bags = lot
    return life.process(story.packing, [(lot, milli)], [Output(product, kg(number))], lost)[0]


def hand_out(story: SimpleNamespace, site) -> None:
    """Nobody is asked for a card: the price is the cost, whoever comes."""
    life, day = story.life, story.life.day(14)
    for rank, number in enumerate(totals(story, site)):
        life.carry(story.lots[rank], story.hub, site, kg(number), day=day)
    for basket in wanted(story, site):
        lines = [
            life.sell(
                story.products[rank],
                site,
                kg(number),
                lot=story.lots[rank],
                scheme="vrac",
                day=day,
            )
            for rank, number in enumerate(basket)
            if number
        ]
        story.lines.append((site, sum(line.price_cents for line in lines)))


def together(story: SimpleNamespace) -> None:
    """A visit to a grower and a cooking contest."""
    life, figures = story.life, story.figures
    for title, people, minutes in (
        ("Visite chez un producteur", figures.visit_people, figures.visit_minutes),
        ("Concours de cuisine", figures.contest_people, figures.contest_minutes),
    ):
        workshop = life.activity("workshop", title, story.sites[0], day=life.day(20))
        life.take_part(workshop, life.persons(people, story.sites[0].keeper), minutes, "eater")


def what_it_changes(story: SimpleNamespace) -> None:
    """Cents by unit: what the grower keeps more than at the market, what people pay less."""
    figures = story.figures
    prices = zip(figures.cost_cents, figures.market_cents, figures.stall_cents, strict=True)
    story.kept, story.saved = [], []
    for cost, market, stall in prices:
        story.kept.append(cost - (market - stall))
        story.saved.append(market - cost)
    lyon = [cents for site, cents in story.lines if site == story.sites[0]]
    story.off_average = sum(lyon) - figures.basket_cents * len(lyon)


def test_fifty_euros_at_cost_price_and_no_card(tell: Tell) -> None:
    figures = Figures.of(SHEET)
    story = live(figures)
    life = story.life
    baskets = [cents for site, cents in story.lines if site == story.sites[0]]
    assert baskets == [46_50, 44_50, 56_00, 53_00]
    assert story.off_average == 0, "50 € on average"
    assert len(story.sites) == 14
    sold = sum(life.till(site) for site in story.sites)
    bills = life.self_bill_month()
    assert sold == sum(bill.total_cents for bill in bills) == 200_00 + 13 * 444_00
    assert [life.owed(grower) for grower in story.growers] == [b.total_cents for b in bills]
    assert (story.kept, story.saved) == ([60, 20, 80], [100, 40, 200])
    assert done.hours(life.chain, life.first, life.last)["eater"] == (32, 12 * 300 + 20 * 180)
    life.close()
    for funder in story.funders:
        told = life.activity_figures(funder)
        assert (told["households"], told["sites"]) == (0, 14)
        assert life.quality_figures(funder)["short_chain_cents"] == sold
    life.prove()
    assert life.left() == 0
    tell(figures, "14 associations, panier moyen 50,00 €, vendu au coûtant : 0,00 € de marge")


def test_no_right_is_asked_by_design_and_could_be() -> None:
    """Not one card or right exists; a scheme that asks for a card does refuse without it."""
    story = few()
    life, site = story.life, story.sites[0]
    assert not story.scheme.asks_card
    assert not (Card.objects.exists() or Entitlement.objects.exists() or LineCard.objects.exists())
    life.scheme("justifie", "Sur justificatif", RULE, {}, asks_card=True)
    lot = life.receive("purchase", story.products[0], site, kg(1), value_cents=950)
    with pytest.raises(CardMissing):
        life.sell(story.products[0], site, kg(1), lot=lot, scheme="justifie")
    assert life.sell(story.products[0], site, kg(1), lot=lot, scheme="vrac").price_cents == 950


def few(**changed) -> SimpleNamespace:
    return live(Figures.of(SHEET).altered(places=["Lyon", "Bordeaux"], **changed))


def test_another_cost_is_another_basket() -> None:
    story = few(cost_cents=[1000, 250, 1300])
    life = story.life
    baskets = [cents for site, cents in story.lines if site == story.sites[0]]
    assert baskets == [48_00, 45_50, 58_00, 55_00]
    sold = sum(life.till(site) for site in story.sites)
    assert sold == sum(bill.total_cents for bill in life.self_bill_month())


def test_bags_are_weighed_and_nothing_is_sold_twice() -> None:
    story = few()
    life = story.life
    with pytest.raises(NotEnough):
        life.sell(story.products[0], story.sites[0], kg(1), lot=story.lots[0], scheme="vrac")
    facts = {"value_cents": 60_00, "day": life.day(10)}
    bag = life.receive("purchase", story.bags.product, story.hub, kg(1), **facts)
    with pytest.raises(MassNotBalanced):
        life.process(story.packing, [(bag, kg(1))], [Output(story.products[BULK], kg(24))])
