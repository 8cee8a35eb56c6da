"""A national operation, from those who give to 110 food banks: the milk's, copied for the juice.

Services that are given (a dairy's work, a carrier's) are received as a gift of a product nobody
weighs, and used on the spot: so they have a donor, a value and a receipt, as goods have.
"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from ensemblier.chain.stock import queries as stock
from ensemblier.chain.stock.actions import Output, quarantine, release
from ensemblier.engines.money import share_out
from tests.stories.frame import Figures
from tests.stories.frame_more import WideLife
from tests.stories.life import kg
from tests.stories.trace import trace


def live(figures: Figures, drink: str, arrives: str) -> SimpleNamespace:
    """`arrives`: what comes from the growers is a "gift" or a "purchase"."""
    life = WideLife(figures, "Fédération des Banques Alimentaires", kind="network")
    story = SimpleNamespace(life=life, figures=figures, drink=drink, arrives=arrives)
    story.growers = life.crowd("Producteur", figures.growers, "farm")
    story.packer = life.organisation("Fabricant d'emballages", "company", part="donor")
    story.helpers = life.crowd("Entreprise qui aide", len(figures.services), "company")
    story.banks = life.crowd("Banque Alimentaire", figures.banks)
    story.banks += life.crowd("Antenne", figures.branches)
    life.authorise(life.lead, designated=story.banks)
    story.plant = life.site("Lot des Banques Alimentaires, à l'usine", "kitchen")
    story.raw = life.product(
        "vrac", drink, "litre", unit_grams=figures.litre_grams, family="AUTRES"
    )
    story.pack = life.product(
        "emballage", "Emballage", "piece", unit_grams=figures.pack_grams, family="AUTRES"
    )
    story.brick = life.product(
        "brique",
        f"Brique de {drink}",
        "brick",
        unit_grams=figures.litre_grams + figures.pack_grams,
        family="BOISSONS",
    )
    collect(story)
    fill(story)
    story.trace = trace(life.chain)
    story.parts = share_out(
        figures.litres,
        [figures.bank_weight] * figures.banks + [figures.branch_weight] * figures.branches,
    )
    return story


def collect(story: SimpleNamespace) -> None:
    """From each grower a lot, from the packer the packs, from each helper a service."""
    life, figures = story.life, story.figures
    litres = figures.litres + figures.lost_litres
    parts = share_out(litres, [1] * figures.growers)
    values = share_out(litres * figures.litre_cents, parts)
    story.lots = [
        life.receive(
            story.arrives,
            story.raw,
            story.plant,
            kg(part),
            origin=grower,
            value_cents=cents,
            is_gift_only=True,
            is_aid_only=True,
        )
        for grower, part, cents in zip(story.growers, parts, values, strict=True)
    ]
    facts = {"origin": story.packer, "value_cents": figures.litres * figures.pack_cents}
    story.packs = life.receive("gift", story.pack, story.plant, kg(figures.litres), **facts)
    for rank, (name, cents) in enumerate(zip(figures.services, figures.service_cents, strict=True)):
        service = life.product(
            f"service-{rank}", f"{name} (service donné)", "piece", family="AUTRES"
        )
        facts = {"origin": story.helpers[rank], "value_cents": cents}
        lot = life.receive("gift", service, story.plant, kg(1), **facts)
        life.take_out("own_use", lot, story.plant, kg(1))


def fill(story: SimpleNamespace) -> None:
    """One batch of all the lots; it waits for its analysis before it leaves."""
    life, figures = story.life, story.figures
    day = life.day(3)
    story.filling = life.activity("cooking", "Conditionnement", story.plant, day=day)
    parts = [(lot, stock.level(lot, story.plant)) for lot in [*story.lots, story.packs]]
    best = life.first + timedelta(days=figures.keeps_days)
    bricks = Output(story.brick, kg(figures.litres), best_before=best, made_on=day)
    lost = figures.lost_litres * figures.litre_grams
    (story.batch,) = life.process(story.filling, parts, [bricks], lost)
    said = {"lot": story.batch, "now": life.at(day), "actor": life.actor}
    quarantine(reason="analyse en cours", **said)
    story.cleared = lambda: release(reason="analyse conforme", **said)


def allocate(story: SimpleNamespace) -> None:
    """Each bank its bricks, on one round."""
    life, day = story.life, story.life.day(10)
    rounds = life.activity("round", "Répartition nationale", story.plant, day=day)
    for bank, number in zip(story.banks, story.parts, strict=True):
        facts: dict[str, Any] = {"day": day, "activity": rounds}
        life.hand_over(story.batch, story.plant, kg(number), bank, **facts)
