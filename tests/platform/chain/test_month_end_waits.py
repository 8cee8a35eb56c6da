"""What a month's end cannot write or share: it is told, it waits, and it stops nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.ledger.verify import verify
from ensemblier.base.people.models import Organisation, Role
from ensemblier.chain.billing import actions, documents, month_end, queries
from ensemblier.chain.billing.models import Document
from ensemblier.chain.billing.month_end_command import tell
from ensemblier.chain.billing.refusals import DatedInTheFuture
from ensemblier.chain.cofinancing import proof
from ensemblier.chain.cofinancing.models import EnvelopeLeft, Share
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.distribution.refusals import CannotUndo
from ensemblier.reports import actions as reports
from tests import factories_fund as fund
from tests.factories_chain import (
    DAY,
    WRITTEN,
    make_chain,
    make_line,
    make_product,
    make_scheme,
    make_site,
)
from tests.factories_people import make_organisation, make_user, sign_in
from tests.platform.chain.month_end_world import UNTIL, World, close, written

pytestmark = pytest.mark.django_db
LATER = date(2027, 4, 30)
RULE = """
name = "Paniers"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "rest"
payer = "Ville"
[[envelope]]
payer = "Ville"
cents = 2000
"""


def kinds(world) -> set[str]:
    return set(Document.objects.filter(chain=world.chain).values_list("kind", flat=True))


def test_an_organisation_without_siret_stops_no_other_document(capsys) -> None:
    """Its invoice waits and is told; growers and funders have their documents all the same."""
    world = World(5)
    world.deliver(2)
    written(world.draw(60))
    siret = world.buyer.siret
    Organisation.objects.filter(pk=world.buyer.pk).update(siret="")
    run = close(world)
    assert run.phase == "over" and run.ended_at is not None
    assert kinds(world) == {"self_billed", "funder_call"}
    assert run.unwritten and all(world.buyer.name in why for why in run.unwritten)
    tell(run)
    assert f"Il manque le SIRET de {world.buyer.name}" in capsys.readouterr().out
    client = Client()
    sign_in(client, fund.user(Role.APPLICANT, world.chain.lead))
    page = client.get(reverse("billing:close_month", args=[world.chain.slug])).content.decode()
    assert "Pièces non écrites" in page
    assert f"Il manque le SIRET de {world.buyer.name}" in unescape(page)
    assert "ligne 0" not in page
    Organisation.objects.filter(pk=world.buyer.pk).update(siret=siret)
    again = close(world)
    assert again.unwritten == [] and "invoice" in kinds(world)
    keepers = [shop.keeper for shop in world.shops]
    assert [queries.gaps(each) for each in (*keepers, world.chain.lead)] == [[], [], []]


@pytest.fixture
def shop():
    place = make_site(make_chain())
    place.basket = make_product(place.chain)
    make_scheme(place.chain, RULE, ["Ville"])
    return place


def closed(shop, until=UNTIL):
    told = {"chain": shop.chain, "until": until, "day": until, "actor": None}
    return month_end.close_month(clock=lambda: WRITTEN, **told)


def undo(line, day=DAY):
    return actions.undo_sale(key=uuid4(), line=line, day=day, now=WRITTEN, actor=None)


def left() -> int:
    return EnvelopeLeft.objects.get().cents


def test_a_line_that_nobody_pays_can_be_undone_and_asks_nothing_more(shop) -> None:
    """Imported when the envelope held enough; the desk spent it before the month's end."""
    line = make_line(shop, shop.basket, 2000, scheme="paniers")
    facts = {"chain": shop.chain, "site": shop, "seller": shop.keeper, "product": shop.basket}
    facts |= {"milli": 1000, "day": DAY, "now": WRITTEN, "actor": None, "scheme": "paniers"}
    sold = actions.sell(key=uuid4(), price_cents=2500, **facts)
    with pytest.raises(ShareRefused):  # as at the desk
        actions.sell(key=uuid4(), price_cents=2000, **facts)
    assert closed(shop).refused == 1
    opposite = undo(line)
    with pytest.raises(CannotUndo):
        undo(line)
    for _ in range(2):
        again = closed(shop)
        assert (again.refused, again.refusals, again.transfers) == (0, [], 0)
    assert not Share.objects.filter(line__in=[line, opposite]).exists()
    assert Share.objects.filter(line=sold).count() == 2 and left() == 250
    assert proof.prove() == [] and verify().faults == []


def test_an_invoice_of_the_month_never_comes_before_one_of_a_later_day(shop) -> None:
    """A run that goes on days later keeps its day: what it may no longer date so waits, told."""
    cook, school = make_organisation(), make_organisation()
    lead = shop.chain.lead
    for buyer in (cook, school):
        make_line(shop, shop.basket, 2000, buyer=buyer, seller=lead)
    asked = {"first": DAY, "last": DAY, "now": WRITTEN, "actor": None, "key": uuid4()}
    documents.invoice(chain=shop.chain, seller=lead, buyer=cook, day=LATER, **asked)
    run = closed(shop)
    assert run.phase == "over" and len(run.unwritten) == 1
    assert "F-2027-00001" in run.unwritten[0] and school.name in run.unwritten[0]
    assert closed(shop, until=LATER).unwritten == []
    assert Document.objects.get(recipient=school).number == "F-2027-00002"


def test_a_month_is_not_closed_with_documents_of_a_day_to_come(shop) -> None:
    april = datetime(2027, 4, 2, 9, tzinfo=UTC)
    told = {"chain": shop.chain, "until": UNTIL, "day": date(2027, 4, 3), "actor": None}
    with pytest.raises(DatedInTheFuture, match="03/04/2027"):
        month_end.close_month(clock=lambda: april, **told)


def test_undone_before_it_is_shared_a_line_takes_and_gives_back(shop) -> None:
    """The run shares what stood at the end of its month, the next one gives it back."""
    line = make_line(shop, shop.basket, 1000, scheme="paniers")
    opposite = undo(line, day=date(2027, 4, 2))
    closed(shop)
    assert left() == 1300 and proof.prove() == []
    closed(shop, until=LATER)
    assert left() == 2000 and proof.prove() == [] and verify().faults == []
    parts = Share.objects.filter(line__in=[line, opposite]).values_list("cents", flat=True)
    assert sorted(parts) == [-700, -300, 300, 700]


def test_undone_lines_of_a_scheme_that_does_not_exist_ask_nothing_more(shop) -> None:
    line = make_line(shop, shop.basket, 1000, scheme="inconnu")
    assert closed(shop).refused == 1
    undo(line)
    assert closed(shop).refused == 0
    assert SaleLine.objects.count() == 2


def test_after_midnight_in_paris_the_day_before_is_past(shop) -> None:
    """Half past midnight on the first of April is still the 31st of March in UTC."""
    night = datetime(2027, 3, 31, 22, 30, tzinfo=UTC)
    told = {"chain": shop.chain, "until": UNTIL, "day": date(2027, 4, 1), "actor": make_user()}
    assert month_end.ask(now=night, **told).until == UNTIL
    period = reports.close_period(chain=shop.chain, last_day=UNTIL, actor=None, now=night)
    assert period.last_day == UNTIL
