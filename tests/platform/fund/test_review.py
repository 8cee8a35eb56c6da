"""Instruction: opinions, complements, proposal; who may, and what is shown to whom."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role, User
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.moves import MoveRefused
from ensemblier.fund.review import actions, scoring
from ensemblier.fund.review.models import Review, Score
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = cases.NOW


def test_take_opens_an_opinion_at_the_level_of_the_mandate():
    application = fund.filed()
    region = application.department.region
    cases.taken(application)
    national = fund.user(Role.PROGRAMME)
    regional = fund.user(Role.INSTRUCTOR, region=region)
    actions.join(application=application, actor=national, now=NOW)
    actions.join(application=application, actor=regional, now=NOW)
    levels = list(application.reviews.order_by("pk").values_list("level", flat=True))
    assert levels == ["department", "national", "region"]
    application.refresh_from_db()
    assert application.state == "in_review"


def test_take_twice_has_one_winner():
    application = fund.filed()
    first, second = cases.desk(application), cases.desk(application)
    actions.take(application=application, actor=first, now=NOW)
    with pytest.raises(MoveRefused, match="En instruction"):
        actions.take(application=application, actor=second, now=NOW)
    assert application.reviews.count() == 1


def test_the_network_head_gives_an_opinion_and_nothing_more():
    head = fund.organisation("Réseau", kind="network")
    application = fund.filed(by=fund.organisation(head=head))
    leader = fund.user(Role.NETWORK_HEAD, head)
    with pytest.raises(actions.NotYours):
        actions.take(application=application, actor=leader, now=NOW)
    cases.taken(application)
    review = actions.join(application=application, actor=leader, now=NOW)
    assert review.level == "network"
    with pytest.raises(actions.NotYours):
        actions.propose(application=application, actor=leader, now=NOW)


def test_an_instructor_of_elsewhere_sees_nothing_and_does_nothing(client):
    application = fund.filed()
    other = fund.user(Role.INSTRUCTOR, department=fund.place("63").department)
    with pytest.raises(actions.NotYours):
        actions.take(application=application, actor=other, now=NOW)
    sign_in(client, other)
    assert client.get(reverse("review:file", args=[application.number])).status_code == 404
    assert application.number not in client.get(reverse("review:inbox")).content.decode()


def test_a_draft_keeps_a_reason_without_a_score_and_refuses_a_stale_version():
    case = cases.taken()
    criterion = case.application.call.criteria.first()
    saved = save(case, {criterion.pk: (None, "Une idée en cours")}, version=1)
    assert saved.version == 2
    assert saved.scores.get().reason == "Une idée en cours"
    with pytest.raises(actions.StaleReview) as stale:
        save(case, {criterion.pk: (4, "Écrit dans un autre onglet")}, version=1)
    assert stale.value.saved.scores.get().reason == "Une idée en cours"


def save(case, scores, *, version, cents=None, opinion="", reasons=""):
    return actions.save_scores(
        review=case.review,
        scores=scores,
        opinion=opinion,
        reasons=reasons,
        proposed_cents=cents,
        version=version,
        actor=case.desk,
        now=NOW,
    )


def test_scores_stay_on_the_scale_and_money_within_what_is_asked():
    case = cases.taken()
    criterion = case.application.call.criteria.first()
    with pytest.raises(actions.BadScore, match="de 0 à") as refusal:
        save(case, {criterion.pk: (criterion.scale_max + 1, "")}, version=1)
    assert refusal.value.field == f"score_{criterion.pk}"
    with pytest.raises(actions.BadScore, match="30"):
        save(case, {}, version=1, cents=30_000_01)
    elsewhere = fund.call().criteria.first()
    with pytest.raises(actions.BadScore, match="autre appel"):
        save(case, {elsewhere.pk: (1, "")}, version=1)
    assert not Score.objects.exists()


@pytest.mark.parametrize("gap", ["score", "reason", "opinion", "reasons", None])
def test_an_opinion_is_given_whole_or_not(gap):
    case = cases.taken()
    marks = cases.grades(case.application)
    first = next(iter(marks))
    if gap == "score":
        marks[first] = (None, "sans note")
    if gap == "reason":
        marks[first] = (2, "  ")
    opinion = "" if gap == "opinion" else "reserved"
    reasons = "" if gap == "reasons" else "Motifs écrits."
    draft = save(case, marks, version=1, opinion=opinion, reasons=reasons)
    if gap is None:
        given = actions.give_opinion(review=draft, version=2, actor=case.desk, now=NOW)
        assert given.given_at == NOW
        return
    with pytest.raises(actions.Unfinished) as refusal:
        actions.give_opinion(review=draft, version=2, actor=case.desk, now=NOW)
    assert refusal.value.field.startswith(gap)
    assert Review.objects.get().given_at is None


def test_a_given_opinion_never_changes_not_even_by_sql():
    case = cases.given()
    with pytest.raises(actions.AlreadyGiven):
        save(case, {}, version=case.review.version)
    changes = [
        "UPDATE review_review SET reasons = 'autre'",
        "UPDATE review_score SET value = 0",
    ]
    for change in changes:
        refused = pytest.raises(DatabaseError, match="rendu")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    # Negative control: a draft does change.
    draft = cases.taken().review
    Review.objects.filter(pk=draft.pk).update(reasons="autre")


def test_somebody_elses_opinion_is_not_mine_to_write():
    case = cases.taken()
    other = cases.desk(case.application)
    with pytest.raises(actions.NotYours):
        actions.give_opinion(review=case.review, version=1, actor=other, now=NOW)


def test_complements_go_to_the_applicant_and_back():
    case = cases.taken()
    application = case.application
    with pytest.raises(actions.BadRequest) as refusal:
        actions.ask_complements(
            application=application, due_on=NOW.date(), message="RIB", actor=case.desk, now=NOW
        )
    assert refusal.value.field == "due_on"
    actions.ask_complements(
        application=application,
        due_on=NOW.date() + timedelta(days=10),
        message="Joignez un RIB lisible.",
        actor=case.desk,
        now=NOW,
    )
    application.refresh_from_db()
    assert application.state == "incomplete"
    letter = Message.objects.get(to=application.filed_by.email, subject__contains="il manque")
    assert "Joignez un RIB lisible." in letter.body and "22\u00a0mai\u00a02027" in letter.body
    with pytest.raises(actions.NotYours):
        answer(application, case.desk)
    answer(application, application.created_by)
    application.refresh_from_db()
    assert application.state == "in_review"
    back = Message.objects.get(to=case.desk.email)
    assert "C'est fait." in back.body
    assert f"http://127.0.0.1:8000/instruction/{application.number}/" in back.body


def answer(application, actor):
    return actions.answer_complements(
        application=application, answer="C'est fait.", actor=actor, now=NOW
    )


def test_an_answer_is_refused_while_the_file_is_not_complete():
    case = cases.taken()
    application = case.application
    actions.ask_complements(
        application=application, due_on=date(2027, 6, 1), message="?", actor=case.desk, now=NOW
    )
    application.lines.filter(side="charge").first().delete()
    with pytest.raises(actions.Incomplete, match="plus complet"):
        answer(application, application.created_by)
    application.refresh_from_db()
    assert application.state == "incomplete"


def test_proposing_needs_a_given_opinion():
    case = cases.taken()
    with pytest.raises(actions.NoOpinion):
        actions.propose(application=case.application, actor=case.desk, now=NOW)
    draft = cases.saved(case.review)
    actions.give_opinion(review=draft, version=draft.version, actor=case.desk, now=NOW)
    actions.propose(application=case.application, actor=case.desk, now=NOW)
    assert Application.objects.get(pk=case.application.pk).state == "proposed"


def test_a_signatory_sends_back_with_a_reason():
    case = cases.proposed()
    signatory = cases.signatory()
    with pytest.raises(actions.BadRequest):
        actions.send_back(application=case.application, reason=" ", actor=signatory, now=NOW)
    with pytest.raises(actions.NotYours):
        actions.send_back(application=case.application, reason="?", actor=case.desk, now=NOW)
    actions.send_back(
        application=case.application, reason="Le budget est à revoir.", actor=signatory, now=NOW
    )
    assert Application.objects.get(pk=case.application.pk).state == "in_review"
    assert "Le budget est à revoir." in Message.objects.get(to=case.desk.email).body


def test_nobody_instructs_the_file_of_their_own_organisation():
    application = fund.filed()
    desk = cases.desk(application)
    fund.give(desk, Role.APPLICANT, application.organisation)
    with pytest.raises(actions.NotYours, match="votre|vous avez un mandat"):
        actions.take(application=application, actor=desk, now=NOW)


def test_the_journal_holds_the_whole_opinion():
    case = cases.given()
    event = Event.objects.get(action="review.give")
    assert event.subject == f"application:{case.application.pk}"
    assert event.actor_id == case.desk.pk
    assert event.data["proposed_cents"] == 25_000_00
    kept = {(s["criterion"], s["value"], s["reason"]) for s in event.data["scores"]}
    shown = {(s.criterion.code, s.value, s.reason) for s in case.review.scores.all()}
    assert kept == shown and len(kept) == 6


def test_the_weighted_score_is_exact():
    # 3/4 with weight 1, 1/3 with weight 2: (3/4 + 2/3) / 3 = 17/36.
    assert scoring.weighted([(3, 4, 1), (1, 3, 2)]) == Fraction(17, 36)
    assert scoring.weighted([]) is None
    assert scoring.on_hundred(Fraction(17, 36)) == "47,2\u00a0/\u00a0100"
    assert scoring.on_hundred(Fraction(1, 1)) == "100\u00a0/\u00a0100"
    # Halves go up, exactly: 0.0005 is 0,05 on a hundred.
    assert scoring.on_hundred(Fraction(1, 2000)) == "0,1\u00a0/\u00a0100"


# Pages


def page(client, name, application):
    """A page of the file, for somebody who said that they have no link with it."""
    cases.declare(application, User.objects.get(pk=client.session["_auth_user_id"]))
    return client.get(reverse(f"review:{name}", args=[application.number]))
