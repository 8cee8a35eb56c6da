"""From a closed vote to a result handed over, explained, checked apart, and departed from."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from ensemblier.base.people.models import Role
from ensemblier.engines import allocation
from ensemblier.engines.allocation.reading_toml import read_toml
from ensemblier.fund.allocation import access, actions
from ensemblier.fund.allocation.building import CannotShare, Settings, problem_of
from ensemblier.fund.allocation.certifying import NotCertified, certify
from ensemblier.fund.allocation.comparing import compare
from ensemblier.fund.allocation.models import Departure, Outcome, Run
from ensemblier.fund.allocation.why_pdf import why_pdf
from ensemblier.fund.applications.models import AskedAmount, State
from ensemblier.fund.jury import scoring, voting
from ensemblier.fund.jury.actions import NotYours
from ensemblier.fund.review.actions import actor_on
from tests import factories_fund as fund
from tests import factories_jury as juries
from tests import factories_review as cases

pytestmark = pytest.mark.django_db
NOW = juries.NOW


@pytest.fixture
def world():
    """Three files of 30 000 € each, the second with 8 000 € of equipment; the vote is closed.

    Both institutions score 3 of 4 everywhere; associations and people want files 1 and 2.
    """
    world = juries.sitting(files=3)
    AskedAmount.objects.create(
        application=world.files[1], expense_class="investment", year=2027, amount_cents=8_000_00
    )
    everyone = [seat for kind in ("institutions", "associations", "people")
                for seat in juries.seats(world.jury, kind)]  # fmt: skip
    for seat in everyone:
        juries.declared(world.sitting, seat.user)
    grades = {c.pk: 3 for c in world.call.criteria.all()}
    items = list(world.sitting.items.select_related("application__call", "sitting__jury"))
    for seat in everyone[:2]:
        for item in items:
            scoring.score(item=item, values=grades, actor=seat.user, now=NOW)
    for seat in everyone[2:]:
        juries.voted(world, seat.user, {1: "5", 2: "4", 3: "N"})
    voting.close_poll(sitting=world.sitting, actor=world.chair, now=NOW)
    return world


def settings(cents: int = 75_000_00, **fields) -> Settings:
    return Settings(cents, **fields)


def test_the_vote_becomes_a_problem_without_names_or_order(world):
    """Two lots for a project with equipment; the points of a project hold for both."""
    problem = problem_of(world.sitting, settings())
    first, second, third = (row.number for row in world.files)
    assert [(lot.id, lot.cost, lot.phase) for lot in problem.lots] == [
        (first, 30_000_00, 1),
        (second, 30_000_00, 1),
        (f"{second}-equipement", 8_000_00, 2),
        (third, 30_000_00, 1),
    ]
    assert [(row.name, row.share) for row in problem.colleges] == [
        ("institutions", 4_000), ("associations", 3_000), ("people", 3_000)
    ]  # fmt: skip
    assert [(row.college, row.count, dict(row.marks).get(first)) for row in problem.ballots] == [
        ("associations", 2, 5), ("institutions", 2, 3), ("people", 2, 5)
    ]  # fmt: skip
    assert read_toml(actions.share(world.sitting, settings()).inputs, {}) == problem
    # A gate and not a multiplier: a file that is not eligible is no lot at all.
    world.files[2].state = State.INCOMPLETE
    world.files[2].save()
    assert third not in {lot.id for lot in problem_of(world.sitting, settings()).lots}


def test_a_run_is_kept_checked_explained_and_never_changes(world):
    draft = actions.run(
        sitting=world.sitting, settings=settings(), final=False, actor=world.office, now=NOW
    )
    assert (draft.number, draft.is_final) == (1, False)
    row = actions.run(
        sitting=world.sitting, settings=settings(), final=True, actor=world.office, now=NOW
    )
    # Anybody redoes it from the file, and the checker accepts it; not once altered.
    redone = allocation.allocate(read_toml(row.inputs, {}))
    assert list(redone.winners) == row.result["winners"]
    altered = json.loads(json.dumps(row.result))
    altered["winners"] = altered["winners"][1:]
    with pytest.raises(NotCertified):
        certify(row.inputs, altered)
    assert row.certificate.startswith("Résultat certifié : 3 achats refaits")
    for bought in row.facts["payments"]:
        assert bought["completed"] or sum(bought["by_college"].values()) == bought["cost"]
    by_number = {out.number: out for out in row.outcomes.all()}
    assert [by_number[n].funded_cents for n in (1, 2, 3)] == [30_000_00, 38_000_00, 0]
    told = " ".join(by_number[2].sentences)
    assert "Retenu pour son équipement" in told
    # Six jurors are too few for any college to be told apart.
    assert "institutions et associations et personnes concernées 30 000" in told.replace(
        "\N{NARROW NO-BREAK SPACE}", " "
    ).replace("\N{NO-BREAK SPACE}", " ")
    assert "n'est pas retenu" in by_number[3].sentences[0]
    assert "fois sur 100" in by_number[3].sentences[-1]
    with pytest.raises(DatabaseError), transaction.atomic():
        Run.objects.filter(pk=row.pk).update(certificate="autre")
    with pytest.raises(DatabaseError), transaction.atomic():
        Outcome.objects.all().delete()
    with pytest.raises(actions.AlreadyHanded):
        actions.run(
            sitting=world.sitting, settings=settings(), final=True, actor=world.office, now=NOW
        )
    assert why_pdf(by_number[2]).startswith(b"%PDF-")


def test_shares_are_frozen_limits_and_floors_are_not(world):
    others = settings(shares={"institutions": 1, "associations": 1, "people": 1})
    with pytest.raises(CannotShare, match="figées"):
        actions.run(sitting=world.sitting, settings=others, final=True, actor=world.office, now=NOW)
    tight = actions.share(world.sitting, settings(equipment_bp=500)).facts
    assert [row["why"] for row in tight["refused"] if "equipement" in row["lot"]] == ["ceiling"]
    found = compare(world.sitting, 75_000_00)
    assert len(found.scenarios) == 6
    assert [row[0] for row in found.rows] == [1, 2, 3]
    amounts = [{cents for _, cents in row[3]} for row in found.rows]
    assert found.equal == sum(len(each) == 1 for each in amounts)
    assert found.steady == sum(len(set(map(bool, each))) == 1 for each in amounts)
    with pytest.raises(CannotShare, match="aucun de ces projets"):
        actions.share(world.sitting, settings(1_000_00))
    with pytest.raises(NotYours):
        actions.run(
            sitting=world.sitting, settings=settings(), final=True, actor=world.chair, now=NOW
        )


def test_a_signatory_departs_only_with_a_reason_that_stays(world):
    actions.run(sitting=world.sitting, settings=settings(), final=True, actor=world.office, now=NOW)
    kept, other, refused = (cases.proposed(row).application for row in world.files)
    signatory = cases.signatory()
    envelope = world.call.envelopes.get()

    def decide(file, cents, **fields):
        awards = [(envelope, "engineering", min(cents, 20_000_00))] if cents else []
        if cents > 20_000_00:
            awards.append((envelope, "operation", cents - 20_000_00))
        return cases.decide(
            file, by=signatory, awards=awards, outcome="funded" if cents else "refused", **fields
        )

    judge = juries.seats(world.jury, "institutions")[0].user
    fund.give(judge, Role.SIGNATORY)
    with pytest.raises(actions.SatOnTheJury):
        cases.decide(kept, by=judge)
    same = decide(kept, 30_000_00)
    assert not Departure.objects.exists()
    with pytest.raises(
        actions.DepartureWithoutReason, match="Le jury ne retient rien .* restera à côté"
    ):
        decide(refused, 10_000_00)
    key = uuid4()
    for _ in range(2):
        decide(refused, 10_000_00, departure="Aucun autre projet du canton.", key=key)
    row = Departure.objects.get()
    assert (row.granted_cents, row.outcome.funded_cents) == (10_000_00, 0)
    with pytest.raises(DatabaseError), transaction.atomic():
        Departure.objects.update(reason="autre")
    with pytest.raises(actions.DepartureWithoutReason):
        decide(other, 0)
    assert same.outcome == "funded"
    outcome = actions.outcome_of(refused)
    refused.refresh_from_db()
    outcome.application = refused
    member = actor_on(refused.created_by, NOW.date())
    assert access.may_read_why(member, outcome).allowed
    outcome.application = other
    assert "notifiée" in access.may_read_why(
        actor_on(other.created_by, NOW.date()), outcome
    ).reason  # fmt: skip
    stranger = actor_on(fund.user(Role.APPLICANT, fund.organisation()), NOW.date())
    assert not access.may_read_why(stranger, outcome).allowed


def test_jurors_keep_the_result_on_paper(world, client):
    """The same address, with a word more: whoever may not read the page gets no paper."""
    actions.run(sitting=world.sitting, settings=settings(), final=True, actor=world.office, now=NOW)
    address = reverse("allocation:for_jurors", args=[world.sitting.pk])
    client.force_login(juries.seats(world.jury, "people")[0].user)
    assert 'href="?papier=1"' in client.get(address).content.decode()
    paper = client.get(address, {"papier": "1"})
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")
    client.force_login(fund.user())
    assert client.get(address, {"papier": "1"}).status_code == 404
