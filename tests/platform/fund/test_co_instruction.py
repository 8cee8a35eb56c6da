"""Several people on one file: declared interests, thread, experts, editions, disagreement."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ensemblier.base.journal.models import Event, RefusedAttempt
from ensemblier.base.notices import digest
from ensemblier.base.notices.models import Message as Notice
from ensemblier.base.notices.topics import THREAD
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Role
from ensemblier.fund.review import access, interests, revising, thread
from ensemblier.fund.review import actions as review
from ensemblier.fund.review.models import Assignment, Interest, Message, Review
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = cases.NOW
LATER = NOW + timedelta(days=2)


def declare(application, user, kind="work", reason="J'y ai travaillé."):
    return interests.declare(application=application, kind=kind, reason=reason, actor=user, now=NOW)


def member_of(application):
    return fund.user(Role.APPLICANT, application.organisation)


def second_opinion(application, *, value, opinion="unfavourable"):
    """Another instructor who gives this value to every criterion."""
    other = fund.user(Role.INSTRUCTOR, region=application.department.region)
    cases.declare(application, other)
    draft = review.join(application=application, actor=other, now=NOW)
    draft = review.save_scores(
        review=draft,
        scores=cases.grades(application, value),
        opinion=opinion,
        reasons="Le projet ne tient pas sans nous.",
        proposed_cents=None,
        version=draft.version,
        actor=other,
        now=NOW,
    )
    return review.give_opinion(review=draft, version=draft.version, actor=other, now=NOW)


def answered(application, by, day=LATER):
    """Complements asked, then answered."""
    review.ask_complements(
        application=application,
        due_on=in_paris(day).date() + timedelta(days=10),
        message="Le bail.",
        actor=by,
        now=NOW + timedelta(hours=1),
    )
    review.answer_complements(
        application=application, answer="Voici.", actor=member_of(application), now=day
    )
    application.refresh_from_db()


# Declared interests.


def test_nothing_opens_before_the_declaration(client):
    case = cases.given()
    other = cases.desk(case.application)
    sign_in(client, other)
    number = [case.application.number]
    for name in ("file", "complement", "propose", "visits", "thread"):
        answer = client.get(reverse(f"review:{name}", args=number))
        assert answer.status_code == 302, name
        assert answer.url == reverse("review:declare", args=number)
    answer = client.post(reverse("review:join", args=number))
    assert answer.url == reverse("review:declare", args=number)
    assert not Review.objects.filter(reviewer=other).exists()
    client.post(answer.url, {"kind": "none"})
    page = client.get(reverse("review:file", args=number))
    assert page.status_code == 200
    assert "Projet solide" in page.content.decode()


def test_a_link_recuses_at_once_and_everywhere(client):
    case = cases.given()
    application, person = case.application, case.desk
    assert Assignment.objects.get(application=application).instructor == person
    # No link was declared first; one appeared since.
    declare(application, person)
    assert access.is_recused(person, application)
    assert not Assignment.objects.filter(application=application).exists()
    sign_in(client, person)
    page = client.get(reverse("review:file", args=[application.number])).content.decode()
    assert "Vous vous êtes déporté" in page.replace("vous vous", "Vous vous")
    assert "Projet solide" not in page and "/ 100" not in page
    for name in ("complement", "propose", "opinion", "thread", "assign", "invite_expert"):
        answer = client.get(reverse(f"review:{name}", args=[application.number]))
        assert answer.status_code == 403, name
    doings = [
        lambda: review.propose(application=application, actor=person, now=NOW),
        lambda: review.ask_complements(
            application=application,
            due_on=in_paris(LATER).date(),
            message="x",
            actor=person,
            now=NOW,
        ),
        lambda: revising.revise(application=application, actor=person, now=NOW),
        lambda: thread.post(
            application=application,
            body="x",
            is_internal=True,
            file=None,
            actor=person,
            now=NOW,
        ),
    ]
    for do in doings:
        with pytest.raises(review.NotYours, match="déporté"):
            do()


def test_the_list_shows_the_recused_no_score(client):
    case = cases.given()
    sign_in(client, case.desk)
    before = client.get(reverse("review:inbox")).content.decode()
    assert "/\xa0100" in before
    declare(case.application, case.desk)
    after = client.get(reverse("review:inbox")).content.decode()
    assert "/\xa0100" not in after and "déport" in after


def test_only_the_programme_lifts_a_recusal_and_never_its_own():
    case = cases.given()
    found = declare(case.application, case.desk)
    officer = fund.user(Role.PROGRAMME)
    with pytest.raises(review.NotYours):
        interests.lift(interest=found, reason="Ancien poste.", actor=case.desk, now=NOW)
    own = declare(case.application, officer)
    with pytest.raises(review.NotYours, match="déporté"):
        interests.lift(interest=own, reason="Ancien poste.", actor=officer, now=NOW)
    other = fund.user(Role.PROGRAMME)
    with pytest.raises(interests.BadInterest):
        interests.lift(interest=found, reason=" ", actor=other, now=NOW)
    interests.lift(interest=found, reason="Poste quitté depuis six ans.", actor=other, now=NOW)
    assert not access.is_recused(case.desk, case.application)
    event = Event.objects.get(action="interest.lift")
    assert event.actor_id == other.pk and event.data["user"] == case.desk.pk
    with pytest.raises(interests.AlreadyDeclared):
        declare(case.application, case.desk)


def test_a_declaration_form_says_what_is_wrong_and_keeps_what_was_typed(client):
    application = fund.filed()
    sign_in(client, cases.desk(application))
    address = reverse("review:declare", args=[application.number])
    answer = client.post(address, {"reason": "Je siège à son conseil."})
    assert answer.status_code == 422
    assert "Je siège à son conseil." in answer.content.decode()
    answer = client.post(address, {"kind": "other", "reason": ""})
    assert answer.status_code == 422
    assert "Dites quel est ce lien" in answer.content.decode()
    assert not Interest.objects.exists()


# Refusals are kept.


def test_a_403_is_kept_with_who_what_and_why(client):
    case = cases.given()
    auditor = fund.user(Role.AUDITOR)
    sign_in(client, auditor)
    answer = client.get(reverse("review:propose", args=[case.application.number]))
    assert answer.status_code == 403
    row = RefusedAttempt.objects.get()
    assert (row.actor_id, row.action) == (auditor.pk, "GET review:propose")
    assert row.subject == f"application:{case.application.pk}" and "instructeur" in row.reason


# Editions.


def test_an_opinion_is_revised_after_complements_only_and_the_old_one_stays():
    case = cases.given()
    with pytest.raises(revising.NothingNew):
        revising.revise(application=case.application, actor=case.desk, now=NOW)
    answered(case.application, case.desk)
    new = revising.revise(application=case.application, actor=case.desk, now=LATER)
    assert (new.edition, new.replaces) == (2, case.review)
    # Until it is given, the old one counts.
    assert list(Review.objects.current()) == [case.review]
    draft = cases.saved(new, cents=10_000_00)
    review.give_opinion(review=draft, version=draft.version, actor=case.desk, now=LATER)
    assert [row.pk for row in Review.objects.current()] == [new.pk]
    case.review.refresh_from_db()
    assert case.review.proposed_cents == 25_000_00
    # Nothing was answered since the second one.
    with pytest.raises(revising.NothingNew):
        revising.revise(application=case.application, actor=case.desk, now=LATER)


def test_the_page_counts_the_last_edition_and_shows_the_first(client):
    case = cases.given()
    answered(case.application, case.desk)
    new = revising.revise(application=case.application, actor=case.desk, now=LATER)
    draft = review.save_scores(
        review=new,
        scores=cases.grades(case.application, 1),
        opinion="reserved",
        reasons="Moins sûr après la réponse.",
        proposed_cents=None,
        version=new.version,
        actor=case.desk,
        now=LATER,
    )
    review.give_opinion(review=draft, version=draft.version, actor=case.desk, now=LATER)
    sign_in(client, case.desk)
    page = client.get(reverse("review:file", args=[case.application.number])).content.decode()
    current, older = page.split("Versions précédentes")
    assert "Moins sûr après la réponse." in current and "Projet solide" not in current
    assert "Projet solide" in older
    assert "25\xa0/\xa0100" in current
    listed = client.get(reverse("review:inbox")).content.decode()
    assert "1 (25\xa0/\xa0100)" in listed


# Disagreement.


def test_a_disagreement_is_shown_with_its_table_and_a_note_reconciles_it(client):
    case = cases.given()
    sign_in(client, case.desk)
    address = reverse("review:file", args=[case.application.number])
    assert "ne disent pas la même chose" not in client.get(address).content.decode()
    second_opinion(case.application, value=0)
    page = client.get(address).content.decode()
    assert "ne disent pas la même chose" in page and "(fort)" in page
    note = reverse("review:reconcile", args=[case.application.number])
    assert client.post(note, {"note": " "}).status_code == 422
    client.post(note, {"note": "Nous retenons l'avis régional sur le budget."})
    assert "Nous retenons l&#x27;avis régional" in client.get(address).content.decode()


def test_a_note_needs_two_opinions():
    case = cases.given()
    with pytest.raises(revising.NothingNew):
        revising.reconcile(application=case.application, note="x", actor=case.desk, now=NOW)


# Thread.


def test_the_thread_goes_both_ways_and_notes_stay_inside(client):
    case = cases.given()
    member = member_of(case.application)
    thread.post(
        application=case.application,
        body="Avez-vous le bail ?",
        is_internal=False,
        file=None,
        actor=case.desk,
        now=NOW,
    )
    thread.post(
        application=case.application,
        body="Doute sur le bail.",
        is_internal=True,
        file=None,
        actor=case.desk,
        now=NOW,
    )
    sign_in(client, member)
    own = client.get(reverse("applications:detail", args=[case.application.number]))
    assert "Messages avec le service (1 non lu)" in own.content.decode()
    address = reverse("review:thread", args=[case.application.number])
    page = client.get(address).content.decode()
    assert "Avez-vous le bail" in page and "Doute sur le bail" not in page
    assert "Non lu" in page
    client.post(reverse("review:mark_read", args=[case.application.number]))
    assert "Non lu" not in client.get(address).content.decode()
    # The organisation cannot write an internal note, whatever its form sends.
    client.post(address, {"body": "Le voici.", "is_internal": "on"})
    assert Message.objects.get(author=member).is_internal is False
    assert Notice.objects.filter(to=case.desk.email, template="review/emails/message.txt").exists()
    assert client.post(address, {"body": ""}).status_code == 422


def test_a_stranger_and_the_network_head_do_not_read_the_thread(client):
    case = cases.given()
    stranger = fund.user(Role.APPLICANT, fund.organisation())
    sign_in(client, stranger)
    address = reverse("review:thread", args=[case.application.number])
    assert client.get(address).status_code == 404


def test_notices_follow_what_each_person_chose():
    case = cases.given()
    member = member_of(case.application)
    digest.choose(account=case.desk, rhythms={THREAD: "daily"})

    def write(body):
        thread.post(
            application=case.application,
            body=body,
            is_internal=False,
            file=None,
            actor=member,
            now=NOW,
        )

    write("Premier")
    write("Second")
    kept = Notice.objects.held().filter(account_id=case.desk.pk)
    assert kept.count() == 2
    assert digest.send_digests(NOW) == 1
    sent = Notice.objects.get(template=digest.TEMPLATE)
    assert sent.to == case.desk.email and "Premier" in sent.body and "Second" in sent.body
    assert digest.send_digests(NOW) == 0
    digest.choose(account=case.desk, rhythms={THREAD: "never"})
    before = Notice.objects.filter(to=case.desk.email).count()
    write("Troisième")
    assert Notice.objects.filter(to=case.desk.email).count() == before


def test_what_the_law_makes_us_send_cannot_be_switched_off():
    person = fund.user()
    with pytest.raises(digest.BadPreference, match="loi"):
        digest.choose(account=person, rhythms={"complements": "never"})
    assert digest.rhythm_of(person.pk, "complements") == "at_once"
