"""A decision stays under the ceiling of each year, and takes from envelopes that accept it."""

from threading import Barrier, BrokenBarrierError, Thread
from types import SimpleNamespace

import pytest
from django.db import connection, connections

from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions import actions
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.programme import delegation
from ensemblier.fund.programme.delegation import CeilingReached, committed
from tests import factories_fund as fund
from tests import factories_review as cases

NOW = cases.NOW


def capped(most: int, files: int = 1) -> SimpleNamespace:
    """Files proposed on one rich envelope, whose year has a ceiling."""
    envelope = fund.envelope(1_000_000_00)
    call = fund.call(envelopes=[envelope])
    applications = [cases.proposed(fund.filed(of=call)).application for _ in range(files)]
    delegation.set_ceiling(
        actor=fund.user(Role.PROGRAMME),
        programme=envelope.programme,
        year=envelope.year,
        amount_cents=most,
        reason="Loi de finances",
        now=NOW,
    )
    return SimpleNamespace(envelope=envelope, files=applications)


@pytest.mark.django_db
def test_a_decision_over_the_ceiling_of_the_year_commits_nothing():
    world = capped(19_999_99)
    with pytest.raises(CeilingReached, match="Le plafond d'engagement de 2027"):
        cases.decide(world.files[0])
    assert not Decision.objects.exists()
    assert committed(world.envelope.programme, 2027) == 0
    assert Application.objects.get().state == "proposed"


@pytest.mark.django_db
def test_the_ceiling_may_be_reached_to_the_cent_then_nothing_more():
    world = capped(20_000_00, files=2)
    cases.decide(world.files[0])
    with pytest.raises(CeilingReached):
        cases.decide(world.files[1], awards=[(world.envelope, "engineering", 1)])
    assert committed(world.envelope.programme, 2027) == 20_000_00


@pytest.mark.django_db
def test_two_lines_of_one_envelope_count_together():
    world = capped(24_999_99)
    awards = [(world.envelope, "engineering", 15_000_00), (world.envelope, "operation", 10_000_00)]
    with pytest.raises(CeilingReached):
        cases.decide(world.files[0], awards=awards)


@pytest.mark.django_db
def test_an_envelope_of_one_class_pays_no_other():
    envelope = fund.envelope(expense_class="investment")
    case = cases.proposed(fund.filed(of=fund.call(envelopes=[envelope])))
    with pytest.raises(actions.BadAward, match="autre sorte de dépense"):
        cases.decide(case.application, awards=[(envelope, "engineering", 1_00)])


@pytest.mark.django_db
def test_an_envelope_of_another_department_pays_nothing_here():
    elsewhere = fund.place("63").department
    envelope = fund.envelope(region=elsewhere.region, department=elsewhere)
    case = cases.proposed(fund.filed(of=fund.call(envelopes=[envelope])))
    with pytest.raises(actions.BadAward, match="autre territoire"):
        cases.decide(case.application, awards=[(envelope, "engineering", 1_00)])


def race(world: SimpleNamespace) -> list[str]:
    """Two signatories decide two files at once; what each was told."""
    answers: list[str] = []
    signatories = [cases.signatory() for _ in world.files]

    def decide(application: Application, by: object) -> None:
        try:
            cases.decide(application, by, awards=[(world.envelope, "engineering", 20_000_00)])
            answers.append("granted")
        except CeilingReached:
            answers.append("refused")
        finally:
            connections.close_all()

    threads = [
        Thread(target=decide, args=pair) for pair in zip(world.files, signatories, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    return sorted(answers)


@pytest.fixture
def meeting(monkeypatch):
    """Holds each decision just before the ceiling is read, until both are there."""
    barrier = Barrier(2)
    original = actions.hold_under_ceilings

    def hold(wanted):
        try:
            barrier.wait(timeout=10 if connection.vendor == "postgresql" else 0.2)
        except BrokenBarrierError:
            assert connection.vendor == "sqlite", "the two decisions never met"
        original(wanted)

    monkeypatch.setattr(actions, "hold_under_ceilings", hold)


@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_once_see_each_other_under_the_ceiling(meeting):
    world = capped(30_000_00, files=2)
    assert race(world) == ["granted", "refused"]
    assert committed(world.envelope.programme, 2027) == 20_000_00


@pytest.mark.django_db(transaction=True)
def test_without_the_ceiling_both_pass_the_race_proves_something(meeting, monkeypatch):
    """The negative control: the same race, the year's ceiling no longer read."""
    world = capped(30_000_00, files=2)
    monkeypatch.setattr(delegation, "ceilings_of", lambda programme: {})
    assert race(world) == ["granted", "granted"]
    assert committed(world.envelope.programme, 2027) == 40_000_00


@pytest.mark.django_db(transaction=True)
def test_two_decisions_that_both_fit_both_pass(meeting):
    world = capped(40_000_00, files=2)
    assert race(world) == ["granted", "granted"]
