"""A chain for the tests of the month's end: two shops, cards, a rule with every kind of limit."""

import random
from datetime import date, timedelta
from uuid import UUID, uuid5

from ensemblier.base.ledger.models import Account, Transfer
from ensemblier.chain.billing import actions, month_end
from ensemblier.chain.billing.models import Document, DocumentLine
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
from ensemblier.chain.stock.models import Movement
from tests.factories_chain import (
    DAY,
    WRITTEN,
    make_card,
    make_chain,
    make_grower,
    make_lot,
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
    """Everything drawn from one seed."""

    def __init__(self, seed, **schemes):
        self.chance = random.Random(seed)
        self.chain = make_chain()
        self.shops = [make_site(self.chain), make_site(self.chain, keeper=make_organisation())]
        self.products = [make_product(self.chain, code) for code in ("panier", "oeufs")]
        self.version = make_scheme(self.chain, RULE, PAYERS, **schemes)
        self.cards = [make_card(self.chain, "paniers", tier=tier) for tier in "AABB"]
        self.buyer = make_organisation()
        actions.sign_mandate(
            grower=self.shops[1].keeper, buyer=self.chain.lead, signed_on=DAY, actor=None
        )

    def draw(self, count):
        """What is sold, as `sell` is asked, in the order of the norm; and whether it is undone."""
        asked = [(self._line(), self.chance.random() < 0.15) for _ in range(count)]
        return sorted(asked, key=lambda each: each[0]["day"])

    def _line(self):
        chance = self.chance
        shop, card = chance.choice(self.shops), chance.choice([*self.cards, None])
        facts = {
            "key": UUID(int=chance.getrandbits(128), version=4),
            "chain": self.chain,
            "site": shop,
            "seller": shop.keeper,
            "product": chance.choice(self.products),
            "milli": chance.choice([1000, 500, 1333]),
            "price_cents": chance.choice([0, 7, 333, 1205, 2999]),
            "day": DAY + timedelta(chance.choice([0, 1, 8, 8, 25])),
            "now": WRITTEN,
            "actor": None,
        }
        if chance.random() < 0.8:
            facts |= {"scheme": "paniers", "card": card, "extra_cents": chance.choice([0, 0, 50])}
            facts |= {} if card else {"tier": "A"}
        elif chance.random() < 0.5:
            facts["buyer"] = self.buyer
        return facts

    def deliver(self, growers=2):
        """Purchases of the first shop's keeper; the last grower gave no mandate."""
        found = [make_grower() for _ in range(growers)]
        for grower in found:
            for cents in (1500, 2750):
                make_lot(self.products[0], self.shops[0], 5000, value_cents=cents, origin=grower)
        for grower in found[:-1]:
            actions.sign_mandate(
                grower=grower, buyer=self.shops[0].keeper, signed_on=DAY, actor=None
            )
        return found


def by_tills(asked):
    """Each line through `sell`, each opposite through `undo_sale`; how many that nobody undoes are
    refused."""
    refused = 0
    for facts, undone in asked:
        try:
            line = actions.sell(**facts)
        except ShareRefused:
            refused += not undone
            continue
        if undone:
            told = {"day": line.day, "now": WRITTEN, "actor": None}
            actions.undo_sale(key=uuid5(line.key, "undo"), line=line, **told)
    return refused


def written(asked):
    """The same lines written without shares or moves, as an import does."""
    for facts, undone in asked:
        line = distribution.write_line(**facts)
        if undone:
            told = {"day": line.day, "now": WRITTEN, "actor": None}
            distribution.undo_line(key=uuid5(line.key, "undo"), line=line, **told)


def close(world, **more):
    told = {"chain": world.chain, "until": UNTIL, "day": UNTIL, "actor": None}
    return month_end.close_month(**told | {"clock": lambda: WRITTEN, "batch": 7} | more)


def state(world):
    """All that sharing and posting leave, told without row numbers."""
    lines = {"line__chain": world.chain}
    ours = {"version__scheme__chain": world.chain}
    shares = Share.objects.filter(**lines).values_list(
        "line__key", "payer__name", "step", "rank", "cents", "reason"
    )
    places = SharedLine.objects.filter(**lines).values_list("line__key", "rank", "draft")
    cards = {card.code: place for place, card in enumerate(world.cards)}
    return {
        "shares": sorted(shares, key=repr),
        "places": sorted((str(key), rank, drawn_of(draft)) for key, rank, draft in places),
        "envelopes": list(EnvelopeLeft.objects.filter(**ours).values_list("rank", "cents")),
        "carries": list(GroupCarry.objects.filter(**ours).values_list("step", "place", "carry")),
        "caps": sorted(
            (cards[use.household], use.period, use.step, use.payer, use.cents, str(use.ends))
            for use in CapUse.objects.filter(**ours).exclude(cents=0)
        ),
        "moves": moves(world),
    }


def moves(world):
    """The moves of the lines of this chain, by the names of their accounts."""
    keys = SaleLine.objects.filter(chain=world.chain).values_list("key", flat=True)
    wanted = {uuid5(key, f"share:{rank}") for key in keys for rank in range(8)}
    bought = Movement.objects.filter(lot__chain=world.chain).values_list("key", flat=True)
    wanted |= {uuid5(key, "grower") for key in bought}
    names = dict(Account.objects.values_list("pk", "name"))
    rows = Transfer.objects.values_list("key", "debit", "credit", "cents", "day", "reason")
    return sorted(
        (str(row[0]), names[row[1]], names[row[2]], *row[3:]) for row in rows if row[0] in wanted
    )


def drawn_of(draft):
    """A draft without what counts for nothing, in one order."""
    return {
        "caps": sorted(row for row in draft.get("caps", []) if row[3]),
        "envelopes": sorted(row for row in draft.get("envelopes", []) if row[1]),
        "memories": draft.get("memories", []),
    }


def frozen(world):
    """The documents of this chain, and how many facts each holds."""
    rows = Document.objects.filter(chain=world.chain).order_by("pk")
    return [
        (each.kind, each.issuer_id, each.number, each.total_cents, each.digest, lines_in(each))
        for each in rows
    ]


def lines_in(document):
    return DocumentLine.objects.filter(document=document).count()
