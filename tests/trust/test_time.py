"""M11, deadlines and days: each rule asked just before and just after its edge.

Every edge is chosen where a site that reads UTC, or forgets a change of time, answers otherwise;
the last tests show that (negative control).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from ensemblier.base.pages.formats import in_paris, moment
from ensemblier.base.pages.instants import NoSuchHour, placed
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Mandate, Role
from ensemblier.engines.law.subsidies import payment_due_days, report_due
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.calls import actions as calls
from ensemblier.fund.calls.instants import ZONES
from ensemblier.fund.calls.models import Call
from ensemblier.fund.review import actions as review
from ensemblier.web.dashboard.waiting import to_pay, waiting_for
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_review as reviews
from tests.factories_people import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.trust]
PARIS = ZoneInfo("Europe/Paris")
TICK = timedelta(milliseconds=1)


def paris(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PARIS)


def text(answer) -> str:
    return answer.content.decode().replace("\u00a0", " ").replace("&#x27;", "'")


def open_the_page(client, address: str, now: datetime, who=None) -> str:
    """The page as it is at that instant, for someone who signs in just then."""
    with time_machine.travel(now, tick=False):
        if who is not None:
            sign_in(client, who)
        return text(client.get(address))


def typed(client, zone: str, opens: str, closes: str):
    """A call written through the page, with these two hours."""
    envelope = fund.envelope()
    sign_in(client, fund.user(Role.PROGRAMME))
    return client.post(
        reverse("calls:new"),
        {
            "programme": envelope.programme_id,
            "strand": "local",
            "title": f"Paniers {fund.unique()}",
            "description": "Pour les paniers.",
            "zone": zone,
            "opens_at": opens,
            "closes_at": closes,
            "first_year": "2026",
            "last_year": "2029",
            "max_rate_bp": "80",
            "envelopes": [envelope.pk],
        },
    )


def published(client, zone: str, opens: str, closes: str) -> Call:
    typed(client, zone, opens, closes)
    call = Call.objects.get()
    before = call.opens_at - timedelta(days=1)
    calls.publish(call=call, actor=None, now=before, short_reason="Appel d'essai.")
    return call


# The end of a day in each place where a call may be run, in UTC. Paris on the nights of the two
# changes of time of 2026, and on 29 February.
DEADLINES = [
    ("Europe/Paris", "2027-06-30", "2027-06-30T21:59:59.999"),
    ("Europe/Paris", "2026-03-28", "2026-03-28T22:59:59.999"),
    ("Europe/Paris", "2026-03-29", "2026-03-29T21:59:59.999"),
    ("Europe/Paris", "2026-10-24", "2026-10-24T21:59:59.999"),
    ("Europe/Paris", "2026-10-25", "2026-10-25T22:59:59.999"),
    ("Europe/Paris", "2028-02-29", "2028-02-29T22:59:59.999"),
    ("America/Guadeloupe", "2026-03-29", "2026-03-30T03:59:59.999"),
    ("America/Martinique", "2026-10-25", "2026-10-26T03:59:59.999"),
    ("America/Cayenne", "2027-06-30", "2027-07-01T02:59:59.999"),
    ("America/Miquelon", "2027-06-30", "2027-07-01T01:59:59.999"),
    ("Indian/Reunion", "2026-03-29", "2026-03-29T19:59:59.999"),
    ("Indian/Mayotte", "2028-02-29", "2028-02-29T20:59:59.999"),
    ("Pacific/Noumea", "2026-10-25", "2026-10-25T12:59:59.999"),
    ("Pacific/Tahiti", "2027-12-31", "2028-01-01T09:59:59.999"),
]


@pytest.mark.parametrize(("zone", "day", "last"), DEADLINES)
def test_a_call_closes_when_the_day_ends_where_it_is_run(client, zone, day, last):
    call = published(client, zone, "2026-01-05T08:00", f"{day}T23:59")
    last = datetime.fromisoformat(last).replace(tzinfo=UTC)
    address = reverse("calls:detail", args=[call.slug])
    shown = f"23 h 59 ({ZONES[zone]})"
    page = open_the_page(client, address, last)
    assert "Ouvert jusqu'au" in page
    assert shown in page
    applications.check_open(call, last)
    page = open_the_page(client, address, last + TICK)
    assert "A fermé le" in page
    assert shown in page
    with pytest.raises(applications.CallClosed, match="a fermé"):
        applications.check_open(call, last + TICK)


def test_every_zone_of_the_list_has_its_deadline():
    assert {zone for zone, _, _ in DEADLINES} == set(ZONES)


@pytest.mark.parametrize(
    ("zone", "opens", "first"),
    [
        ("Europe/Paris", "2026-03-29T03:00", "2026-03-29T01:00"),
        ("Europe/Paris", "2026-10-25T03:00", "2026-10-25T02:00"),
        ("Pacific/Noumea", "2028-02-29T00:00", "2028-02-28T13:00"),
        ("Indian/Reunion", "2026-03-29T02:30", "2026-03-28T22:30"),
        ("Pacific/Noumea", "2026-10-25T02:30", "2026-10-24T15:30"),
    ],
)
def test_a_call_opens_at_its_very_instant(client, zone, opens, first):
    """The hours that Paris skips or doubles are ordinary hours overseas."""
    call = published(client, zone, opens, "2028-06-30T12:00")
    first = datetime.fromisoformat(first).replace(tzinfo=UTC)
    address = reverse("calls:detail", args=[call.slug])
    assert "Bientôt" in open_the_page(client, address, first - TICK)
    assert "Ouvert jusqu'au" in open_the_page(client, address, first)
    with pytest.raises(applications.CallClosed, match="ouvre le"):
        applications.check_open(call, first - TICK)
    applications.check_open(call, first)


@pytest.mark.parametrize(
    ("zone", "closes", "said"),
    [
        ("Europe/Paris", "2026-03-29T02:30", "n'existe pas"),
        ("Europe/Paris", "2026-10-25T02:30", "sonne deux fois"),
        ("America/Miquelon", "2026-03-08T02:30", "n'existe pas"),
        ("America/Miquelon", "2026-11-01T01:30", "sonne deux fois"),
        ("Europe/Paris", "2026-12-31T23:59:60", "Écrivez la date et l'heure"),
        ("Europe/Paris", "2027-02-29T12:00", "Écrivez la date et l'heure"),
        ("Europe/Paris", "2027-06-30T12:00+04:00", "Écrivez la date et l'heure"),
    ],
)
def test_an_hour_that_does_not_exist_once_is_refused(client, zone, closes, said):
    answer = typed(client, zone, "2026-01-05T08:00", closes)
    assert answer.status_code == 422
    assert said in text(answer)
    assert closes in text(answer)
    assert not Call.objects.exists()


@pytest.mark.parametrize("zone", ZONES)
def test_every_hour_of_a_year_is_placed_or_refused(zone):
    """What is placed reads back as typed; two hours a year are refused where the time changes."""
    clock, refused = datetime(2026, 1, 1), 0
    while clock.year == 2026:
        try:
            assert placed(clock, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == clock
        except NoSuchHour:
            refused += 1
        clock += timedelta(hours=1)
    assert refused == (2 if zone in ("Europe/Paris", "America/Miquelon") else 0)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2028-02-29"])
def test_a_whole_file_is_taken_until_the_last_millisecond(day):
    closes = placed(datetime.fromisoformat(f"{day}T23:59:59.999999"), "Europe/Paris")
    call = fund.call(opens_at=closes - timedelta(days=40), closes_at=closes)
    last = closes.replace(microsecond=999_000)
    early, late = (fund.complete(of=call, now=last - timedelta(days=2)) for _ in range(2))
    assert fund.filed(early, now=last).filed_at == last
    with pytest.raises(applications.CallClosed):
        fund.filed(late, now=last.astimezone(UTC) + TICK)


# The last day of a right, and the first: Paris decides.
LAST_DAYS = [
    (date(2026, 3, 28), "2026-03-28T22:59:59.999"),
    (date(2026, 3, 29), "2026-03-29T21:59:59.999"),
    (date(2026, 10, 24), "2026-10-24T21:59:59.999"),
    (date(2026, 10, 25), "2026-10-25T22:59:59.999"),
    (date(2028, 2, 29), "2028-02-29T22:59:59.999"),
    (date(2026, 12, 31), "2026-12-31T22:59:59.999"),
]


@pytest.mark.parametrize(("day", "last"), LAST_DAYS)
def test_a_mandate_ends_at_midnight_in_paris(client, day, last):
    """On the page and in the action."""
    home = fund.organisation()
    person = fund.user(Role.APPLICANT, home, starts=date(2026, 1, 1), ends=day)
    last = datetime.fromisoformat(last).replace(tzinfo=UTC)
    address = reverse("people:organisation", args=[home.pk])
    assert home.name in open_the_page(client, address, last, person)
    applications.check_mandate(person, home, last)
    assert home.name not in open_the_page(client, address, last + TICK, person)
    with pytest.raises(applications.NoMandate):
        applications.check_mandate(person, home, last + TICK)


@pytest.mark.parametrize(("day", "last"), LAST_DAYS)
def test_a_mandate_starts_at_midnight_in_paris(client, day, last):
    home = fund.organisation()
    person = fund.user(Role.APPLICANT, home, starts=day + timedelta(days=1))
    last = datetime.fromisoformat(last).replace(tzinfo=UTC)
    address = reverse("people:organisation", args=[home.pk])
    assert home.name not in open_the_page(client, address, last, person)
    assert home.name in open_the_page(client, address, last + TICK, person)
    applications.check_mandate(person, home, last + TICK)


@pytest.mark.parametrize(("day", "last"), LAST_DAYS)
def test_utc_would_be_wrong_at_these_instants(day, last):
    """Negative control: the day of UTC keeps a mandate that is over in Paris."""
    person = fund.user(Role.APPLICANT, fund.organisation(), starts=date(2026, 1, 1), ends=day)
    after = datetime.fromisoformat(last).replace(tzinfo=UTC) + TICK
    held = Mandate.objects.filter(user=person)
    assert held.on(after.date()).exists()
    assert not held.on(in_paris(after).date()).exists()


def test_a_clock_without_its_zone_would_be_wrong(client):
    """Negative control: the same digits read in Paris close the call of Nouméa a morning late."""
    call = published(client, "Pacific/Noumea", "2026-01-05T08:00", "2026-10-25T23:59")
    read_in_paris = placed(datetime(2026, 10, 25, 23, 59), "Europe/Paris")
    assert call.closes_at < read_in_paris - timedelta(hours=9)


@pytest.mark.parametrize(
    ("instant", "year"), [("2027-12-31T22:59:59.999", 2027), ("2027-12-31T23:00:00", 2028)]
)
def test_the_number_of_a_file_bears_the_year_of_paris(instant, year):
    now = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    row = fund.draft(
        of=fund.call(opens_at=now - timedelta(days=20), closes_at=now + timedelta(days=20)), now=now
    )
    assert row.number.startswith(f"{year}-")


@pytest.mark.parametrize(
    ("instant", "day"),
    [("2027-12-31T22:59:59", date(2027, 12, 31)), ("2027-12-31T23:00:00", date(2028, 1, 1))],
)  # fmt: skip
def test_a_decision_enters_the_books_on_the_day_of_paris(instant, day):
    case = reviews.proposed()
    now = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    decision = reviews.decide(case.application, now=now)
    assert {award.reservation.day for award in decision.awards.all()} == {day}


@pytest.mark.parametrize(
    ("now", "due", "allowed"),
    [
        (paris(2026, 3, 28, 23, 59, 59, 999_000), date(2026, 3, 29), True),
        (paris(2026, 3, 29), date(2026, 3, 29), False),
        (paris(2026, 10, 25, 23, 59, 59, 999_000), date(2026, 10, 26), True),
        (paris(2028, 2, 28, 23, 30), date(2028, 2, 29), True),
        (paris(2028, 2, 29), date(2028, 2, 29), False),
    ],
)
def test_complements_leave_a_day_to_answer(now, due, allowed):
    case = reviews.taken()
    ask = {"application": case.application, "message": "Un devis.", "actor": case.desk}
    if not allowed:
        with pytest.raises(review.BadRequest, match="un jour"):
            review.ask_complements(due_on=due, now=now, **ask)
        return
    review.ask_complements(due_on=due, now=now, **ask)
    late = [is_late(case.application.created_by, at) for at in ends_of(due)]
    assert late == [False, True]


def ends_of(day: date) -> tuple[datetime, datetime]:
    """The last millisecond of that day in Paris, and the first instant of the next."""
    after = datetime.combine(day + timedelta(days=1), datetime.min.time(), PARIS).astimezone(UTC)
    return after - TICK, after


def is_late(person, now: datetime) -> bool:
    """The dashboard of this person says that something is late."""
    things = waiting_for(Actor(person, day=in_paris(now).date()), now)
    assert things
    return things[0].late


@pytest.mark.parametrize(
    ("year_end", "due"),
    [
        (date(2026, 12, 31), date(2027, 6, 30)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2027, 8, 29), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 8, 29)),
        (date(2028, 5, 31), date(2028, 11, 30)),
    ],
)
def test_a_report_is_due_six_months_after_the_year(year_end, due):
    assert report_due(year_end) == due


def test_a_report_is_late_the_day_after_its_date():
    case = money.signed()
    money.monitoring.start_report(
        agreement=case.agreement, kind="final", actor=case.representative, day=date(2028, 1, 5)
    )
    assert [is_late(case.representative, at) for at in ends_of(date(2028, 6, 30))] == [False, True]


@pytest.mark.parametrize(
    ("certified", "last_day"),
    [
        (paris(2027, 5, 12, 0, 0), date(2027, 7, 11)),
        (paris(2026, 2, 1, 23, 59, 59), date(2026, 4, 2)),
        (paris(2026, 9, 1, 0, 30), date(2026, 10, 31)),
        (paris(2027, 12, 31, 23, 30), date(2028, 2, 29)),
        (paris(2026, 12, 31, 23, 30), date(2027, 3, 1)),
    ],
)
def test_sixty_days_to_pay_are_days_of_paris(certified, last_day):
    payment = SimpleNamespace(pk=1, payee="VRAC", number="C-1", reserved_at=certified)
    limit = payment_due_days(last_day)
    ages = []
    for now in ends_of(last_day):
        thing = to_pay(payment, in_paris(now).date(), limit)
        ages.append((thing.late, "depuis 60 jours" in thing.sentence))
    assert ages == [(False, True), (True, False)]


def test_a_draft_is_not_asked_for_once_its_call_is_closed():
    row = fund.draft()
    closes = row.call.closes_at
    actor = Actor(row.created_by, day=closes.date())
    assert "Terminez et déposez" in waiting_for(actor, closes - TICK)[0].sentence
    assert waiting_for(actor, closes) == []


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        ("2026-03-29T00:59:59.999", "29 mars 2026 à 1 h 59"),
        ("2026-03-29T01:00:00", "29 mars 2026 à 3 h 00"),
        ("2026-10-25T00:59:59.999", "25 octobre 2026 à 2 h 59"),
        ("2026-10-25T01:00:00", "25 octobre 2026 à 2 h 00"),
        ("2028-02-29T22:59:59.999", "29 février 2028 à 23 h 59"),
        ("2028-02-29T23:00:00", "1er mars 2028 à 0 h 00"),
    ],
)
def test_a_moment_is_written_at_the_time_of_paris(instant, shown):
    at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert moment(at).replace("\u00a0", " ") == shown
