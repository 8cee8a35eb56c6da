"""Rows of ma-cantine for a canteen that buys from a chain."""

from datetime import date
from uuid import uuid4

import pytest

from ensemblier.chain.billing import actions as billing
from ensemblier.reports import canteens, figures
from tests import factories_territory as france
from tests.factories_chain import (
    DAY,
    NOW,
    make_chain,
    make_grower,
    make_lot,
    make_product,
    make_site,
)
from tests.factories_people import make_organisation

pytestmark = pytest.mark.django_db
MARCH = {"first": date(2027, 3, 1), "last": date(2027, 3, 31)}


@pytest.fixture
def site():
    return make_site(make_chain())


def sell(site, product, buyer, origin, **fields):
    lot = make_lot(product, site, 10_000, value_cents=20_00, origin=origin)
    facts = {"price_cents": 10_55, "vat_rate": 550, "milli": 1000, "day": DAY} | fields
    return billing.sell(
        key=uuid4(),
        now=NOW,
        actor=None,
        lot=lot,
        chain=site.chain,
        site=site,
        seller=site.keeper,
        product=product,
        buyer=buyer,
        **facts,
    )


def test_what_a_canteen_bought_without_tax_and_with_its_labels(site):
    canteen = make_organisation("Cantine", commune=france.commune("62057"))
    product = make_product(site.chain)
    product.labels.create(kind="BIO", certificate="FR-BIO-01", starts=date(2027, 1, 1))
    near = make_grower(commune=france.commune("62057"))
    far = make_grower(commune=france.commune("59350"))
    for origin in (near, far, site.keeper):
        sell(site, product, canteen, origin)
    sell(site, product, make_organisation(), near)  # another buyer
    sell(site, product, canteen, near, price_cents=0)  # given
    sell(site, product, canteen, near, day=date(2027, 4, 1))  # another month
    undone = sell(site, product, canteen, near)
    billing.undo_sale(key=uuid4(), line=undone, day=DAY, now=NOW, actor=None)
    rows = canteens.rows_for(site.chain, canteen, **MARCH)
    assert [(row["est_local"], row["est_circuit_court"]) for row in rows] == [
        ("oui", "oui"),
        ("non", "oui"),
        ("non", "non"),
    ]
    assert {row["siret"] for row in rows} == {canteen.siret}
    assert {row["fournisseur"] for row in rows} == {site.keeper.name}
    assert {(row["prix_ht"], row["categories_egalim"]) for row in rows} == {("10.00", "BIO")}
    mine = figures.canteen_rows(site.chain, canteen.siret, **MARCH)
    assert list(rows[0]) == list(mine[0]), "the twelve columns"


def test_nothing_bought_no_row(site):
    assert canteens.rows_for(site.chain, make_organisation(), **MARCH) == []
