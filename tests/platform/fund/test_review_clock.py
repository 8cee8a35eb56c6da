"""The clock of a file, its reminders, and the checks added to the automatic ones."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ensemblier.base.notices.models import Message as Notice
from ensemblier.engines import budget
from ensemblier.fund.review import actions as review
from ensemblier.fund.review import reminders
from ensemblier.fund.review.checks import ATTENTION, OK
from ensemblier.fund.review.clock import OVERDUE, Stop, clock, reminder_due
from ensemblier.fund.review.disagreement import compare
from tests import factories_review as cases
from tests.platform.fund.test_review_checks import GOOD, levels

FILED = date(2027, 5, 1)
DUE = date(2027, 5, 20)


def test_the_clock_stops_until_the_answer_and_no_longer_than_the_time_given():
    stop = Stop(date(2027, 5, 11), DUE, date(2027, 5, 16))
    assert clock(FILED, [stop], date(2027, 5, 31)).running == 30 - 5
    unanswered = Stop(date(2027, 5, 11), DUE)
    at_work = clock(FILED, [unanswered], date(2027, 5, 15))
    assert (at_work.running, at_work.stopped_since) == (10, date(2027, 5, 11))
    # Ten days were given: they are deducted, then it runs again.
    after = clock(FILED, [unanswered], date(2027, 5, 31))
    assert (after.stopped, after.running, after.stopped_since) == (10, 20, None)


def test_two_stops_that_overlap_count_once():
    stops = [Stop(date(2027, 5, 5), DUE, date(2027, 5, 10))] * 2
    assert clock(FILED, stops, date(2027, 5, 31)).stopped == 5


@pytest.mark.parametrize(
    ("day", "sent", "expected"),
    [
        (date(2027, 5, 12), [], None),
        (date(2027, 5, 13), [], 7),
        (date(2027, 5, 14), [7], None),
        (date(2027, 5, 15), [], 7),  # the site was down on the day
        (date(2027, 5, 19), [7], 1),
        (date(2027, 5, 19), [], 1),  # only the nearest
        (date(2027, 5, 20), [7, 1], None),
        (date(2027, 5, 21), [7, 1], OVERDUE),
        (date(2027, 5, 30), [7, 1, 0], None),
    ],
)
def test_reminders_leave_seven_days_and_one_day_before_then_once_late(day, sent, expected):
    assert reminder_due(DUE, sent, day) == expected


@pytest.mark.django_db
def test_each_reminder_leaves_once_to_the_right_person():
    case = cases.taken()
    review.ask_complements(
        application=case.application, due_on=DUE, message="Le bail.", actor=case.desk, now=cases.NOW
    )
    noon = datetime(2027, 5, 13, 12, tzinfo=ZoneInfo("Europe/Paris"))
    assert reminders.remind(noon) == 1
    assert reminders.remind(noon) == 0
    writer = case.application.filed_by or case.application.created_by
    assert Notice.objects.get(template="review/emails/reminder.txt").to == writer.email
    assert reminders.remind(noon + timedelta(days=10)) == 1
    assert Notice.objects.get(template="review/emails/overdue.txt").to == case.desk.email


def test_what_an_aci_sells_stays_strictly_under_its_share():
    label = "Ventes de l'atelier d'insertion (ACI)"
    lines = (
        budget.Line("charge", "64", 100_000_00),
        budget.Line("resource", "70", 30_000_00),
        budget.Line("resource", "74", 50_000_00),
    )
    assert not levels(label, lines=lines)
    ((level, words),) = levels(label, lines=lines, sales_share_bp=3000)
    assert level == ATTENTION and "30\xa0%" in words
    under = (lines[0], budget.Line("resource", "70", 29_999_00), *lines[2:])
    assert levels(label, lines=under, sales_share_bp=3000)[0][0] == OK
    raised = levels(label, lines=lines, sales_share_bp=5000)
    assert raised[0][0] == OK and "préfet" in raised[0][1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"payers": (("resource", "74", "Région"),) * 2}, "compté deux fois"),
        ({"same_cost": "2027-00004"}, "2027-00004"),
        ({"same_paper": "2027-00005"}, "même empreinte"),
    ],
)
def test_the_same_cost_asked_twice_is_told(changes, words):
    found = levels("Même dépense demandée deux fois", **changes)
    assert found[0][0] == ATTENTION and words in found[0][1]


def test_the_territories_that_the_call_watches_are_told():
    label = "Territoires suivis"
    assert not levels(label)
    ((_, words),) = levels(label, watch=("qpv", "overseas"), zones=("qpv",))
    assert "quartier prioritaire" in words and "outre-mer" not in words
    assert "aucun territoire" in levels(label, watch=("frr",))[0][1]
    assert replace(GOOD, watch=("frr",)).watch == ("frr",)


def test_opinions_differ_from_half_of_the_scale_or_when_opposed():
    criteria = [("C1", "Utilité", 4), ("C2", "Qualité", 4)]
    close = compare(criteria, [[3, 2], [2, 3]], ["favourable", "reserved"])
    assert not close.exists
    wide = compare(criteria, [[4, 2], [2, 3]], ["favourable", "favourable"])
    assert [s.code for s in wide.wide] == ["C1"] and wide.exists
    opposed = compare(criteria, [[3, 2], [3, 2]], ["favourable", "unfavourable"])
    assert opposed.exists and not opposed.wide
    assert not compare(criteria, [], []).exists
