"""The whole year of the 25 chains, alone in its file: what `test_demo_year` plays once for all its
tests stays in the database until its last one, and a chain that is there is not played again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db.models import Sum

from ensemblier.base.chains.models import Chain
from ensemblier.base.ledger.verify import verify
from ensemblier.chain.cofinancing.models import EnvelopeLeft, Share
from ensemblier.web.demo.year import play
from ensemblier.web.demo.year.totals import totals
from tests.told_once import check_told_once, twice_told

NOW = datetime(2027, 6, 3, 9, tzinfo=UTC)


@pytest.fixture
def demo_mode(settings):
    settings.MODE = "demo"


@pytest.mark.slow
def test_the_whole_year(db, demo_mode):
    """Twenty-five chains, 52 weeks: minutes. The sheets' figures come back, each euro told once."""
    assert not Chain.objects.exists(), "chains of another test are still there"
    played = play.play_year(now=NOW)
    assert [row.state for row in played] == ["new"] * 25
    assert verify().faults == []
    for row in played:
        check_told_once(row.chain)
    assert twice_told() == []
    kept = Share.objects.filter(payer__organisation__isnull=False)
    told = kept.filter(reported__isnull=False).aggregate(cents=Sum("cents"))["cents"]
    waiting = kept.filter(reported__isnull=True).aggregate(cents=Sum("cents"))["cents"] or 0
    assert told + waiting == kept.aggregate(cents=Sum("cents"))["cents"]
    by_number = dict(zip(range(1, 26), played, strict=True))
    _near(totals(by_number[1].chain)["grams"]["harvest"], 30_000_000)
    _near(totals(by_number[12].chain)["grams"]["gift"], 54_000_000)
    _near(totals(by_number[23].chain)["grams"]["gift"], 1_030_000_000)
    # Envelopes ended: the next payer took over (5), lines were refused (17), never the person.
    assert EnvelopeLeft.objects.filter(version__scheme__chain=by_number[5].chain, cents__lt=400)
    assert by_number[17].refused > 0
    assert not Share.objects.filter(line__chain=by_number[17].chain, payer=None).exists()


def _near(found: int, wanted: int) -> None:
    assert wanted * 85 <= found * 100 <= wanted * 115, (found, wanted)
