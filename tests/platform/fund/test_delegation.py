"""Delegating envelopes, giving back, yearly ceilings, and the pages that show them."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger import actions as ledger
from ensemblier.base.ledger.queries import balance
from ensemblier.base.people.models import Mandate, Role
from ensemblier.fund.programme import actions, delegation
from ensemblier.fund.programme.figures import figures, figures_by_envelope
from ensemblier.fund.programme.models import Envelope, GiftYear
from tests import factories_fund as make
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
DAY = make.FIRST_DAY


@pytest.fixture
def officer():
    return make.user(Role.PROGRAMME)


@pytest.fixture
def wide():
    return make.envelope(100_000_00)


def narrow(wide, **narrower):
    options = narrower or {"region": make.place().department.region}
    return actions.open_envelope(
        actor=None, programme=wide.programme, year=wide.year, strand=wide.strand, **options
    )


def send(officer, wide, to, cents, key=None):
    delegation.delegate(
        key=key or uuid4(),
        actor=officer,
        envelope=wide,
        to=to,
        amount_cents=cents,
        day=DAY,
        reason="Part de la région",
    )


def test_a_delegation_moves_money_and_the_books_agree(officer, wide):
    region = narrow(wide)
    send(officer, wide, region, 30_000_00)
    region.refresh_from_db()
    assert region.parent == wide
    found = figures_by_envelope([wide, region])
    assert (found[wide.pk].delegated, found[wide.pk].available) == (30_000_00, 70_000_00)
    assert (found[region.pk].received, found[region.pk].available) == (30_000_00, 30_000_00)
    for row in (wide, region):
        assert found[row.pk].available == balance(row.account).available


def test_a_delegation_happens_once_for_its_key(officer, wide):
    region, key = narrow(wide), uuid4()
    for _ in range(2):
        send(officer, wide, region, 10_000_00, key)
    assert figures(wide).delegated == 10_000_00
    assert Event.objects.filter(action="envelope.delegate").count() == 1
    with pytest.raises(ledger.KeyReused):
        send(officer, wide, region, 10_001_00, key)


def test_a_delegation_goes_down_two_levels_and_back(officer, wide):
    department = make.place().department
    region, local = narrow(wide), narrow(wide, department=department)
    send(officer, wide, region, 30_000_00)
    send(officer, region, local, 10_000_00)
    local.refresh_from_db()
    delegation.give_back(
        key=uuid4(),
        actor=officer,
        envelope=local,
        amount_cents=4_000_00,
        day=DAY,
        reason="Non utilisé",
    )
    found = figures_by_envelope([wide, region, local])
    assert (found[region.pk].received, found[region.pk].delegated) == (30_000_00, 6_000_00)
    assert found[local.pk].received == found[local.pk].available == 6_000_00
    assert sum(row.available for row in found.values()) == 100_000_00


def test_more_than_is_left_cannot_be_delegated(officer, wide):
    with pytest.raises(ledger.EnvelopeExhausted, match="100.000,00"):
        send(officer, wide, narrow(wide), 100_000_01)


def test_money_given_back_was_received(officer, wide):
    with pytest.raises(delegation.DelegationRefused, match="aucune délégation"):
        delegation.give_back(
            key=uuid4(), actor=officer, envelope=wide, amount_cents=1, day=DAY, reason="essai"
        )


def test_a_delegation_only_goes_to_what_is_narrower(officer, wide):
    region = narrow(wide)
    other_year = make.envelope(0, of=wide.programme, year=wide.year + 1)
    elsewhere = narrow(wide, region=make.place("13").department.region)
    for source, target, words in (
        (region, wide, "à ses départements"),
        (wide, other_year, "même année"),
        (region, elsewhere, "à ses départements"),
    ):
        with pytest.raises(delegation.DelegationRefused, match=words):
            send(officer, source, target, 1_00)


def test_money_kept_for_a_class_keeps_its_class(officer, wide):
    food = narrow(wide, expense_class="food_purchase")
    region = make.place().department.region
    any_class = narrow(wide, region=region)
    same_class = narrow(wide, region=region, expense_class="food_purchase")
    send(officer, wide, food, 5_000_00)
    send(officer, food, same_class, 2_000_00)
    with pytest.raises(delegation.DelegationRefused, match="ne change pas de destination"):
        send(officer, food, any_class, 1_00)


def test_whoever_is_in_charge_of_a_region_delegates_its_envelopes_only(wide):
    region = narrow(wide)
    local = narrow(wide, department=make.place().department)
    regional = make.user(Role.PROGRAMME)
    Mandate.objects.filter(user=regional).update(region=region.region)
    with pytest.raises(delegation.DelegationRefused, match="sur ce territoire"):
        send(regional, wide, region, 1_00)
    send(make.user(Role.PROGRAMME), wide, region, 10_00)
    send(regional, region, local, 5_00)
    with pytest.raises(delegation.DelegationRefused):
        send(make.user(Role.INSTRUCTOR), region, local, 1_00)


def test_one_envelope_for_one_place_and_class(wide):
    region = make.place().department.region
    narrow(wide, region=region)
    with pytest.raises(actions.EnvelopeRefused, match="existe déjà"):
        narrow(wide, region=region)
    with pytest.raises(IntegrityError), transaction.atomic():
        copy = Envelope.objects.get(region=region)
        copy.pk, copy.account = (
            None,
            ledger.open_account(code="copy", name="copie", kind="envelope", floor_zero=True),
        )
        copy.save()


def test_an_envelope_accepts_its_place_and_its_class(wide):
    here, there = make.place().department, make.place("13").department
    food_here = narrow(wide, department=here, expense_class="food_purchase")
    assert food_here.accepts(here, "food_purchase")
    assert not food_here.accepts(here, "investment")
    assert not food_here.accepts(there, "food_purchase")
    assert not food_here.accepts(None, "food_purchase")
    assert narrow(wide, region=here.region).accepts(here, "investment")
    assert wide.accepts(None, "investment")


def test_a_ceiling_holds_the_commitments_of_a_year(officer, wide):
    now = make.NOW
    fix = {"actor": officer, "programme": wide.programme, "reason": "loi de finances", "now": now}
    delegation.set_ceiling(year=wide.year, amount_cents=40_000_00, **fix)
    delegation.hold_under_ceilings({wide: 40_000_00})
    with pytest.raises(delegation.CeilingReached, match="Rien n'est décidé"):
        delegation.hold_under_ceilings({wide: 40_000_01})
    grant = ledger.open_account(code="g", name="g", kind="agreement", floor_zero=True)
    ledger.reserve(
        key=uuid4(),
        debit=wide.account,
        credit=grant,
        amount_cents=30_000_00,
        day=DAY,
        reason="essai",
        actor=None,
    )
    with pytest.raises(delegation.CeilingReached):
        delegation.hold_under_ceilings({wide: 10_000_01})
    with pytest.raises(delegation.CeilingReached, match="déjà engagés"):
        delegation.set_ceiling(year=wide.year, amount_cents=29_999_99, **fix)
    delegation.set_ceiling(year=wide.year, amount_cents=90_000_00, **fix)
    delegation.hold_under_ceilings({wide: 60_000_00})


def test_the_last_figure_of_a_year_of_gifts_holds(officer):
    for cents in (100, 200):
        delegation.record_gifts(
            actor=officer, year=2025, gifts_cents=cents, source="essai", is_assumed=True,
            now=make.NOW,
        )  # fmt: skip
    assert GiftYear.objects.count() == 2


@pytest.mark.parametrize(
    ("page", "words"),
    [("programme:index", "Délégué"), ("programme:gifts", "montant de référence")],
)
def test_public_pages(client, wide, page, words):
    assert words in client.get(reverse(page)).content.decode()


def test_the_page_of_a_programme_shows_who_pays_each_year(client, wide):
    page = client.get(reverse("programme:programme", args=[wide.programme_id])).content.decode()
    assert "Plafond d&#x27;engagement" in page or "Plafond d'engagement" in page
    assert "pas de plafond" in page


def test_the_gifts_page_computes_the_reference(client, officer):
    for year, millions in ((2023, 110), (2024, 90), (2025, 84)):
        delegation.record_gifts(
            actor=officer, year=year, gifts_cents=millions * 10**8, source="essai",
            is_assumed=True, now=make.NOW,
        )  # fmt: skip
    page = client.get(reverse("programme:gifts")).content.decode().replace("\u202f", " ")
    assert "16 000 000" in page.replace("\u00a0", " ")


def test_a_delegation_is_made_on_its_page(client, officer, wide):
    region, key = narrow(wide), uuid4()
    page = reverse("programme:delegate", args=[wide.pk])
    sign_in(client, officer)
    assert "Déléguer une part" in client.get(page).content.decode()
    typed = {"key": key, "to": region.pk, "amount_cents": "200 000", "day": "2027-01-10"}
    refused = client.post(page, typed | {"reason": "Part de la région"})
    assert refused.status_code == 422
    assert "200 000" in refused.content.decode()
    sent = client.post(page, typed | {"amount_cents": "20 000", "reason": "Part de la région"})
    assert sent.status_code == 302
    assert figures(region).received == 0  # not its parent in memory yet
    region.refresh_from_db()
    assert figures(region).received == 20_000_00
    assert "20\u202f000" in client.get(sent.url).content.decode().replace("\u00a0", "\u202f")
