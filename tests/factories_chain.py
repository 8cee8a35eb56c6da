"""A chain for tests: its places, products, lots, cards and schemes, straight through the tables."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.ledger.actions import open_account
from ensemblier.base.ledger.models import Account, AccountKind, DrawRight
from ensemblier.base.people.models import FoodAidAuthorisation, Organisation, OrganisationKind
from ensemblier.chain.catalogue.models import Family, Product, Storage, Unit
from ensemblier.chain.cofinancing import actions as cofinancing
from ensemblier.chain.cofinancing.models import SchemeVersion
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.models import Card, SaleLine
from ensemblier.chain.stock.models import Lot, Movement, StockLevel
from tests.factories_people import make_organisation

DAY = date(2027, 3, 1)
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
# Later than every day of the chain's tests: a document is never dated ahead of when it is written.
WRITTEN = datetime(2027, 12, 31, 9, tzinfo=UTC)
_numbers = count(1)


def make_chain(**fields: Any) -> Chain:
    number = next(_numbers)
    facts = {"name": f"Filière {number}", "slug": f"filiere-{number}", "length": "local"} | fields
    if "lead" not in facts:
        facts["lead"] = make_organisation()
    return Chain.objects.create(**facts)


def make_site(chain: Chain, name: str = "", **fields: Any) -> Site:
    facts = {"keeper": chain.lead, "kind": Site.Kind.SHOP} | fields
    return Site.objects.create(chain=chain, name=name or f"Lieu {next(_numbers)}", **facts)


def make_aid(organisation: Organisation, **fields: Any) -> FoodAidAuthorisation:
    """An authorisation for food aid (CASF, L. 266-2), over the days of the tests."""
    facts = {"starts": date(2026, 1, 1), "ends": date(2028, 12, 31)} | fields
    number = f"HAB-{next(_numbers)}"
    return FoodAidAuthorisation.objects.create(
        organisation=organisation, level="national", number=number, **facts
    )


def make_product(chain: Chain, code: str = "panier", **fields: Any) -> Product:
    facts = {
        "name": code.capitalize(),
        "unit": Unit.BASKET,
        "family": Family.FRUIT_VEG,
        "storage": Storage.AMBIENT,
    } | fields
    return Product.objects.create(chain=chain, code=code, **facts)


def make_grower(name: str = "", **fields: Any) -> Organisation:
    return make_organisation(name, kind=OrganisationKind.FARM, **fields)


def make_lot(
    product: Product,
    site: Site,
    milli: int,
    *,
    value_cents: int | None = None,
    kind: str = Movement.Kind.PURCHASE,
    day: date = DAY,
    origin: Organisation | None = None,
    written: datetime = NOW,
    **fields: Any,
) -> Lot:
    """A lot that came in whole at one place, its level kept as the stock keeps it."""
    grower = origin or make_grower()
    lot = Lot.objects.create(
        chain=product.chain,
        product=product,
        number=f"L{next(_numbers)}",
        origin=grower,
        created_at=written,
        **fields,
    )
    Movement.objects.create(
        lot=lot,
        kind=kind,
        target=site,
        party=grower,
        milli=milli,
        value_cents=value_cents,
        day=day,
        key=uuid4(),
        created_at=written,
    )
    StockLevel.objects.create(lot=lot, site=site, milli=milli)
    return lot


def make_card(chain: Chain, scheme: str = "", **right: Any) -> Card:
    """A card, with a right to a scheme when one is named."""
    card = distribution.give_card(chain=chain, given_by=chain.lead, given_on=DAY, actor=None)
    if scheme:
        facts = {"starts": date(2027, 1, 1)} | right
        distribution.entitle(card=card, scheme=scheme, actor=None, **facts)
    return card


def make_line(site: Site, product: Product, price_cents: int = 1205, **fields: Any) -> SaleLine:
    facts = {
        "key": uuid4(),
        "chain": product.chain,
        "seller": site.keeper,
        "milli": 1000,
        "day": DAY,
        "now": NOW,
        "actor": None,
    } | fields
    return distribution.write_line(site=site, product=product, price_cents=price_cents, **facts)


def make_payer_account(code: str, **fields: Any) -> Account:
    facts = {"name": code.capitalize(), "kind": "funder"} | fields
    return open_account(code=code, **facts)


def open_to(chain: Chain, account: Account) -> None:
    """What the desk of an agreement does: the chain's lines may draw on it."""
    DrawRight.objects.get_or_create(
        account=account, defaults={"holder": chain.lead, "given_at": NOW}
    )


def make_scheme(
    chain: Chain,
    text: str,
    payers: list[str],
    *,
    code: str = "paniers",
    asks_card: bool = False,
    starts: date = date(2027, 1, 1),
    ends: date | None = None,
    accounts: dict[str, Account] | None = None,
) -> SchemeVersion:
    """A published scheme: an account and an organisation behind each name, or the account given."""
    scheme = cofinancing.create_scheme(
        chain=chain, code=code, name="Paniers solidaires", asks_card=asks_card, actor=None
    )
    for name in payers:
        account = make_payer_account(f"payeur-{scheme.pk}-{name.lower()}")
        behind = {"account": account, "organisation": make_organisation(name)}
        cofinancing.name_payer(scheme=scheme, name=name, actor=None, **behind)
    for name, account in (accounts or {}).items():
        if account.kind == AccountKind.AGREEMENT:
            open_to(chain, account)
        cofinancing.name_payer(scheme=scheme, name=name, account=account, actor=None)
    version = cofinancing.save_draft(scheme=scheme, text=text, actor=None)
    return cofinancing.publish(version=version, starts=starts, ends=ends, actor=None, now=NOW)
