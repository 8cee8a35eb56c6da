"""A refused attempt stays in the log although its transaction is undone, on both databases."""

import pytest
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.urls import reverse

from ensemblier.base.journal.actions import refuse
from ensemblier.base.journal.attempts import watching
from ensemblier.base.journal.models import Event, RefusedAttempt
from ensemblier.base.people.models import Role
from ensemblier.fund.decisions.actions import NotYours
from ensemblier.fund.review.models import Interest
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in
from tests.platform.fund.test_co_instruction import declare


@pytest.fixture
def two_connections():
    """Production's router: refusals go through the `side` connection."""
    settings.DATABASE_ROUTERS = ["ensemblier.web.databases.SideRouter"]
    from django.db import router

    router.__dict__.pop("routers", None)
    yield
    settings.DATABASE_ROUTERS = []
    router.__dict__.pop("routers", None)
    connections["side"].close()


@pytest.mark.django_db(transaction=True, databases=["default", "side"])
def test_a_four_eyes_attempt_is_kept_although_undone(two_connections):
    """An instructor who is also a signatory tries to decide: refused, undone, and written."""
    case = cases.proposed()
    fund.give(case.desk, Role.SIGNATORY)
    events = Event.objects.count()
    watch = watching(actor=case.desk, action="POST decisions:decide")
    with pytest.raises(NotYours), watch, transaction.atomic():
        Interest.objects.filter(application=case.application).update(reason="défait")
        cases.decide(case.application, by=case.desk)
    assert not Interest.objects.filter(reason="défait").exists()  # it was really undone
    assert Event.objects.count() == events
    row = RefusedAttempt.objects.get()
    assert (row.actor_id, row.action) == (case.desk.pk, "POST decisions:decide")
    assert "instruit" in row.reason


@pytest.mark.django_db(transaction=True, databases=["default", "side"])
def test_without_the_watch_it_would_be_lost(two_connections):
    """Negative control: written at once in the same transaction, it would vanish with it."""
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        RefusedAttempt(action="x").save(using="default")
        raise ZeroDivisionError
    assert not RefusedAttempt.objects.exists()


@pytest.mark.django_db
def test_nobody_changes_or_erases_the_log():
    RefusedAttempt.objects.create(action="x")
    for change in (
        lambda: RefusedAttempt.objects.update(reason="y"),
        lambda: RefusedAttempt.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.django_db
def test_the_same_refusal_met_twice_in_one_request_is_one_line():
    person = fund.user()
    with watching(actor=person, action="POST x"):
        refuse(reason="non")
        refuse(reason="non")
        refuse(reason="autre")
    assert RefusedAttempt.objects.count() == 2


@pytest.mark.django_db
def test_the_auditor_reads_them_and_finds_one_file(client):
    case = cases.given()
    declare(case.application, case.desk)
    sign_in(client, case.desk)
    client.get(reverse("review:propose", args=[case.application.number]))
    sign_in(client, fund.user(Role.AUDITOR))
    page = client.get(reverse("books:refusals"), {"sur": case.application.number}).content.decode()
    assert "GET review:propose" in page and str(case.desk) in page
    assert (
        "review:propose"
        not in client.get(reverse("books:refusals"), {"sur": "2099-00001"}).content.decode()
    )
    sign_in(client, case.desk)
    assert client.get(reverse("books:refusals")).status_code == 404
