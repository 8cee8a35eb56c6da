"""The month's end: the same rows as line by line, whatever the cuts; documents without gaps."""

import random
from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID, uuid5

import pytest
from django.db import transaction

from ensemblier.base.ledger.models import Account, Transfer
from ensemblier.base.ledger.queries import balances
from ensemblier.base.ledger.verify import verify
from ensemblier.chain.billing import actions, month_end
from ensemblier.chain.cofinancing import proof
from ensemblier.chain.cofinancing.models import (
    CapUse,
    EnvelopeLeft,
    GroupCarry,
    Share,
    SharedLine,
)
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.models import SaleLine
from tests.factories_chain import (
    DAY,
    NOW,
    make_card,
    make_chain,
    make_product,
    make_scheme,
    make_site,
)
from tests.factories_people import make_organisation

RULE = """
name = "Paniers"
[person]
rule = "table"
by = "tier"
percent = { A = "10", B = "30" }
[surcharge]
pot = "Cagnotte"
[[step]]
kind = "share"
payers = [
  { name = "CAF", weight = 2, cap_per_household = { cents = 2500, per = "month" } },
  { name = "MSA", weight = 1, cap_per_unit = 150 },
]
[[step]]
kind = "rest"
payer = "Ville"
cap_per_household = { cents = 900, per = "week" }
[[step]]
kind = "rest"
payer = "Cagnotte"
[[envelope]]
payer = "Ville"
cents = 9000
until = 2027-03-20
[[envelope]]
payer = "Cagnotte"
cents = 3000
fed = true
[exhausted]
then = "Région"
[[envelope]]
payer = "Région"
cents = 12000
"""
PAYERS = ["CAF", "MSA", "Ville", "Cagnotte", "Région"]
UNTIL = date(2027, 3, 31)


class World:
    """A chain with two shops, cards, a scheme of two versions; everything drawn from one seed."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.chain = make_chain()
        self.shops = [make_site(self.chain), make_site(self.chain, keeper=make_organisation())]
        self.products = [make_product(self.chain, code) for code in ("panier", "oeufs")]
        first = make_scheme(self.chain, RULE, PAYERS)
        self.scheme = first.scheme
        self.cards = [make_card(self.chain, "paniers", tier=tier) for tier in "AABB"]
        self.buyer = make_organisation()

    def draw(self, count):
        """What is sold, as `sell` is asked; and what is undone, by place."""
        chance, asked = self.chance, []
        for number in range(count):
            shop = chance.choice(self.shops)
            card = chance.choice([*self.cards, None])
            facts = {
                "key": UUID(int=chance.getrandbits(128), version=4),
                "chain": self.chain,
                "site": shop,
                "seller": shop.keeper,
                "product": chance.choice(self.products),
                "milli": chance.choice([1000, 500, 1333]),
                "price_cents": chance.choice([0, 7, 333, 1205, 2999]),
                "day": DAY + timedelta(chance.choice([0, 1, 8, 8, 25])),
                "now": NOW,
                "actor": None,
            }
            if chance.random() < 0.8:
                facts |= {"scheme": "paniers", "card": card}
                facts |= {"extra_cents": chance.choice([0, 0, 50])}
                if card is None:
                    facts |= {"tier": "A"}
            elif chance.random() < 0.5:
                facts |= {"buyer": self.buyer}
            undone = number if chance.random() < 0.15 else None
            asked.append((facts, undone))
        # The order of the norm: by day, then as written.
        return sorted(asked, key=lambda each: each[0]["day"])


def by_tills(world, asked):
    """Each line through `sell`, each opposite through `undo_sale`."""
    refused = 0
    for facts, undone in asked:
        try:
            line = actions.sell(**facts)
        except ShareRefused:
            refused += 1
            continue
        if undone is not None:
            told = {"day": line.day, "now": NOW, "actor": None}
            actions.undo_sale(key=uuid5(line.key, "undo"), line=line, **told)
    return refused


def written(world, asked):
    """The same lines written without shares or moves, as an import does."""
    for facts, undone in asked:
        facts = dict(facts)
        line = distribution.write_line(**facts)
        if undone is not None:
            told = {"day": line.day, "now": NOW, "actor": None}
            distribution.undo_line(key=uuid5(line.key, "undo"), line=line, **told)


def close(world, **more):
    told = {"chain": world.chain, "until": UNTIL, "day": UNTIL, "actor": None}
    return month_end.close_month(**told | {"clock": lambda: NOW, "batch": 7} | more)


def state(world):
    """All that sharing and posting leave, told without row numbers."""
    shares = Share.objects.filter(line__chain=world.chain).values_list(
        "line__key", "payer__name", "step", "rank", "cents", "reason"
    )
    cards = {str(card.code): place for place, card in enumerate(world.cards)}
    caps = CapUse.objects.filter(version__scheme__chain=world.chain)
    known = set(Account.objects.values_list("pk", flat=True)) & set(balances())
    names = {account.pk: account.name for account in Account.objects.filter(pk__in=known)}
    moves = Transfer.objects.values_list("key", "debit", "credit", "cents", "day", "reason")
    keys = moves_keys(world)
    return {
        "shares": sorted(((str(row[0]), *row[1:]) for row in shares), key=repr),
        "ranks": sorted(
            (str(key), rank)
            for key, rank in SharedLine.objects.filter(line__chain=world.chain).values_list(
                "line__key", "rank"
            )
        ),
        "drafts": {
            str(key): drawn_of(draft)
            for key, draft in SharedLine.objects.filter(line__chain=world.chain).values_list(
                "line__key", "draft"
            )
        },
        "envelopes": list(
            EnvelopeLeft.objects.filter(version__scheme__chain=world.chain).values_list(
                "rank", "cents"
            )
        ),
        "carries": list(
            GroupCarry.objects.filter(version__scheme__chain=world.chain).values_list(
                "step", "place", "carry"
            )
        ),
        "caps": sorted(
            (cards[str(use.household)], use.period, use.step, use.payer, use.cents, str(use.ends))
            for use in caps
            if use.cents
        ),
        "moves": sorted(
            (str(row[0]), names[row[1]], names[row[2]], *row[3:]) for row in moves if row[0] in keys
        ),
    }


def moves_keys(world):
    keys = SaleLine.objects.filter(chain=world.chain).values_list("key", flat=True)
    return {uuid5(key, f"share:{rank}") for key in keys for rank in range(8)}


def drawn_of(draft):
    return {
        "caps": sorted(row for row in draft.get("caps", []) if row[3]),
        "envelopes": sorted(row for row in draft.get("envelopes", []) if row[1]),
        "memories": draft.get("memories", []),
    }


def both_ways(seed, count=60, **more):
    """One month at the tills, then its own undoing by rollback, then the same month in bulk."""
    world = World(seed)
    asked = world.draw(count)
    with suppress(Undone), transaction.atomic():
        refused = by_tills(world, asked)
        expected = state(world)
        raise Undone
    written(world, asked)
    run = close(world, **more)
    return expected, state(world), refused, run, world


class Undone(Exception):
    """Gives a transaction up."""


@pytest.mark.parametrize("seed", range(4))
def test_a_month_in_bulk_is_the_month_at_the_tills(db, seed):
    expected, found, refused, run, world = both_ways(seed)
    # A line refused at the till was never written, and its opposite neither.
    assert found == expected
    assert len(found["shares"]) > 60 and found["caps"]
    assert run.refused >= refused
    assert proof.prove() == [] and verify().faults == []
