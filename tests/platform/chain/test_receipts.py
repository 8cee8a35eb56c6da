"""Tax receipts: who may write one, and gleaned food once the farm says what it is worth."""

from datetime import date
from uuid import uuid4

import pytest

from ensemblier.base.people.models import OrganisationKind
from ensemblier.chain.billing import documents
from ensemblier.chain.billing.models import NumberedSeries
from ensemblier.chain.billing.refusals import NotADonee, NothingToBill
from ensemblier.chain.stock.models import Movement
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


def receipt(site, donor):
    month = {"first": date(2027, 3, 1), "last": DAY, "day": DAY, "now": NOW, "actor": None}
    return documents.tax_receipt(
        chain=site.chain, keeper=site.keeper, donor=donor, key=uuid4(), **month
    )


def give(site, donor, kind=Movement.Kind.GIFT, cents=10_00):
    facts = {"kind": kind, "origin": donor, "value_cents": cents}
    return make_lot(make_product(site.chain), site, 1000, **facts)


@pytest.mark.parametrize("kind", [OrganisationKind.COMPANY, OrganisationKind.FARM])
def test_a_company_writes_none_whatever_its_social_purpose(kind):
    """T049: insertion companies (EI, ETTI) may be given food, and lower nobody's tax."""
    site = make_site(make_chain(lead=make_organisation("Traiteur", kind=kind)))
    donor = make_organisation(kind=OrganisationKind.COMPANY)
    give(site, donor)
    with pytest.raises(NotADonee, match="Traiteur"):
        receipt(site, donor)
    assert not NumberedSeries.objects.exists()


def test_an_association_does():
    site, donor = make_site(make_chain()), make_organisation(kind=OrganisationKind.COMPANY)
    give(site, donor)
    assert receipt(site, donor).total_cents == 10_00


@pytest.mark.parametrize("cents", [None, 0])
def test_gleaned_food_that_nobody_valued_has_no_receipt(cents):
    site, farm = make_site(make_chain()), make_grower()
    give(site, farm, Movement.Kind.GLEANED, cents)
    with pytest.raises(NothingToBill):
        receipt(site, farm)


def test_gleaned_food_that_the_farm_valued_has_one():
    site, farm = make_site(make_chain()), make_grower()
    give(site, farm, Movement.Kind.GLEANED)
    assert receipt(site, farm).total_cents == 10_00
