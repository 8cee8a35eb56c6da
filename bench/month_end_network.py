"""The network of `bench.month_end`: groceries, growers, households, and a month of lines that an
import wrote without shares."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

FIRST, UNTIL = date(2027, 3, 1), date(2027, 3, 31)
NOW = datetime(2027, 4, 1, 6, tzinfo=UTC)
# For a million lines.
GROCERIES, GROWERS, DELIVERIES, LINES_OF_A_HOUSEHOLD = 400, 200, 50, 20
PRODUCTS = 40
PAYERS = ("DGCS", "Bailleurs", "Région", "Réseau")
# Of a hundred lines: to a card under the scheme, to an organisation, at the till without a scheme.
CARDS, ORGANISATIONS = 85, 10
UNDONE_IN_A_THOUSAND = 3


def rule(lines: int) -> str:
    """A group with its cents' memory, caps by unit and by household, an envelope that ends."""
    return f"""
        name = "Paniers solidaires"
        [person]
        rule = "table"
        by = "tier"
        percent = {{ A = "10", B = "30" }}
        [[step]]
        kind = "share"
        payers = [
          {{ name = "DGCS", weight = 40, cap_per_household = {{ cents = 4000, per = "month" }} }},
          {{ name = "Bailleurs", weight = 30, cap_per_unit = 350 }},
        ]
        [[step]]
        kind = "rest"
        payer = "Région"
        [[envelope]]
        payer = "Région"
        cents = {lines * 60}
        [exhausted]
        then = "Réseau"
        """


class Network(NamedTuple):
    """A chain whose month waits."""

    chain: Any
    lines: int
    groceries: int


def make(lines: int, first_pk: int) -> Network:
    """Everything drawn from one seed; sizes follow the number of lines."""
    from ensemblier.chain.billing.actions import sign_mandate
    from tests import factories_chain as factories

    chance = random.Random(20270331)
    groceries = max(1, lines * GROCERIES // 1_000_000)
    chain = factories.make_chain()
    sites = [factories.make_site(chain, keeper=_organisation("Épicerie")) for _ in range(groceries)]
    buyers = [_organisation("Cantine") for _ in range(groceries)]
    for site in sites:
        sign_mandate(grower=site.keeper, buyer=chain.lead, signed_on=FIRST, actor=None)
    products = [factories.make_product(chain, f"produit-{n:02d}") for n in range(PRODUCTS)]
    factories.make_scheme(chain, rule(lines), list(PAYERS))
    _deliveries(chain, products, max(1, lines * GROWERS // 1_000_000))
    cards = _cards(chain, max(1, lines // LINES_OF_A_HOUSEHOLD))
    prices = [chance.randint(80, 1500) for _ in products]
    drawn = _lines(chance, lines, first_pk, chain, sites, buyers, products, prices, cards)
    _write(drawn)
    return Network(chain, lines, groceries)


def _organisation(name: str) -> Any:
    from tests.factories_people import make_organisation

    organisation = make_organisation()
    type(organisation).objects.filter(pk=organisation.pk).update(name=f"{name} {organisation.pk}")
    organisation.refresh_from_db()
    return organisation


def _deliveries(chain: Any, products: list[Any], growers: int) -> None:
    """What the head of the network bought, with a mandate of each grower to bill themselves."""
    from ensemblier.chain.billing.actions import sign_mandate
    from tests import factories_chain as factories

    hub = factories.make_site(chain, "Plateforme")
    for number in range(growers):
        grower = factories.make_grower()
        sign_mandate(grower=grower, buyer=chain.lead, signed_on=FIRST, actor=None)
        for delivery in range(DELIVERIES):
            facts = {"value_cents": 5_000 + 100 * delivery, "origin": grower}
            day = FIRST + timedelta(delivery % 30)
            product = products[(number + delivery) % PRODUCTS]
            factories.make_lot(product, hub, 10_000, day=day, **facts)


def _cards(chain: Any, count: int) -> list[int]:
    from ensemblier.chain.distribution.models import Card

    Card.objects.bulk_create(
        (
            Card(chain=chain, number=f"{n:08d}", given_by=chain.lead, given_on=FIRST)
            for n in range(count)
        ),
        batch_size=2000,
    )
    return list(Card.objects.filter(chain=chain).order_by("pk").values_list("pk", flat=True))


LINE_COLUMNS = (
    "id",
    "chain_id",
    "key",
    "site_id",
    "seller_id",
    "buyer_id",
    "product_id",
    "milli",
    "price_cents",
    "extra_cents",
    "scheme",
    "tier",
    "size",
    "commune_code",
    "labels",
    "vat_rate",
    "day",
    "undoes_id",
    "created_at",
)


def _lines(
    chance: random.Random,
    count: int,
    first_pk: int,
    chain: Any,
    sites: list[Any],
    buyers: list[Any],
    products: list[Any],
    prices: list[int],
    cards: list[int],
) -> Iterator[tuple[list[Any], int | None]]:
    """Rows of the table with the card of each; a line undone is followed by its opposite."""
    pk, last = first_pk, first_pk + count
    keys = random.Random(first_pk)  # those of another network are others
    while pk < last:
        place, number = chance.randrange(len(sites)), chance.randrange(len(products))
        site, draw, day = (
            sites[place],
            chance.randrange(100),
            FIRST + timedelta((pk - first_pk) % 31),
        )
        milli = chance.choice((1000, 1000, 2000, 500, 1250))
        price = (2 * prices[number] * milli + 1000) // 2000
        card = chance.choice(cards) if draw < CARDS else None
        scheme, tier = ("paniers", "AB"[(card - cards[0]) % 2]) if card else ("", "")
        buyer = buyers[place].pk if CARDS <= draw < CARDS + ORGANISATIONS else None
        who = [site.pk, site.keeper_id, buyer, products[number].pk]
        facts = [milli, price, 0, scheme, tier, "", "", "", 550, day]
        yield [pk, chain.pk, _key(keys), *who, *facts, None, NOW], card
        pk += 1
        if pk < last and chance.randrange(1000) < UNDONE_IN_A_THOUSAND:
            yield [pk, chain.pk, _key(keys), *who, *facts, pk - 1, NOW], None
            pk += 1


def _key(chance: random.Random) -> str:
    return UUID(int=chance.getrandbits(128), version=4).hex


def _write(drawn: Iterator[tuple[list[Any], int | None]]) -> None:
    """In one go each: filling is not what is timed."""
    from django.db import transaction

    from ensemblier.base.copying import copy_rows
    from ensemblier.chain.distribution.models import LineCard, SaleLine

    ties: list[tuple[int, int]] = []

    def rows() -> Iterator[list[Any]]:
        for row, card in drawn:
            if card is not None:
                ties.append((row[0], card))
            yield [*row[:-3], row[-3].isoformat(), row[-2], row[-1].isoformat(" ")]

    with transaction.atomic():
        copy_rows(SaleLine._meta.db_table, LINE_COLUMNS, rows())
        copy_rows(LineCard._meta.db_table, ("line_id", "card_id"), ties)
