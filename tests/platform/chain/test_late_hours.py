"""Hours of volunteers noted or corrected after a period closed are told in the open one, once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.apps import apps
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities.models import NotedMinutes, Participation
from ensemblier.reports import actions, days, figures, rows
from ensemblier.reports.models import ReportKind
from tests import factories_chain as chains

pytestmark = pytest.mark.django_db
IN_TIME = datetime(2027, 3, 28, 9, tzinfo=UTC)
CLOSED = datetime(2027, 4, 2, 9, tzinfo=UTC)
LATE = datetime(2027, 4, 10, 9, tzinfo=UTC)
MAY = datetime(2027, 5, 3, 9, tzinfo=UTC)
MARCH = (date(2027, 3, 1), date(2027, 3, 31))
APRIL = (date(2027, 4, 1), date(2027, 4, 30))


@pytest.fixture
def shop() -> SimpleNamespace:
    """A harvest of March 20th, with twelve volunteers on its list."""
    site = chains.make_site(chains.make_chain())
    at = datetime(2027, 3, 20, 8, tzinfo=UTC)
    harvest = activities.plan(
        chain=site.chain, kind="harvest", title="Récolte", site=site, host=site.keeper,
        starts_at=at, ends_at=at + timedelta(hours=3), actor=None,
    )  # fmt: skip
    people = []
    for rank in range(12):
        person = activities.add_participant(
            chain=site.chain, organisation=site.keeper, alias=f"Personne {rank}", actor=None
        )
        people.append(
            activities.sign_up(activity=harvest, participant=person, nature="volunteer", actor=None)
        )
    return SimpleNamespace(chain=site.chain, keeper=site.keeper, people=people)


def note(shop, which: slice, minutes: int, now: datetime) -> None:
    sheet = [(row, minutes) for row in shop.people[which]]
    activities.record_sheet(sheet=sheet, now=now, actor=None)


def close(shop, last: date, now: datetime) -> None:
    actions.close_period(chain=shop.chain, last_day=last, actor=None, now=now)


def told(shop, first: date, last: date) -> tuple[int | None, int | None]:
    found = figures.activity(shop.chain, first, last)
    return found["volunteers"], found["volunteer_minutes"]


def test_late_hours_are_told_in_the_open_period(shop) -> None:
    """Six came for 3 h, noted in time; after the closing, six more, and the first six did 1 h less
    each: March stays at 18 h, April tells 18 h more and 6 h less."""
    note(shop, slice(0, 6), 180, IN_TIME)
    close(shop, MARCH[1], CLOSED)
    before = told(shop, *MARCH)
    assert before == (6, 6 * 180)
    note(shop, slice(6, 12), 180, LATE)
    note(shop, slice(0, 6), 120, LATE)
    assert told(shop, *MARCH) == before  # what was counted does not move
    close(shop, APRIL[1], MAY)
    assert told(shop, *APRIL) == (6, 6 * 180 - 6 * 60)
    # Both read at once: what stands.
    assert told(shop, MARCH[0], APRIL[1]) == (12, 6 * 120 + 6 * 180)
    sent = actions.send_figures(
        key=uuid4(), chain=shop.chain, kind=ReportKind.ACTIVITY, recipient=shop.keeper, now=MAY,
        actor=None, first_day=APRIL[0], last_day=APRIL[1],
    )  # fmt: skip
    found = rows.rows_of(sent, "volunteers")
    assert found is not None
    (row,) = [found.write(row) for row in found.rows]
    assert row[1] == "Récolte" and row[3:] == ["6", "12\u00a0h"]


def test_negative_control_by_their_day_alone_march_would_move(shop, monkeypatch) -> None:
    note(shop, slice(0, 6), 180, IN_TIME)
    close(shop, MARCH[1], CLOSED)
    note(shop, slice(6, 12), 180, LATE)
    by_day = lambda chain, first, last: NotedMinutes.objects.filter(day__range=(first, last))  # noqa: E731
    monkeypatch.setattr(figures, "volunteered", by_day)
    assert told(shop, *MARCH) == (12, 12 * 180) and told(shop, *APRIL) == (0, 0)


def test_a_late_correction_of_few_persons_is_not_given(shop) -> None:
    note(shop, slice(0, 6), 180, IN_TIME)
    close(shop, MARCH[1], CLOSED)
    note(shop, slice(0, 1), 60, LATE)
    note(shop, slice(1, 4), 0, LATE)
    assert told(shop, *APRIL) == (0, None)
    close(shop, APRIL[1], MAY)
    report = actions.send_figures(
        key=uuid4(), chain=shop.chain, kind=ReportKind.ACTIVITY, recipient=shop.keeper, now=MAY,
        actor=None, first_day=APRIL[0], last_day=APRIL[1],
    )  # fmt: skip
    found = rows.rows_of(report, "volunteers")
    assert found is not None and not [row for row in found.rows if row[-1] != rows.HIDDEN]


def test_the_same_minutes_typed_again_write_nothing(shop) -> None:
    note(shop, slice(0, 6), 180, IN_TIME)
    note(shop, slice(0, 6), 180, LATE)
    for row in Participation.objects.filter(minutes=180):  # a page opened before the other's
        activities.record_minutes(participation=row, minutes=180, now=LATE, actor=None)
    note(shop, slice(6, 7), 0, LATE)  # did not come: nothing to tell
    assert NotedMinutes.objects.count() == 6
    stale = shop.people[0]
    stale.minutes = None  # an old copy: the difference is taken from the table
    activities.record_minutes(participation=stale, minutes=200, now=LATE, actor=None)
    assert stale.noted.aggregate(sum=Sum("minutes"))["sum"] == 200


def test_known_minutes_are_written_on_their_day(shop) -> None:
    note(shop, slice(0, 6), 180, LATE)
    before = told(shop, *MARCH)
    NotedMinutes.objects.all().delete()
    step = import_module("ensemblier.chain.activities.migrations.0002_noted_minutes")
    step.forwards(apps, None)
    close(shop, MARCH[1], CLOSED)
    assert told(shop, *MARCH) == before == (6, 6 * 180)
    assert {row.day for row in NotedMinutes.objects.all()} == {date(2027, 3, 20)}
    assert not days.volunteered(shop.chain, *APRIL).exists()


@given(st.lists(st.integers(-600, 600), max_size=12))
def test_few_who_came_are_never_told(sums: list[int]) -> None:
    """Property: minutes are told only with five persons or more behind them, or none at all."""
    found = figures.given_by(sums)
    shown = figures.shown(found.minutes, found.behind)
    came = sum(1 for one in sums if one > 0)
    assert found.people == came and found.minutes == sum(sums)
    if 0 < came < figures.FEWEST or 0 < sum(1 for one in sums if one) < figures.FEWEST:
        assert shown is None
