"""Open data follow what amendments make of a grant."""

from __future__ import annotations

from datetime import date

import pytest

from ensemblier.fund.agreements import amending
from ensemblier.fund.publication import actions
from ensemblier.fund.publication.entries import publish_by
from ensemblier.fund.publication.models import Edition, Entry
from tests import factories_fund as fund
from tests import factories_money as money
from tests.platform.fund.test_agreement_parties import LATER, amendment_of, up
from tests.platform.fund.test_publication import NOW, read, sign

pytestmark = pytest.mark.django_db


def test_above_the_threshold_by_an_amendment_a_grant_enters_the_files() -> None:
    case = money.signed()
    case.application.call.owner.siret = fund.siret(40_000_000)
    case.application.call.owner.save()
    actions.refresh(actor=None, now=NOW)
    assert Entry.objects.get().is_due is False and read(Edition.Profile.REGULATORY) == []
    row = amending.send(
        amendment=amendment_of(case, up(case, 5_000_00)), actor=case.desk, now=LATER
    )
    actions.refresh(actor=None, now=LATER)  # sent, not signed
    assert Entry.objects.get().is_due is False
    sign(case, LATER, row)
    actions.refresh(actor=None, now=LATER)
    entry = Entry.objects.get()
    assert (entry.is_due, entry.due_on) == (True, publish_by(LATER.date()))
    assert [line["montant"] for line in read(Edition.Profile.REGULATORY)] == ["25000.00"]
    assert actions.refresh(actor=None, now=LATER) == (0, 0, 0)


def test_a_grant_never_published_is_overdue_as_amended() -> None:
    case = money.signed()
    sent = amending.send(
        amendment=amendment_of(case, up(case, 5_000_00)), actor=case.desk, now=LATER
    )
    assert actions.overdue(date(2028, 6, 1)) == []
    sign(case, LATER, sent)
    assert actions.overdue(date(2028, 6, 1)) == [case.agreement]
