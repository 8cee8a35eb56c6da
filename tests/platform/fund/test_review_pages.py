"""Pages of review: opinions, filters, the file."""

from datetime import date

import pytest
from django.urls import reverse

from ensemblier.base.people.models import Organisation, Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.review import actions
from ensemblier.fund.review.models import Review
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in
from tests.platform.fund.test_review import NOW, answer, page  # noqa: F401

pytestmark = pytest.mark.django_db


def test_an_opinion_is_hidden_from_others_until_given(client):
    case = cases.taken()
    cases.saved(case.review)
    other = sign_in(client, cases.desk(case.application))
    text = page(other, "file", case.application).content.decode()
    assert "Projet solide" not in text and "Constat sur" not in text
    assert "1 avis est en préparation" in text
    actions.give_opinion(review=case.review, version=2, actor=case.desk, now=NOW)
    text = page(other, "file", case.application).content.decode()
    assert "Projet solide" in text and "Constat sur C1" in text
    assert "75\u00a0/\u00a0100" in text


def test_take_write_and_give_through_the_pages(client):
    application = fund.filed()
    desk = cases.desk(application)
    sign_in(client, desk)
    cases.declare(application, desk)
    assert client.get(reverse("review:take", args=[application.number])).status_code == 405
    client.post(reverse("review:take", args=[application.number]))
    address = reverse("review:opinion", args=[application.number])
    typed = {"version": 1, "reasons": "Un début.", "opinion": "", "proposed": "12 000,50"}
    done = client.post(address, typed | {"save": "1"})
    assert done.status_code == 302
    assert Review.objects.get().proposed_cents == 12_000_50
    # Giving too early keeps the draft, says what lacks, and shows what was typed.
    early = client.post(address, typed | {"version": 2, "reasons": "Plus long.", "give": "1"})
    text = early.content.decode()
    assert early.status_code == 422 and "Notez «" in text and "Plus long." in text
    assert Review.objects.get().reasons == "Plus long."
    assert 'name="version" value="3"' in text
    full = typed | {"version": 3, "opinion": "favourable", "give": "1"}
    for criterion in application.call.criteria.all():
        full |= {f"score_{criterion.pk}": "4", f"reason_{criterion.pk}": "Oui."}
    assert client.post(address, full).status_code == 302
    assert Review.objects.get().given_at is not None


def test_two_tabs_show_both_versions_and_lose_nothing(client):
    case = cases.taken()
    sign_in(client, case.desk)
    address = reverse("review:opinion", args=[case.application.number])
    client.post(address, {"version": 1, "reasons": "Premier onglet", "opinion": ""})
    second = client.post(address, {"version": 1, "reasons": "Second onglet", "opinion": ""})
    text = second.content.decode()
    assert second.status_code == 409
    assert "Premier onglet" in text and "Second onglet" in text
    assert Review.objects.get().reasons == "Premier onglet"
    # The page offers to keep what was typed, knowingly.
    client.post(address, {"version": 2, "reasons": "Second onglet", "opinion": ""})
    assert Review.objects.get().reasons == "Second onglet"


def test_a_wrong_complement_form_keeps_what_was_typed(client):
    case = cases.taken()
    sign_in(client, case.desk)
    address = reverse("review:complement", args=[case.application.number])
    text = client.post(address, {"message": "Un RIB lisible", "due_on": "hier"}).content.decode()
    assert "Un RIB lisible" in text and "n&#x27;est pas une date" in text
    past = client.post(address, {"message": "Un RIB lisible", "due_on": "2020-01-01"})
    assert "Laissez au moins un jour" in past.content.decode()
    assert Application.objects.get(pk=case.application.pk).state == "in_review"


def test_the_applicant_answers_on_a_page_and_others_do_not_see_it(client, db):
    case = cases.taken()
    application = case.application
    sign_in(client, application.created_by, strong=False)
    assert page(client, "answer", application).status_code == 404
    actions.ask_complements(
        application=application,
        due_on=date(2030, 1, 1),
        message="Le RIB ?",
        actor=case.desk,
        now=NOW,
    )
    assert "Le RIB ?" in page(client, "answer", application).content.decode()
    empty = client.post(reverse("review:answer", args=[application.number]), {"answer": " "})
    assert empty.status_code == 422
    client.post(reverse("review:answer", args=[application.number]), {"answer": "Le voici."})
    assert "Le voici." in page(client, "answer", application).content.decode()
    assert page(client, "file", application).status_code == 404
    sign_in(client, fund.user(Role.REPRESENTATIVE, fund.organisation()), strong=False)
    assert page(client, "answer", application).status_code == 404


def test_the_list_filters_sorts_and_pages(client):
    fund.bulk_applications(60)
    mine = fund.filed(title="Verger partagé")
    sign_in(client, fund.user(Role.PROGRAMME))
    address = reverse("review:inbox")

    def numbers(**query):
        return [row.number for row in client.get(address, query).context["found"].rows]

    assert len(numbers()) == 50 and len(numbers(page=2)) == 11
    assert numbers(q="verger") == [mine.number]
    assert numbers(appel=mine.call.slug) == [mine.number]
    assert len(numbers(etat="refused")) == 15
    assert numbers(tri="numero") == sorted(numbers(tri="numero"))
    assert numbers(tri="-numero")[0] == max(numbers(tri="-numero"))
    Application.objects.filter(pk=mine.pk).update(department=fund.place("63").department)
    assert numbers(departement="63") == [mine.number]
    assert numbers(etat="nimporte", q="verger") == [mine.number]
    both = set(numbers()) | set(numbers(page=2))
    assert len(both) == 61


@pytest.mark.parametrize("zoning", ["QPV", "FRR", "OVERSEAS"])
def test_the_list_filters_by_zoning(client, zoning):
    from ensemblier.base.territory.models import Zoning, ZoningVersion

    inside, outside = fund.filed(), fund.filed()
    if zoning == "QPV":
        Application.objects.filter(pk=inside.pk).update(qpv_codes=["QN06201M"])
    if zoning == "OVERSEAS":
        there = fund.place("97").department
        type(there).objects.filter(pk="97").update(zone="drom")
        Application.objects.filter(pk=inside.pk).update(department="97")
    if zoning == "FRR":
        version = ZoningVersion.objects.create(
            family="FRR", name="essai", valid_from=date(2020, 1, 1), legal_reference="arrêté"
        )
        commune = fund.place("63")
        Application.objects.filter(pk=inside.pk).update(commune=commune)
        Zoning.objects.create(
            kind="FRR",
            code="FRR",
            label="FRR",
            commune=commune,
            version=version,
            valid_from=date(2020, 1, 1),
        )
    sign_in(client, fund.user(Role.PROGRAMME))
    found = client.get(reverse("review:inbox"), {"zonage": zoning}).context["found"]
    assert [row.number for row in found.rows] == [inside.number] != [outside.number]
    assert found.rows[0].zones


def test_the_list_says_what_people_wrote_and_nothing_of_it_is_markup(client):
    row = fund.filed()
    Application.objects.filter(pk=row.pk).update(title="<script>'Le jardin'</script>")
    Organisation.objects.filter(pk=row.organisation_id).update(name='"Terre" & <b>eau</b>')
    officer = fund.user(Role.PROGRAMME)
    page = sign_in(client, officer).get(reverse("review:inbox")).content.decode()
    assert "&lt;script&gt;&#x27;Le jardin&#x27;&lt;/script&gt;" in page and "<script>'" not in page
    assert "&quot;Terre&quot; &amp; &lt;b&gt;eau&lt;/b&gt;" in page and "<b>eau" not in page
    assert f'aria-label="Choisir {row.number}"' in page
    # An auditor reads the same list and chooses nothing in it.
    read = sign_in(client, fund.user(Role.AUDITOR)).get(reverse("review:inbox")).content.decode()
    assert row.number in read and "Choisir" not in read


def test_the_list_and_the_file_stay_within_their_queries(client, django_assert_max_num_queries):
    fund.bulk_applications(120)
    case = cases.given()
    sign_in(client, case.desk)
    client.get(reverse("review:inbox"))
    with django_assert_max_num_queries(10):
        answer = client.get(reverse("review:inbox"))
    assert len(answer.content) < 100_000
    address = reverse("review:file", args=[case.application.number])
    with django_assert_max_num_queries(16):
        assert client.get(address).status_code == 200
