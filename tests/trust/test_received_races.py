"""A grower's own invoice and the one its buyer writes, sent at once in two years: one of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db.models import Count

from ensemblier.base.ledger.verify import verify
from ensemblier.chain.billing import actions, documents, receiving
from ensemblier.chain.billing.models import Document, DocumentLine
from tests.platform.chain.test_received import DAY, invoice
from tests.platform.chain.test_received import world as _world
from tests.trust.test_sell_races import HANDS, at_once

pytestmark = [pytest.mark.trust, pytest.mark.django_db(transaction=True)]
world = _world
LATER = datetime(2028, 1, 5, 9, tzinfo=UTC)


def test_a_delivery_is_on_one_invoice_whatever_the_year_of_each(world):
    lead = world.chain.lead
    actions.sign_mandate(grower=world.farm, buyer=lead, signed_on=DAY, actor=None)
    xml, more = invoice(world), {"actor": None, "now": LATER}
    days = {"first": DAY, "last": date(2027, 12, 31), "day": LATER.date()}
    who = {"chain": world.chain, "buyer": lead, "grower": world.farm}

    def write(rank):
        if rank % 2:
            return documents.self_bill(key=uuid4(), **who, **days, **more)
        taken = {"chosen": [world.row.pk], "accepts": False, "pdf": None, "xml": xml}
        return receiving.record_received(key=uuid4(), chain=world.chain, **taken, **more)

    answers = at_once(write)
    assert sum(isinstance(answer, Document) for answer in answers) == 1 < HANDS
    twice = DocumentLine.objects.values("movement").annotate(times=Count("pk"))
    assert [row["times"] for row in twice] == [1]
    assert verify().faults == []
