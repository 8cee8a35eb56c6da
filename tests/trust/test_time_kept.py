"""M11, lengths of time: invitations, sessions, zonings, retention and jobs, at their very edge."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from ensemblier.base.files.actions import purge_files, store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.files.models import StoredFile
from ensemblier.base.journal.models import Access
from ensemblier.base.journal.purges import purge_accesses
from ensemblier.base.notices.actions import purge_messages
from ensemblier.base.notices.models import Message
from ensemblier.base.people import sessions
from ensemblier.base.people.claims import claim_organisation
from ensemblier.base.people.invitations import InvitationOver, accept_invitation, digest
from ensemblier.base.people.models import Invitation, Role, User
from ensemblier.base.people.retention import purge_accounts, purge_invitations
from ensemblier.base.territory.models import QpvPerimeter, Zoning, ZoningVersion
from ensemblier.base.territory.rules import is_frr, qpv_at, zonings_of
from ensemblier.web.operations.jobs import JOBS
from tests.factories_people import make_organisation, make_user
from tests.factories_territory import commune

pytestmark = [pytest.mark.django_db, pytest.mark.trust]
PARIS = ZoneInfo("Europe/Paris")
TICK = timedelta(milliseconds=1)


def paris(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PARIS)


@pytest.mark.parametrize(
    "sent", [paris(2026, 3, 20, 9), paris(2026, 10, 20, 9), paris(2028, 2, 20, 9)]
)
def test_an_invitation_lasts_fourteen_times_24_hours(client, sent):
    home, person = make_organisation(), make_user()
    last = sent.astimezone(UTC) + timedelta(days=14)
    Invitation.objects.create(
        email=person.email, organisation=home, role=Role.APPLICANT, token_digest=digest("jeton"),
        invited_by=make_user(), invited_at=sent, expires_at=last,
    )  # fmt: skip
    address = reverse("people:invitation", args=["jeton"])
    with time_machine.travel(last, tick=False):
        assert "a expiré" in client.get(address).content.decode()
    with time_machine.travel(last - TICK, tick=False):
        assert "a expiré" not in client.get(address).content.decode()
    with pytest.raises(InvitationOver, match="expiré"):
        accept_invitation(token="jeton", user=person, now=last)
    assert accept_invitation(token="jeton", user=person, now=last - TICK).user == person


@pytest.mark.parametrize("start", [paris(2026, 3, 28, 20), paris(2026, 10, 24, 20)])
@pytest.mark.parametrize(
    ("strong", "length"),
    [(False, timedelta(hours=12)), (True, timedelta(minutes=30))],
)
def test_a_session_lasts_real_hours_on_the_nights_of_change(start, strong, length):
    """Half an hour idle for money and decisions, twelve hours for all: not eleven, not thirteen."""
    begun = start.timestamp() + (0 if not strong else 7 * 3600 - 600)
    actor = SimpleNamespace(holds_strong_role=strong)
    request = SimpleNamespace(session={sessions.SINCE: begun, sessions.SEEN: begun})
    end = begun + length.total_seconds()
    assert not sessions.has_ended(request, actor, end)
    assert sessions.has_ended(request, actor, end + 0.001)


@pytest.fixture
def zoned():
    """A commune in FRR, and a priority district, from 29 March 2026 to 29 February 2028."""
    place = commune()
    facts = {"valid_from": date(2026, 3, 29), "valid_to": date(2028, 2, 29)}
    for family in ("FRR", "QPV"):
        version = ZoningVersion.objects.create(
            family=family, name="v1", legal_reference="décret", **facts
        )
        if family == "FRR":
            Zoning.objects.create(
                kind="FRR", code="FRR", label="FRR", commune=place, version=version, **facts
            )
        else:
            ring = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]
            QpvPerimeter.objects.create(
                code="QN", name="Quartier", version=version, polygons=[[ring]],
                west=0, east=2, south=0, north=2, **facts,
            )  # fmt: skip
    return place


@pytest.mark.parametrize(
    ("now", "inside"),
    [
        (paris(2026, 3, 28, 23, 59, 59, 999_000), False),
        (paris(2026, 3, 29), True),
        (paris(2028, 2, 29, 23, 59, 59, 999_000), True),
        (paris(2028, 3, 1), False),
    ],
)
def test_a_zoning_holds_from_its_first_day_to_its_last(client, zoned, now, inside):
    day = now.date()
    assert is_frr(zoned, day) is inside
    assert bool(zonings_of(zoned, day)) is inside
    assert (qpv_at(1.0, 1.0, day) is not None) is inside
    address = reverse("territory:communes") + f"?q={zoned.name}"
    with time_machine.travel(now, tick=False):
        assert ("FRR" in client.get(address).content.decode()) is inside


# Now, and the oldest instant that is still kept: whole months of the calendar.
MONTHS = {
    24: [
        (paris(2027, 3, 1, 10), paris(2025, 3, 1, 10)),
        (paris(2028, 2, 29, 10), paris(2026, 2, 28, 10)),
        (paris(2028, 3, 1, 10), paris(2026, 3, 1, 10)),
        (paris(2028, 3, 29, 10), paris(2026, 3, 29, 10)),
    ],
    12: [
        (paris(2028, 3, 1, 10), paris(2027, 3, 1, 10)),
        (paris(2027, 3, 29, 1, 30), paris(2026, 3, 29, 1, 30)),
        (paris(2027, 10, 25, 3), paris(2026, 10, 25, 3)),
    ],
    6: [
        (paris(2028, 2, 29, 10), paris(2027, 8, 29, 10)),
        (paris(2027, 8, 31, 10), paris(2027, 2, 28, 10)),
        (paris(2026, 3, 29, 10), paris(2025, 9, 29, 10)),
    ],
}


@pytest.mark.parametrize(("now", "oldest"), MONTHS[24])
def test_accounts_are_kept_two_years_to_the_hour(now, oldest):
    users = [make_user(), make_user()]
    for user, seen in zip(users, (oldest, oldest.astimezone(UTC) - TICK), strict=True):
        User.objects.filter(pk=user.pk).update(
            last_login=seen, warned_at=now.astimezone(UTC) - timedelta(days=30, seconds=1)
        )
    assert purge_accounts(now.astimezone(UTC)) == 1
    users[0].refresh_from_db()
    assert users[0].is_active


@pytest.mark.parametrize(("now", "oldest"), MONTHS[12])
def test_consultations_are_kept_twelve_months_to_the_hour(now, oldest):
    for at in (oldest, oldest.astimezone(UTC) - TICK):
        row = Access.objects.create(path="/dossiers/")
        Access.objects.filter(pk=row.pk).update(at=at)
    assert purge_accesses(now.astimezone(UTC)) == 1
    assert Access.objects.get().at == oldest


@pytest.mark.parametrize(("now", "oldest"), MONTHS[6])
def test_messages_and_invitations_are_kept_six_months_to_the_hour(now, oldest):
    home, person = make_organisation(), make_user()
    for rank, at in enumerate((oldest, oldest.astimezone(UTC) - TICK)):
        Message.objects.create(to="a@exemple.fr", subject="a", body="a", template="a", sent_at=at)
        Invitation.objects.create(
            email="a@exemple.fr", organisation=home, role=Role.APPLICANT, token_digest=str(rank),
            invited_by=person, invited_at=at - timedelta(days=14), expires_at=at,
        )  # fmt: skip
    later = now.astimezone(UTC)
    assert (purge_messages(later), purge_invitations(later)) == (1, 1)
    assert Message.objects.get().sent_at == Invitation.objects.get().expires_at == oldest


@pytest.mark.parametrize("months", MONTHS)
def test_counting_days_would_be_wrong(months):
    """Negative control: a fixed number of days misses at least one of these edges."""
    lengths = {(now - oldest).days for now, oldest in MONTHS[months]}
    assert len(lengths) > 1


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (paris(2026, 3, 29, 23, 59, 59), paris(2026, 3, 30)),
        (paris(2028, 2, 29, 23, 59, 59), paris(2028, 3, 1)),
    ],
)
def test_a_paper_is_kept_until_the_end_of_its_day_in_paris(last, first, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    checked = CheckedFile("piece.pdf", b"%PDF-1.4", "application/pdf")
    store(checked=checked, purpose="claim", about="claim:1", actor=None, delete_after=last.date())
    assert purge_files(last.astimezone(UTC)) == 0
    assert first.astimezone(UTC).date() == last.date()  # UTC would keep it two hours too long
    assert purge_files(first.astimezone(UTC)) == 1


def test_a_proof_asked_on_29_february_is_kept_a_year():
    claim_organisation(
        user=make_user(), organisation=make_organisation(), role=Role.APPLICANT,
        now=paris(2028, 2, 29, 12), document=CheckedFile("pv.pdf", b"%PDF-1.4", "application/pdf"),
    )  # fmt: skip
    assert StoredFile.objects.get().delete_after == date(2029, 2, 28)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2028, 2, 29), 24)]
)
def test_daily_jobs_run_once_whatever_the_length_of_the_day(day, hours):
    """And those of every five minutes have a slot of their own in the hour that comes twice."""
    start = datetime.combine(day, datetime.min.time(), PARIS).astimezone(UTC)
    ticks = [start + timedelta(minutes=5 * rank) for rank in range(hours * 12)]
    for job in JOBS.values():
        periods = {job.period(now) for now in ticks} - {None}
        assert len(periods) == (hours * 12 if job.hour is None else 1), job.name
    local = [tick.astimezone(PARIS) for tick in ticks]
    assert {job.period(local[-1]) for job in JOBS.values()} == {
        job.period(ticks[-1]) for job in JOBS.values()
    }
