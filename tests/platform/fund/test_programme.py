"""Programmes, envelopes, contributions, and the figures the books give."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger import actions as ledger
from ensemblier.base.ledger.models import AccountKind
from ensemblier.fund.programme import actions
from ensemblier.fund.programme.figures import Figures, figures, figures_by_envelope
from ensemblier.fund.programme.models import Envelope
from tests import factories_fund as make

pytestmark = pytest.mark.django_db
DAY = make.FIRST_DAY


def test_an_envelope_opens_an_account_that_never_goes_below_zero():
    envelope = make.envelope(0)
    assert envelope.account.floor_zero
    assert envelope.account.kind == AccountKind.ENVELOPE
    assert figures(envelope) == Figures(0, 0, 0)
    assert Event.objects.filter(action="envelope.open", subject=f"envelope:{envelope.pk}").exists()


def test_an_envelope_exists_once():
    envelope = make.envelope(0)
    with pytest.raises(actions.EnvelopeRefused, match="existe déjà"):
        make.envelope(0, of=envelope.programme)


def test_an_envelope_stays_in_the_years_of_its_programme():
    with pytest.raises(actions.EnvelopeRefused, match="2027 à 2031") as refusal:
        make.envelope(0, year=2032)
    assert refusal.value.field == "year"


def test_regions_have_envelopes_of_their_own():
    national = make.envelope(0)
    region = make.place().department.region
    local = make.envelope(0, of=national.programme, region=region)
    assert local.account_id != national.account_id
    assert "Hauts-de-France" in str(local)


def test_a_contribution_counts_once_for_its_key():
    envelope, key = make.envelope(0), uuid4()
    for _ in range(2):
        contribution = actions.contribute(
            key=key,
            actor=None,
            envelope=envelope,
            contributor=make.state(),
            amount_cents=40_000_00,
            day=DAY,
        )
    assert contribution.amount_cents == 40_000_00
    assert envelope.contributions.count() == 1
    assert figures(envelope).contributed == 40_000_00
    assert Event.objects.filter(action="envelope.contribute").count() == 1


def test_a_contribution_with_the_key_of_another_is_refused():
    envelope, key = make.envelope(0), uuid4()
    arguments = {"key": key, "actor": None, "envelope": envelope, "contributor": make.state()}
    actions.contribute(amount_cents=1_00, day=DAY, **arguments)
    with pytest.raises(ledger.KeyReused):
        actions.contribute(amount_cents=2_00, day=DAY, **arguments)


def test_figures_follow_a_grant_from_reserved_to_returned():
    envelope = make.envelope(100_000_00)
    grant = ledger.open_account(
        code="grant:1", name="Convention 1", kind=AccountKind.AGREEMENT, floor_zero=True
    )
    move = {"day": DAY, "actor": None, "reason": "essai"}
    reserved = [
        ledger.reserve(
            key=uuid4(), debit=envelope.account, credit=grant, amount_cents=cents, **move
        )
        for cents in (30_000_00, 5_000_00)
    ]
    assert figures(envelope) == Figures(100_000_00, 35_000_00, 0)
    ledger.post(key=uuid4(), reservation=reserved[0], **move)
    ledger.void(key=uuid4(), reservation=reserved[1], **move)
    assert figures(envelope) == Figures(100_000_00, 0, 30_000_00)
    ledger.transfer(
        key=uuid4(), debit=grant, credit=envelope.account, amount_cents=4_000_00, **move
    )
    assert figures(envelope) == Figures(100_000_00, 0, 26_000_00)
    assert figures(envelope).available == 74_000_00


def test_figures_of_many_envelopes_cost_one_query(django_assert_num_queries):
    first = make.envelope(10_00)
    second = make.envelope(20_00, of=first.programme, year=2028)
    with django_assert_num_queries(1):
        found = figures_by_envelope([first, second])
    assert [found[row.pk].contributed for row in (first, second)] == [10_00, 20_00]


def test_a_programme_has_a_name_of_its_own_and_ordered_years():
    made = make.programme()
    with pytest.raises(actions.ProgrammeRefused) as refusal:
        make.programme(name=made.name)
    assert refusal.value.field == "name"
    with pytest.raises(actions.ProgrammeRefused, match="précède"):
        make.programme(first_year=2030, last_year=2029)


@pytest.mark.parametrize("national", [True, False])
def test_the_database_too_keeps_envelopes_unique(national):
    region = None if national else make.place().department.region
    first = make.envelope(0, region=region)
    other = make.envelope(0, of=first.programme, year=2028)
    with pytest.raises(IntegrityError), transaction.atomic():
        Envelope.objects.filter(pk=other.pk).update(year=first.year, region=region)
