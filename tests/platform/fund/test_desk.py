"""The desk's own tools: experts, colleagues, saved views, several files at once, visits."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from ensemblier.base.notices.models import Message as Notice
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import State
from ensemblier.fund.review import access, desk, experts, visits
from ensemblier.fund.review import actions as review
from ensemblier.fund.review.models import Assignment, Interest, Review, SavedView
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in
from tests.platform.fund.test_co_instruction import LATER, declare

pytestmark = pytest.mark.django_db
NOW = cases.NOW


def actor(user):
    return Actor(user, day=in_paris(NOW).date())


# Experts.


def invited(application, by, email="experte@exemple.fr"):
    experts.invite_expert(
        application=application, email=email, question="Le froid ?", actor=by, now=NOW
    )
    body = Notice.objects.get(template="review/emails/expert.txt", to=email).body
    return re.search(r"/expertise/([^/]+)/", body)[1]


def test_an_expert_sees_one_file_and_no_other_opinion(client):
    case = cases.given()
    token = invited(case.application, case.desk)
    other = cases.given(fund.filed()).application
    expert = fund.user()
    expert.email = "experte@exemple.fr"
    expert.save()
    wrong = fund.user()
    with pytest.raises(experts.InvitationOver, match="experte@exemple.fr"):
        experts.accept_expert(token=token, user=wrong, now=NOW)
    experts.accept_expert(token=token, user=expert, now=NOW)
    cases.declare(case.application, expert)
    sign_in(client, expert)
    page = client.get(reverse("review:file", args=[case.application.number])).content.decode()
    assert case.application.title in page and "Projet solide" not in page
    assert client.get(reverse("review:file", args=[other.number])).status_code == 404
    listed = client.get(reverse("review:inbox")).content.decode()
    assert case.application.number in listed and other.number not in listed
    # The whole file with its papers, and no other.
    assert (
        client.get(reverse("applications:detail", args=[case.application.number])).status_code
        == 200
    )
    assert client.get(reverse("applications:detail", args=[other.number])).status_code == 404
    draft = review.join(application=case.application, actor=expert, now=NOW)
    assert draft.level == Review.Level.EXPERT
    with pytest.raises(review.NotYours):
        review.propose(application=case.application, actor=expert, now=NOW)


def test_an_invitation_ends_by_its_date_or_by_the_desk():
    case = cases.given()
    token = invited(case.application, case.desk)
    late = NOW + experts.LASTS
    expert = fund.user()
    expert.email = "experte@exemple.fr"
    expert.save()
    with pytest.raises(experts.InvitationOver, match="expiré"):
        experts.accept_expert(token=token, user=expert, now=late)
    invitation = experts.accept_expert(token=token, user=expert, now=NOW)
    assert access.may_read(actor(expert), case.application).allowed
    past = Actor(expert, day=in_paris(late).date() + timedelta(days=1))
    assert not access.may_read(past, case.application).allowed
    experts.withdraw_expert(invitation=invitation, actor=case.desk, now=NOW)
    assert not access.may_read(actor(expert), case.application).allowed


# Desk.


def test_a_file_is_given_to_a_colleague_who_may_instruct_it():
    case = cases.given()
    colleague = cases.desk(case.application)
    desk.assign(application=case.application, instructor=colleague, actor=case.desk, now=NOW)
    assert Assignment.objects.get(application=case.application).instructor == colleague
    far = fund.user(Role.INSTRUCTOR, department=fund.place("13").department)
    with pytest.raises(desk.BadColleague):
        desk.assign(application=case.application, instructor=far, actor=case.desk, now=NOW)
    declare(case.application, colleague)
    with pytest.raises(desk.BadColleague):
        desk.assign(application=case.application, instructor=colleague, actor=case.desk, now=NOW)


def test_a_view_is_kept_shared_and_dropped_by_its_owner(client):
    case = cases.given()
    colleague = cases.desk(case.application)
    sign_in(client, case.desk)
    client.post(
        reverse("review:save_view"),
        {"name": "Mes QPV", "query": "zonage=QPV&page=3&x=1", "shared": "on"},
    )
    view = SavedView.objects.get()
    assert view.query == "zonage=QPV"
    sign_in(client, colleague)
    assert "Mes QPV" in client.get(reverse("review:inbox")).content.decode()
    client.post(reverse("review:drop_view", args=[view.pk]))
    assert SavedView.objects.exists()
    sign_in(client, case.desk)
    client.post(reverse("review:drop_view", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_several_files_say_first_what_will_and_will_not_be_done(client):
    first, second = fund.filed(), fund.filed()
    taken = cases.taken(second).application
    person = cases.desk(first)
    sign_in(client, person)
    chosen = {"verbe": "prendre", "n": [first.number, taken.number]}
    page = client.get(reverse("review:several"), chosen).content.decode()
    done, left = page.split("Ce qui ne sera pas fait")
    assert first.number in done and taken.number in left and "En instruction" in left
    assert Interest.objects.filter(user=person).count() == 0
    # Without the declaration, the file is not taken and the page says why.
    page = client.post(reverse("review:several"), chosen).content.decode()
    first.refresh_from_db()
    assert first.state == State.FILED and "lien avec ce dossier" in page
    client.post(reverse("review:several"), {**chosen, "has_no_link": "on"})
    first.refresh_from_db()
    assert first.state == State.IN_REVIEW
    assert Interest.objects.get(user=person, application=first).kind == "none"


def test_the_same_complement_goes_to_several_organisations(client):
    one = cases.given()
    two = cases.given(fund.filed(), by=one.desk)
    sign_in(client, one.desk)
    numbers = [one.application.number, two.application.number]
    sent = {"verbe": "complements", "n": numbers, "message": "", "due_on": "2027-06-01"}
    answer = client.post(reverse("review:several"), sent)
    assert answer.status_code == 422
    client.post(reverse("review:several"), {**sent, "message": "Le RIB.", "due_on": "2099-06-01"})
    for case in (one, two):
        case.application.refresh_from_db()
        assert case.application.state == State.INCOMPLETE
        assert case.application.complements.get().message == "Le RIB."


def test_the_workload_counts_by_person_and_place_in_few_queries(
    client, django_assert_max_num_queries
):
    case = cases.given()
    fund.filed()
    sign_in(client, case.desk)
    client.get(reverse("review:workload"))
    with django_assert_max_num_queries(10):
        page = client.get(reverse("review:workload")).content.decode()
    assert "Personne pour l&#x27;instant" in page and str(case.desk) in page


# Visits.


def test_a_visit_is_planned_filled_and_frozen(client):
    case = cases.given()
    sign_in(client, case.desk)
    address = reverse("review:visits", args=[case.application.number])
    assert client.post(address, {"visited_on": "demain"}).status_code == 422
    visit_page = client.post(address, {"visited_on": "2099-01-15"}).url
    page = client.get(visit_page).content.decode()
    assert page.count('type="radio"') == len(visits.grid().codes) * len(visits.ANSWERS)
    sent = {"version": "1", "answer_place": "yes", "note_place": "Conforme.", "finish": "1"}
    assert client.post(visit_page, sent).status_code == 422  # a conclusion is needed
    client.post(visit_page, {**sent, "conclusion": "Rien à redire."})
    page = client.get(visit_page).content.decode()
    assert "Conforme." in page and "Rien à redire." in page and "<textarea" not in page
    assert client.post(visit_page, sent).status_code == 403


def test_a_stale_visit_keeps_what_was_typed(client):
    case = cases.given()
    visit = visits.plan_visit(
        application=case.application,
        visited_on=in_paris(LATER).date(),
        actor=case.desk,
        now=NOW,
    )
    sign_in(client, case.desk)
    address = reverse("review:visit", args=[case.application.number, visit.pk])
    client.post(address, {"version": "1", "note_place": "Un"})
    answer = client.post(address, {"version": "1", "note_place": "Deux"})
    assert answer.status_code == 422 and "Deux" in answer.content.decode()
