"""In whose name a document is written, what a page may freeze, what a later receipt takes back."""

from __future__ import annotations

import pytest
from django.db import transaction

from ensemblier.chain.billing import actions, calls, documents, writing_views
from ensemblier.chain.billing.freezing import Frame
from ensemblier.chain.billing.models import Document
from ensemblier.chain.billing.refusals import MandateMissing
from tests.chain_people import words
from tests.factories_chain import DAY
from tests.factories_people import make_organisation
from tests.platform.chain import test_billing_pages as pages
from tests.platform.chain import test_documents as papers
from tests.platform.chain.test_billing_pages import PERIOD, at, post
from tests.platform.chain.test_documents import bill

pytestmark = pytest.mark.django_db
people, moment, asked = pages.people, pages.moment, pages.asked
shop, basket = papers.shop, papers.basket


def test_an_invoice_in_another_sellers_name_needs_its_mandate(shop, basket):
    buyer, writer = make_organisation(), make_organisation("Tête de réseau")
    papers.sell(shop, basket, buyer=buyer)
    with pytest.raises(MandateMissing, match="de mandat de facturation"):
        bill(shop, buyer, written_by=writer)
    assert not Document.objects.exists()
    actions.sign_mandate(grower=shop.keeper, buyer=writer, signed_on=DAY, actor=None)
    assert bill(shop, buyer, written_by=writer).total_cents == 1205


def test_a_call_too_long_for_a_page_goes_through_the_months_end(people, monkeypatch):
    monkeypatch.setattr(writing_views, "MOST_CALLED", 0)
    sent = {"payer": people.payer.pk} | PERIOD
    response = post(people.lead, at("call", people.chain), sent)
    assert response.status_code == 422 and "lancez la clôture du mois" in words(response)
    assert not Document.objects.exists()
    # However many lines, the reason typed for no VAT reaches the document.
    monkeypatch.setattr(writing_views, "MOST_CALLED", 20_000)
    seen: list[str] = []

    def framed(*facts, no_vat="", **more):
        seen.append(no_vat)
        return Frame(*facts, no_vat=no_vat, **more)

    monkeypatch.setattr(calls, "Frame", framed)
    monkeypatch.setattr(documents, "Frame", framed)
    for most in (2_000, 0):
        monkeypatch.setattr(calls, "MANY", most)
        with transaction.atomic():
            calls.call(payer=people.payer, no_vat="franchise", **asked())
            transaction.set_rollback(True)
    assert seen == ["franchise"] * 2


def test_the_lead_writes_no_invoice_in_anothers_name_without_its_mandate(people):
    people.line = pages.sell(people, 900, seller=people.farm, buyer=people.canteen)
    sent = {"seller": people.farm.pk, "buyer": people.canteen.pk} | PERIOD
    response = post(people.lead, at("invoice", people.chain), sent)
    assert response.status_code == 422 and "mandat de facturation" in words(response)
    assert not Document.objects.exists()
