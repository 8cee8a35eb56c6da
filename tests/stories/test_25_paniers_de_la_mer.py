"""Fiche 25: unsold fish of the auctions, five workshops, frozen portions, a hundred structures.

A year is told in one arrival by port, and one more for catches that wait for their papers.
"""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ensemblier.chain.insertion import queries as work
from ensemblier.chain.stock import queries as stock
from ensemblier.chain.stock.actions import Output, quarantine, release
from ensemblier.chain.stock.models import Lot
from ensemblier.chain.stock.refusals import (
    AidOnly,
    GiftOnly,
    MassNotBalanced,
    NoFreezer,
    NotEnough,
    OnHold,
    PastItsDate,
)
from ensemblier.engines.money import share_out
from ensemblier.reports import figures as told_figures
from tests.stories.frame import Figures, Tell
from tests.stories.frame_more import WideLife
from tests.stories.life import kg
from tests.stories.trace import trace

pytestmark = pytest.mark.django_db
SHEET = "25_paniers_de_la_mer"
ONE_PORT = {
    "ports": ["Lorient"],
    "tonnes": [120],
    "special_tonnes": [10],
    "statuses": ["obligation de débarquement"],
    "papers": [2],
    "structures": 3,
}
RULE = """
name = "Préparation du poisson"
[person]
rule = "free"
[[step]]
kind = "share"
payers = [
  {{ name = "{names[0]}", weight = {weights[0]} }},
  {{ name = "{names[1]}", weight = {weights[1]} }},
]
"""
TOLD_DAY = 100


def live(figures: Figures) -> SimpleNamespace:
    life = WideLife(figures, "Fédération des Paniers de la Mer", kind="network")
    story = SimpleNamespace(life=life, figures=figures, blocked=[])
    story.payers = {
        name: life.organisation(name, kind)
        for name, kind in zip(figures.payers, ("state", "foundation"), strict=True)
    }
    rule = RULE.format(names=figures.payers, weights=figures.weights)
    story.scheme = life.scheme("poisson", "Préparation du poisson", rule, story.payers)
    story.structures = life.crowd("Structure d'aide alimentaire", figures.structures)
    life.authorise(life.lead, designated=story.structures)
    sea = {"family": "PRODUITS_DE_LA_MER"}
    story.fish = life.product(
        "poisson", "Poisson de criée", storage="chilled", has_use_by=True, **sea
    )
    story.portion = life.product(
        "portion",
        "Portion surgelée",
        "piece",
        unit_grams=figures.portion_grams,
        storage="frozen",
        **sea,
    )
    story.freezer = life.site("Plateforme surgelée", "store", is_frozen=True)
    story.ports = [port(story, rank) for rank in range(len(figures.ports))]
    send(story)
    told = told_figures.activity(life.chain, life.first, life.last)
    valued = sum(told["came_grams"]["gift"].values()) - told["lost_grams"]
    story.tonnes_above = valued // 10**6 - figures.least_tonnes
    story.trace = trace(life.chain)
    return story


def port(story: SimpleNamespace, rank: int) -> SimpleNamespace:
    """What its auction did not sell, cut and frozen the next day by its workshop."""
    life, figures, name = story.life, story.figures, story.figures.ports[rank]
    (aci,), (auction,) = (
        life.crowd(f"Chantier, {name}", 1),
        life.crowd(f"Criée, {name}", 1, "company"),
    )
    here = SimpleNamespace(aci=aci, auction=auction, day=life.day(TOLD_DAY), lots=[])
    here.site = life.site(f"Atelier de {name}", "kitchen", aci, is_cold=True, is_frozen=True)
    here.agreement = life.aci(aci, "aci")
    life.authorise(aci)
    here.fresh = arrive(story, here, figures.tonnes[rank], here.auction, cents=figures.kilo_cents)
    here.lots += cut(story, here, here.fresh, here.day + timedelta(days=1))
    if figures.special_tonnes[rank]:
        special(story, here, rank)
    persons = life.persons(figures.workers, aci)
    for person in persons:
        facts = {"weekly_minutes": figures.work_minutes * 5, "ends": life.day(300)}
        contract = life.contract(here.agreement, person, **facts)
        life.hours(contract, "work", figures.work_minutes, here.day)
    return here


def arrive(story: SimpleNamespace, here, tonnes: int, origin, cents: int, **more: Any) -> Lot:
    life, figures = story.life, story.figures
    return life.receive(
        "gift",
        story.fish,
        here.site,
        kg(tonnes * 1000),
        origin=origin,
        day=here.day,
        value_cents=tonnes * 1000 * cents,
        use_by=here.day + timedelta(days=figures.keeps_days),
        is_gift_only=True,
        is_aid_only=True,
        **more,
    )


def special(story: SimpleNamespace, here, rank: int) -> None:
    """Kept apart until its papers come: in time it is cut, too late it is lost."""
    life, figures = story.life, story.figures
    status = figures.statuses[rank]
    lot = arrive(story, here, figures.special_tonnes[rank], life.lead, cents=0, legal_status=status)
    said = {"lot": lot, "actor": life.actor}
    quarantine(reason=f"papiers attendus : {status}", now=life.at(here.day), **said)
    with pytest.raises(OnHold, match="papiers attendus"):
        cut(story, here, lot, here.day + timedelta(days=1))
    ready = here.day + timedelta(days=figures.papers[rank])
    release(reason="papiers reçus", now=life.at(ready), **said)
    try:
        here.lots += cut(story, here, lot, ready)
    except PastItsDate as refusal:
        story.blocked.append((refusal, lot))
        life.lose(lot, here.site, stock.level(lot, here.site), "papiers trop tard", day=ready)


def cut(story: SimpleNamespace, here, lot: Lot, day: date) -> list[Lot]:
    """Fillets of one portion, frozen: what is left of the fish is written as lost."""
    life, figures = story.life, story.figures
    grams = stock.level(lot, here.site)
    number = grams * figures.yield_percent // (100 * figures.portion_grams)
    cutting = life.activity(
        "cooking",
        "Filetage et surgélation",
        here.site,
        day=day,
        host=here.aci,
        iae_agreement=here.agreement,
    )
    best = day + timedelta(days=365)
    made = [Output(story.portion, kg(number), best_before=best)]
    return life.process(cutting, [(lot, grams)], made, grams - number * figures.portion_grams)


def send(story: SimpleNamespace) -> None:
    """National rounds: to the platform, then to every structure; two payers bear the work."""
    life, figures = story.life, story.figures
    day = life.day(TOLD_DAY + 30)
    lots = [(here, lot) for here in story.ports for lot in here.lots]
    rounds = life.activity("round", "Tournée nationale", story.freezer, day=day)
    places = share_out(figures.structures, [1] * len(lots))
    told, story.portions = iter(story.structures), 0
    for (here, lot), served in zip(lots, places, strict=True):
        milli = stock.level(lot, here.site)
        life.carry(lot, here.site, story.freezer, milli, day=day, activity=rounds)
        for part in share_out(milli // 1000, [1] * served):
            facts = {"day": day, "activity": rounds}
            life.hand_over(lot, story.freezer, kg(part), next(told), **facts)
        story.portions += milli // 1000
    cents = story.portions * figures.portion_cents
    facts = {"price_cents": cents, "scheme": "poisson", "day": day}
    life.sell(story.portion, story.freezer, kg(story.portions), **facts)


def test_more_than_500_tonnes_for_a_hundred_structures(tell: Tell) -> None:
    figures = Figures.of(SHEET)
    story = live(figures)
    life = story.life
    assert [(lot.legal_status, len(story.ports)) for _, lot in story.blocked] == [
        ("sous-taille", 5)
    ]
    assert story.tonnes_above == 5, "505 t, when the fiche says more than 500"
    assert story.portions == 505_000_000 * 48 // 100 // 150 == 1_616_000
    statuses = [[lot.legal_status for lot in here.lots] for here in story.ports]
    assert statuses == [
        [""],
        ["", "obligation de débarquement"],
        ["", "saisie douanière"],
        [""],
        [""],
    ]
    receipts = [life.tax_receipt(here.auction, keeper=here.aci) for here in story.ports]
    assert [paper.total_cents for paper in receipts] == [
        tonnes * 1000_00 for tonnes in figures.tonnes
    ]
    calls = [life.call(story.scheme, name).total_cents for name in figures.payers]
    assert calls == [290_880_00, 193_920_00]
    note = life.delivery_note(story.structures[0])
    assert sum(row["milli"] for row in note.content["lines"]) == kg(19_200)
    work_of(story)
    life.close()
    told = life.activity_figures(story.payers["DGCS"])
    assert told["came_grams"] == {"gift": {"PRODUITS_DE_LA_MER": 520_000_000}}
    assert (told["went_grams"], told["lost_grams"]) == (242_400_000, 15_000_000)
    assert life.report(story.payers["DGCS"])["total_cents"] == 290_880_00
    life.prove()
    assert life.left() == 0
    tell(figures, "505 t, 1 616 000 portions, 100 structures ; 15 t perdues faute de papiers")


def work_of(story: SimpleNamespace) -> None:
    life = story.life
    for here in story.ports:
        found = work.hours(here.agreement, life.first, life.last)
        assert (found.contracts, found.minutes) == (2, {"work": 624})


def test_papers_in_time_or_too_late() -> None:
    figures = Figures.of(SHEET).altered(**ONE_PORT)
    in_time = live(figures)
    assert (in_time.portions, in_time.blocked) == (130_000 * 48 * 10 // 150, [])
    late = live(figures.altered(papers=[5], portion_cents=50))
    assert late.portions == 120_000 * 48 * 10 // 150
    assert "DLC" in str(late.blocked[0][0])
    assert late.life.call(late.scheme, "DGCS").total_cents == late.portions * 30


def test_the_cold_chain_holds() -> None:
    """Portions go from freezer to freezer; a break puts the lot in quarantine, and all stays."""
    story = live(Figures.of(SHEET).altered(**ONE_PORT))
    life, here = story.life, story.ports[0]
    day = here.day + timedelta(days=1)
    fish = arrive(story, here, 1, here.auction, cents=100)
    (lot,) = cut(story, here, fish, day)
    warm = life.site("Local sans congélateur", "store")
    with pytest.raises(NoFreezer, match="chaîne du froid"):
        life.carry(lot, here.site, warm, kg(10), day=day)
    quarantine(lot=lot, reason="relevé à -9 °C", now=life.at(day), actor=life.actor)
    with pytest.raises(OnHold, match="-9"):
        life.hand_over(lot, here.site, kg(10), story.structures[0], day=day)
    with pytest.raises(OnHold):
        life.carry(lot, here.site, story.freezer, kg(10), day=day)


def test_given_fish_is_given_in_time_weighed_and_to_who_may() -> None:
    story = live(Figures.of(SHEET).altered(**ONE_PORT))
    life, here = story.life, story.ports[0]
    fish = arrive(story, here, 1, here.auction, cents=100)
    facts = {"day": here.day + timedelta(days=1)}
    with pytest.raises(GiftOnly):
        life.sell(story.fish, here.site, kg(1), lot=fish, price_cents=500, **facts)
    (lot,) = cut(story, here, fish, **facts)
    with pytest.raises(GiftOnly):
        life.sell(story.portion, here.site, kg(1), lot=lot, price_cents=100, **facts)
    with pytest.raises(AidOnly):
        life.hand_over(lot, here.site, kg(1), here.auction, **facts)
    with pytest.raises(NotEnough):
        life.hand_over(lot, here.site, kg(3_201), story.structures[0], **facts)
    whole = arrive(story, here, 1, here.auction, cents=100)
    cutting = life.activity("cooking", "Filetage", here.site, **facts)
    portions = [Output(story.portion, kg(3_200))]
    with pytest.raises(MassNotBalanced):
        life.process(cutting, [(whole, kg(1000))], portions, 519_999)
    late = whole.use_by + timedelta(days=1)
    with pytest.raises(PastItsDate):
        life.hand_over(whole, here.site, kg(1), story.structures[0], day=late)
