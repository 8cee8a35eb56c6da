"""An inventory count: the gap is written once, with its reason, and never below zero."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.actions import KeyReused
from ensemblier.base.refusal import Refusal
from ensemblier.chain.stock import queries, refusals
from tests.factories_people import make_user
from tests.factories_stock import DAY, Pantry
from tests.platform.chain.test_stock import counts, left

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)


@pytest.fixture
def pantry():
    return Pantry()


def test_a_count_writes_the_gap_with_its_reason_once(pantry):
    lot, other = pantry.receive(10_000), pantry.receive(2_000)
    actor, key = make_user(), uuid4()
    asked = {"key": key, "actor": actor, "reason": " inventaire de mars "}
    counted = [(lot, 9_250), (other, 2_000)]
    [row] = pantry.count(counted, **asked)
    assert (row.kind, row.milli, row.grams) == ("count", 750, 750)
    assert (row.source, row.target, row.note) == (pantry.store, None, "inventaire de mars")
    assert left(pantry, lot) == [9_250, 0] and left(pantry, other) == [2_000, 0]
    event = Event.objects.get(action="stock.counted")
    assert (event.actor_id, event.reason) == (actor.pk, "inventaire de mars")
    assert (event.data["lots"], event.data["gaps"]) == (2, 1)
    # The same request again gives the same answer, even when the books moved since.
    pantry.take(lot, 1_000)
    assert pantry.count(counted, **asked) == [row]
    assert (
        left(pantry, lot) == [8_250, 0]
        and Event.objects.filter(action="stock.counted").count() == 1
    )
    with pytest.raises(KeyReused):
        pantry.count([(lot, 1)], **asked)
    [more] = pantry.count([(lot, 9_000)])
    assert (more.source, more.target, more.milli) == (None, pantry.store, 750)
    pantry.undo(more)
    assert left(pantry, lot) == [8_250, 0]


def test_a_count_that_finds_the_books_right_is_answered_once_too(pantry):
    lot, key = pantry.receive(5_000), uuid4()
    assert pantry.count([(lot, 5_000)], key=key) == []
    pantry.take(lot, 1_000)
    assert pantry.count([(lot, 5_000)], key=key) == []
    assert left(pantry, lot) == [4_000, 0]


def test_a_count_reads_the_books_of_its_day_and_never_goes_below_zero(pantry):
    lot = pantry.receive(10_000)
    pantry.take(lot, 8_000, day=DAY + ONE)
    with pytest.raises(refusals.NotEnough):
        pantry.count([(lot, 7_000)])
    [row] = pantry.count([(lot, 9_000)])
    assert row.milli == 1_000 and left(pantry, lot) == [1_000, 0]
    assert pantry.count([(lot, 0)], day=DAY + ONE)[0].milli == 1_000


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"counted": []}, "au moins pour un lot"),
        ({"reason": " "}, "Dites pourquoi vous comptez"),
        ({"twice": True}, "deux fois"),
        ({"milli": -1}, "supérieure à zéro"),
        ({"milli": True}, "doit être un nombre"),
        ({"chain": True}, "autre filière"),
    ],
)
def test_a_count_is_refused(pantry, fields, message):
    lot = Pantry().receive() if fields.get("chain") else pantry.receive()
    counted = fields.get("counted", [(lot, fields.get("milli", 1))])
    before = counts()
    with pytest.raises(Refusal, match=message):
        pantry.count(counted * (2 if fields.get("twice") else 1), reason=fields.get("reason", "x"))
    assert counts() == before


def test_a_count_below_the_books_is_taken_from_the_tonnage(pantry):
    lot, other = pantry.receive(10_000), pantry.receive(1_000)
    pantry.count([(lot, 9_000), (other, 1_500)])
    pantry.undo(pantry.count([(lot, 8_000)])[0])
    rows = queries.tonnage(pantry.chain, date(2026, 1, 1), date(2026, 12, 31))
    assert [row for row in rows if row.kind == "count"] == [(2026, "count", -500, 0)]
