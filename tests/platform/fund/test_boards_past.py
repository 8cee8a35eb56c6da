"""The board of a past day is the board that was shown that day, figure for figure."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from ensemblier.base.ledger.actions import transfer
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Role
from ensemblier.fund.boards import facts, past
from ensemblier.fund.boards.board import AXES, board_of, breakdown, money_bar
from ensemblier.fund.boards.facts import facts_on
from ensemblier.fund.jury import expenses
from ensemblier.fund.programme.figures import figures_by_envelope
from ensemblier.fund.programme.models import Envelope
from tests import factories_boards as boards
from tests import factories_fund as fund
from tests import factories_jury as juries

pytestmark = pytest.mark.django_db
NOW = juries.NOW


def as_it_stood(day, story):
    today = in_paris(story.now).date()
    return board_of(facts_on(day, today=today))


def test_every_evening_of_the_story_reads_the_same_afterwards(monkeypatch):
    story = boards.played()
    assert len(story.kept) == len(boards.CHAPTERS)
    for day, kept in story.kept.items():
        assert as_it_stood(day, story) == kept
        # The day before the next chapter shows the same figures: nothing happened between.
        assert replace(as_it_stood(day + timedelta(days=3), story), day=day) == kept
    told = [board.totals[:4] for board in story.kept.values()]
    assert told == [
        (120_000_00, 0, 0, 0),
        (90_000_00, 0, 0, 0),
        (90_000_00, 0, 0, 0),
        (90_000_00, 39_000_00, 0, 0),
        (90_000_00, 20_000_00, 0, 0),
        (90_000_00, 20_000_00, 20_000_00, 0),
        (90_000_00, 20_000_00, 20_000_00, 0),
        (90_000_00, 20_000_00, 20_000_00, 12_000_00),
        (90_000_00, 20_000_00, 20_000_00, 10_000_00),
    ]
    _negative_controls(story, monkeypatch)


def _negative_controls(story, monkeypatch):
    """Without the journal, the kept versions, or the day of the books: not the same."""

    def faults():
        return [day for day, kept in story.kept.items() if as_it_stood(day, story) != kept]

    assert not faults()
    with monkeypatch.context() as broken:
        broken.setattr(past, "read", lambda end: past.NOTHING)
        assert len(faults()) >= 7
    with monkeypatch.context() as broken:
        broken.setattr(past, "asked_as_sent", lambda rows, end, is_past: {})
        assert faults()
    with monkeypatch.context() as broken:
        read = facts.read_books
        broken.setattr(facts, "read_books", lambda day, end: read(day + timedelta(days=400), end))
        assert len(faults()) >= 7


def test_the_envelopes_of_the_board_are_those_of_the_programme():
    story = boards.played()
    today = in_paris(story.now).date()
    envelopes = list(Envelope.objects.all())
    books = figures_by_envelope(envelopes)
    for purse in facts_on(today, today=today).purses:
        known = books[purse.pk]
        assert purse.contributed == known.contributed
        assert (purse.reserved, purse.agreed) == (known.reserved, known.granted)
        assert purse.available == known.available


def test_what_jurors_cost_is_committed_and_the_board_adds_up():
    """Planned, paid in advance or cancelled: the board reads it as the books do."""
    world = juries.sitting(files=1, opened=False)
    seat = juries.seats(world.jury, "people")[0]
    plan = {"seat": seat, "sitting": world.sitting, "kind": "childcare"}
    rows = [
        expenses.plan(key=uuid4(), amount_cents=n * 45_50, actor=world.office, now=NOW, **plan)
        for n in (1, 2, 4)
    ]
    expenses.pay(key=uuid4(), expense=rows[0], actor=fund.user(Role.PAYER), now=NOW)
    expenses.cancel(key=uuid4(), expense=rows[2], reason="Absente", actor=world.office, now=NOW)
    today = in_paris(NOW).date()
    found = facts_on(today, today=today)
    books = figures_by_envelope(list(Envelope.objects.all()))
    for purse in found.purses:
        known = books[purse.pk]
        assert (purse.reserved, purse.agreed) == (known.reserved, known.granted)
        assert purse.available == known.available
    board = board_of(found)
    assert board.beside == 136_50
    assert board.available + board.beside + board.totals[1] == board.contributed
    assert sum(part.value for part in money_bar(board).parts) == board.contributed


def test_breakdowns_add_up_to_the_board():
    story = boards.played()
    today = in_paris(story.now).date()
    found = facts_on(today, today=today)
    board = board_of(found)
    for key in ("volet", "region", "departement", "etat"):
        lines = breakdown(found.files, AXES[key])
        assert sum(line.files for line in lines) == board.files
        for place, total in enumerate(board.totals):
            assert sum(line.cents[place] for line in lines) == total
    classes = breakdown(found.files, AXES["depense"])
    assert sum(line.cents[0] for line in classes) == board.totals[0]
    assert sum(line.cents[1] for line in classes) == board.totals[1]


def test_what_is_written_late_is_counted_and_said():
    """A transfer dated of a past day, written today: the books count it at its date, and say so."""
    story = boards.played()
    first = min(story.kept)
    assert facts_on(first, today=first + timedelta(days=9)).written_later == 0
    envelope = story.world.envelope
    source = Transfer.objects.filter(credit=envelope.account).first().debit
    with time_machine.travel(story.now):
        transfer(
            key=uuid4(),
            debit=source,
            credit=envelope.account,
            amount_cents=5_00,
            day=first,
            reason="Oubli",
            actor=None,
        )
    found = facts_on(first, today=first + timedelta(days=90))
    assert found.written_later == 1
    assert found.contributed == story.kept[first].contributed + 5_00
