"""Tax receipts: who may write one, and gleaned food once the farm says what it is worth."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from ensemblier.base.people.models import OrganisationKind
from ensemblier.chain.billing import documents, queries
from ensemblier.chain.billing.models import Document, NumberedSeries
from ensemblier.chain.billing.refusals import BadGift, NotADonee, NotAuthorised, NothingToBill
from ensemblier.chain.billing.wording import facts, left_out
from ensemblier.chain.stock import actions as stock
from ensemblier.chain.stock.models import Movement
from tests.factories_chain import (
    DAY,
    WRITTEN,
    make_aid,
    make_chain,
    make_grower,
    make_lot,
    make_product,
    make_site,
)
from tests.factories_people import make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    """A place kept by an association that is authorised for food aid."""
    place = make_site(make_chain())
    make_aid(place.keeper)
    return place


def receipt(site, donor, last=DAY, **fields):
    month = {"first": date(2027, 3, 1), "last": last, "day": last, "now": WRITTEN, "actor": None}
    who = {"chain": site.chain, "keeper": site.keeper, "donor": donor}
    return documents.tax_receipt(key=uuid4(), **who, **month, **fields)


def give(site, donor, kind=Movement.Kind.GIFT, cents=10_00, **fields):
    facts = {"kind": kind, "origin": donor, "value_cents": cents} | fields
    product = site.chain.products.first() or make_product(site.chain)
    return make_lot(product, site, 1000, **facts)


@pytest.mark.parametrize("kind", [OrganisationKind.COMPANY, OrganisationKind.FARM])
def test_a_company_writes_none_whatever_its_social_purpose(kind):
    """T049: insertion companies (EI, ETTI) may be given food, and lower nobody's tax."""
    site = make_site(make_chain(lead=make_organisation("Traiteur", kind=kind)))
    donor = make_organisation(kind=OrganisationKind.COMPANY)
    give(site, donor)
    with pytest.raises(NotADonee, match="Traiteur"):
        receipt(site, donor)
    assert not NumberedSeries.objects.exists()


def test_an_association_does(shop):
    donor = make_organisation(kind=OrganisationKind.COMPANY)
    give(shop, donor)
    assert receipt(shop, donor).total_cents == 10_00


def test_without_an_authorisation_for_food_aid_it_is_told_what_to_do():
    site, donor = make_site(make_chain()), make_organisation(kind=OrganisationKind.COMPANY)
    give(site, donor)
    make_aid(site.keeper, ends=DAY - timedelta(1))
    with pytest.raises(NotAuthorised, match="habilitation.*01/03/2027.*Enregistrez") as refused:
        receipt(site, donor)
    assert refused.value.field == "keeper" and not NumberedSeries.objects.exists()
    # A network that is authorised may designate it.
    make_aid(make_organisation(kind=OrganisationKind.NETWORK)).designated.add(site.keeper)
    assert receipt(site, donor).total_cents == 10_00


def test_a_public_body_needs_none():
    lead = make_organisation("CCAS", kind=OrganisationKind.PUBLIC)
    site, donor = make_site(make_chain(lead=lead)), make_organisation()
    give(site, donor)
    assert receipt(site, donor).total_cents == 10_00


def test_gifts_of_before_the_authorisation_are_left_out_and_told():
    site, donor = make_site(make_chain()), make_organisation(kind=OrganisationKind.COMPANY)
    early = give(site, donor, cents=99_00)
    after = DAY + timedelta(5)
    make_aid(site.keeper, starts=after)
    give(site, donor, day=after)
    found = receipt(site, donor, last=after)
    assert found.total_cents == 10_00 and found.content["left_out"] == [
        f"lot {early.number}, du 01/03/2027"
    ]
    [told] = left_out(found.content)
    assert early.number in told and "habilitation" in told
    assert told in facts(found.content, found.digest)["sections"][0]["lines"]
    with pytest.raises(NotAuthorised):
        receipt(site, donor, last=after)  # what is left is not covered


@pytest.mark.parametrize("cents", [None, 0])
def test_gleaned_food_that_nobody_valued_has_no_receipt(shop, cents):
    farm = make_grower()
    give(shop, farm, Movement.Kind.GLEANED, cents)
    with pytest.raises(NothingToBill):
        receipt(shop, farm)


def test_gleaned_food_that_the_farm_valued_has_one(shop):
    farm = make_grower()
    give(shop, farm, Movement.Kind.GLEANED)
    assert receipt(shop, farm).total_cents == 10_00


def test_a_tax_receipt_values_each_gift_by_the_dated_rule(shop):
    donor = make_organisation("Supermarché", kind="company")
    give(shop, donor, cents=100_00, use_by=DAY + timedelta(3))
    give(shop, donor, cents=100_01, use_by=DAY + timedelta(2))
    give(shop, donor, cents=10_00)
    give(shop, donor, cents=10_00, legal_status="poisson sous la taille")
    ugly = give(shop, donor, cents=10_00)
    found = receipt(shop, donor, unmarketable=[ugly.movements.get().pk])
    assert [row["cents"] for row in found.content["lines"]] == [100_00, 50_01, 10_00, 5_00, 5_00]
    assert "3 août 2016" in found.content["rule"]
    with pytest.raises(NothingToBill):
        receipt(shop, donor)


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"cents": None}, "prix de revient"), ({"use_by": DAY - timedelta(1)}, "est passée")],
)
def test_a_gift_that_cannot_count_is_refused(shop, fields, words):
    donor = make_organisation()
    give(shop, donor, **fields)
    with pytest.raises(BadGift, match=words):
        receipt(shop, donor)
    assert not NumberedSeries.objects.exists() and not Document.objects.exists()


def test_a_gift_undone_since_its_receipt_comes_off_the_next_one(shop):
    """100 € attested, then undone; 130 € given: the next receipt attests 30 €, and says which."""
    donor = make_organisation("Supermarché", kind="company")
    gone = give(shop, donor, cents=100_00)
    first = receipt(shop, donor)
    assert not queries.undone_lines(first)
    stock.undo(key=uuid4(), movement=gone.movements.get(), day=DAY, now=WRITTEN, actor=None)
    assert queries.undone_lines(first), "its page says so"
    with pytest.raises(BadGift, match="rien à attester"):
        receipt(shop, donor)
    give(shop, donor, cents=130_00)
    second = receipt(shop, donor)
    assert second.total_cents == 30_00
    assert second.content["lines"][1]["why"] == f"don annulé, compté sur le reçu {first.number}"
    assert not queries.undone_lines(first)
    with pytest.raises(NothingToBill):
        receipt(shop, donor)
