"""Sales that no activity ties to an agreement: counted, or told as waiting; never left out."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse

from ensemblier.base.people.models import IaeAgreement, IaeKind
from ensemblier.chain.billing import actions as billing
from ensemblier.chain.insertion import actions, queries
from ensemblier.chain.insertion.models import SalesChoice
from tests.chain_visitors import body, send, signed
from tests.factories_chain import DAY, NOW, make_chain, make_line, make_product, make_site
from tests.factories_people import make_organisation

pytestmark = pytest.mark.django_db
LAST = date(2027, 12, 31)


@pytest.fixture
def chain():
    return make_chain()


@pytest.fixture
def aci(chain):
    return make_agreement(chain.lead)


def make_agreement(organisation, kind=IaeKind.ACI, starts=date(2027, 1, 1)):
    return IaeAgreement.objects.create(
        organisation=organisation, kind=kind, number=f"{kind}-{starts}", starts=starts, ends=LAST
    )


def sold(chain, cents=100_00, name="Boutique", **fields):
    site = chain.sites.filter(name=name).first() or make_site(chain, name)
    product = chain.products.first() or make_product(chain)
    return make_line(site, product, cents, **fields)


def counted(agreement, year=2027):
    return queries.sales_watch(agreement, year, LAST.replace(year=year)).sales_cents


def waiting(agreement):
    rows = queries.sales_of([agreement], 2027, LAST).waiting[agreement.pk]
    return [(row.site, row.cents) for row in rows]


def choose(site, agreement, starts=date(2027, 1, 1), organisation=None):
    who = {"organisation": organisation or site.keeper, "site": site, "agreement": agreement}
    return actions.choose_sales(**who, starts=starts, now=NOW, actor=None)


def test_with_one_agreement_in_force_all_that_its_structure_sells_counts(chain, aci) -> None:
    """At the desk without an activity, or by a till's file: a receipt like another."""
    sold(chain, 100_00)
    sold(chain, 20_00, iae_agreement=aci)
    sold(chain, 7_00, seller=make_organisation())
    gone = sold(chain, 3_00)
    billing.undo_sale(key=uuid4(), line=gone, day=date(2027, 4, 2), now=NOW, actor=None)
    assert counted(aci) == 120_00 and waiting(aci) == []
    found = queries.sales_of([aci], 2027, LAST)
    assert found.sources[aci.pk] == {
        queries.ACTIVITIES: 20_00,
        queries.NO_ACTIVITY: 100_00,
        queries.OUTSIDE: 0,
    }
    assert [month.sales_cents for month in found.months[aci.pk]][2:4] == [123_00, -3_00]


def test_with_two_agreements_it_is_told_and_waits_for_a_choice(chain, aci) -> None:
    other = make_agreement(chain.lead, IaeKind.EI, date(2027, 3, 1))
    sold(chain, 50_00, day=date(2027, 2, 1))  # only the ACI was there
    line = sold(chain, 100_00)
    sold(chain, 30_00, name="Marché")
    assert counted(aci) == 50_00 and counted(other) == 0
    assert waiting(aci) == waiting(other) == [("Boutique", 100_00), ("Marché", 30_00)]
    choose(line.site, aci)
    assert counted(aci) == 150_00 and waiting(aci) == [("Marché", 30_00)]
    choose(chain.sites.get(name="Marché"), None)
    assert counted(aci) == 150_00 and counted(other) == 0 and waiting(aci) == []


def test_the_last_choice_for_a_day_counts_and_an_earlier_day_keeps_its_own(chain, aci) -> None:
    other = make_agreement(chain.lead, IaeKind.EI)
    line = sold(chain, 100_00)
    sold(chain, 7_00, day=date(2027, 6, 1))
    for _ in range(2):
        choose(line.site, aci)
    choose(line.site, other, starts=date(2027, 5, 1))
    assert (counted(aci), counted(other)) == (100_00, 7_00)
    choose(line.site, other)
    assert (counted(aci), counted(other)) == (0, 107_00)
    assert SalesChoice.objects.count() == 3
    with pytest.raises(DatabaseError), transaction.atomic():
        SalesChoice.objects.update(agreement=aci)


def test_what_is_undone_after_an_agreement_ended_comes_off_it(chain, aci) -> None:
    IaeAgreement.objects.filter(pk=aci.pk).update(ends=date(2027, 3, 31))
    following = make_agreement(chain.lead, IaeKind.ACI, date(2027, 4, 1))
    line = sold(chain, 100_00, day=DAY)
    billing.undo_sale(key=uuid4(), line=line, day=date(2027, 4, 2), now=NOW, actor=None)
    assert (counted(aci), counted(following)) == (0, 0)


def test_a_choice_is_refused_in_plain_words(chain, aci) -> None:
    site = make_site(chain)
    with pytest.raises(actions.ChoiceRefused, match="autre organisation"):
        choose(site, make_agreement(make_organisation()))
    with pytest.raises(actions.ChoiceRefused, match="du 01/01/2027 au 31/12/2027") as refused:
        choose(site, aci, starts=date(2026, 12, 31))
    assert refused.value.field == "starts" and not SalesChoice.objects.exists()


def test_the_board_says_what_waits_and_the_structure_answers(chain, aci) -> None:
    make_agreement(chain.lead, IaeKind.EI)
    line = sold(chain, 100_00)
    board = reverse("insertion:agreement", args=[chain.slug, aci.pk])
    with time_machine.travel(NOW, tick=True):
        lead = signed(chain.lead)
        for page in (board, reverse("insertion:list", args=[chain.slug])):
            assert "ventes à attribuer" in body(lead.get(page))
        page = body(lead.get(board))
        assert "100,00 € de ventes ne sont comptées nulle part" in page
        asked = reverse("insertion:choose_sales", args=[chain.slug, aci.pk])
        assert asked in page
        send(lead, asked, site=line.site_id, agreement=aci.pk, starts="2027-01-01")
        page = body(lead.get(board))
        late = {"site": line.site_id, "agreement": aci.pk, "starts": "2028-01-01"}
        assert send(lead, asked, **late).status_code == 422
    assert "nulle part" not in page and "Ventes attribuées par lieu" in page
    assert "Lignes sans activité" in page
