"""The rows kept with an agreement for its pages are those of the tables, column by column."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ensemblier.base.ledger.models import Transfer
from ensemblier.fund.agreements import access, aid
from ensemblier.fund.agreements.models import (
    Agreement,
    AidDeclaration,
    Amendment,
    AmendmentLine,
    Annex,
    Measure,
    WithdrawnShare,
)
from ensemblier.fund.agreements.page import detail_context
from ensemblier.fund.agreements.reading import PARTS, whole
from ensemblier.fund.review.actions import actor_on
from tests import factories_agreements
from tests import factories_fund as fund
from tests import factories_money as money

pytestmark = pytest.mark.django_db
DAY = (fund.NOW + timedelta(days=30)).date()


@pytest.fixture
def side(db) -> SimpleNamespace:
    """An agreement with at least one row of everything, and three amendments of other states."""
    side = SimpleNamespace(money=money.paid(), word="près d'ici")
    factories_agreements.around(side)
    Measure.objects.create(
        indicator=side.indicator,
        value=Decimal("12.50"),
        measured_on=DAY,
        noted_by=side.money.desk,
        noted_at=fund.NOW,
    )
    agreement, envelope = side.money.agreement, side.money.envelope
    share = {"envelope": envelope, "expense_class": "engineering", "amount_cents": 5_00}
    AmendmentLine.objects.create(amendment=side.amendment, way="up", **share)
    WithdrawnShare.objects.create(
        recovery=side.recovery, transfer=Transfer.objects.earliest("pk"), **share
    )
    Annex.objects.create(
        agreement=agreement,
        position=1,
        title="Plan",
        file=agreement.pdf,
        added_by=side.money.desk,
        added_at=fund.NOW,
    )
    return side


def loaded(side: SimpleNamespace) -> Agreement:
    rows = Agreement.objects.select_related(*access.WHOLE_AGREEMENT)
    return rows.get(pk=side.money.agreement.pk)


def test_each_column_kept_is_the_one_of_its_table(side) -> None:
    kept = whole(loaded(side)).kept_rows
    seen = set()
    for part in PARTS:
        rows = {
            row.pk: row
            for row in part.model._default_manager.filter(**{part.path: side.money.agreement})
        }
        assert {row.pk for row in kept[part.name]} == set(rows), part.name
        for row in kept[part.name]:
            for name in part.names:
                mine, true = row, rows[row.pk]
                for step in name.split("__"):
                    mine, true = (getattr(each, step, None) for each in (mine, true))
                assert (mine, type(mine)) == (true, type(true)), (part.name, name)
                seen.add((part.name, name.split("__")[0]))
    assert {part.name for part in PARTS} == {name for name, _ in seen}  # no table was empty


def test_the_page_says_the_same_with_and_without_them(side) -> None:
    actor = actor_on(side.money.desk, DAY)
    with CaptureQueriesContext(connection) as few:
        fast = detail_context(actor, whole(loaded(side)), DAY)
    with CaptureQueriesContext(connection) as many:
        slow = detail_context(actor, loaded(side), DAY)
    assert fast == slow
    assert fast["instalments"][0]["evidence"] and fast["indicators"][0][1].value == Decimal("12.50")
    assert len(few) <= 7 < len(many)


def test_only_the_last_declaration_links_two_companies(db) -> None:
    farm, shop = fund.organisation("Ferme"), fund.organisation("Magasin")

    def declare(linked: list[str]) -> None:
        AidDeclaration.objects.create(
            organisation=shop, linked=linked, declared_by=fund.user(), declared_at=fund.NOW
        )

    declare([farm.siren])
    assert aid.undertaking_of(farm) == {farm.siren, shop.siren}
    declare([])
    assert aid.undertaking_of(farm) == {farm.siren}


def test_an_amendment_kept_names_its_agreement_without_a_query(side) -> None:
    agreement = whole(loaded(side))
    with CaptureQueriesContext(connection) as asked:
        assert str(agreement.kept_rows["amendments"][0]).endswith(agreement.number)
    assert len(asked) == 0 and Amendment.objects.count() == 1
