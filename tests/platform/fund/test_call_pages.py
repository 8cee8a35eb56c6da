"""The pages of calls and programmes: read by everyone, written by those in charge."""

from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.people.models import Role
from ensemblier.fund.calls.models import Call
from ensemblier.fund.programme.figures import figures
from ensemblier.fund.programme.models import Envelope, Programme
from tests import factories_fund as make
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db


def text(response) -> str:
    return response.content.decode().replace("\u00a0", " ").replace("&#x27;", "'")


def test_anyone_reads_the_calls_and_their_rules(client, django_assert_max_num_queries):
    call = make.call_open_now()
    assert call.title in text(client.get(reverse("calls:list")))
    with django_assert_max_num_queries(14):
        page = text(client.get(reverse("calls:detail", args=[call.slug])))
    for words in (
        "La réponse à des situations de précarité alimentaire",
        "Couverture de zones blanches",
        "Seulement si l'enveloppe le permet.",
        "80 % du budget",
        "200 000 €",
        "(heure de Paris)",
        "Préparer un dossier",
    ):
        assert words in page


def test_a_draft_call_is_hidden_from_all_but_the_programme(client):
    call = make.call(published=False)
    address = reverse("calls:detail", args=[call.slug])
    assert client.get(address).status_code == 404
    assert call.title not in text(client.get(reverse("calls:list")))
    sign_in(client, make.user(Role.INSTRUCTOR))
    assert client.get(address).status_code == 404
    sign_in(client, make.user(Role.PROGRAMME))
    assert client.get(address).status_code == 200
    assert call.title in text(client.get(reverse("calls:list")))


@pytest.mark.parametrize("role", [None, Role.APPLICANT, Role.SIGNATORY, Role.AUDITOR, Role.PAYER])
def test_only_the_programme_writes(client, role):
    call = make.call(published=False)
    envelope = call.envelopes.get()
    sign_in(client, make.user(role))
    for name, arguments, status in (
        ("calls:new", [], 403),
        ("calls:edit", [call.slug], 404),
        ("calls:expenses", [call.slug], 404),
        ("calls:publish", [call.slug], 404),
        ("programme:new", [], 403),
        ("programme:new_envelope", [], 403),
        ("programme:contribute", [envelope.pk], 403),
    ):
        for answer in (
            client.get(reverse(name, args=arguments)),
            client.post(reverse(name, args=arguments), {}),
        ):
            assert answer.status_code == status, name
    call.refresh_from_db()
    assert call.published_at is None


def test_a_published_call_has_no_page_to_change_it(client):
    call = make.call()
    sign_in(client, make.user(Role.PROGRAMME))
    for name in ("edit", "expenses", "publish"):
        assert client.get(reverse(f"calls:{name}", args=[call.slug])).status_code == 404


@time_machine.travel("2027-03-01T10:00:00+01:00")
def test_a_call_is_written_changed_and_published_through_the_pages(client):
    envelope = make.envelope()
    sign_in(client, make.user(Role.PROGRAMME))
    sent = {
        "programme": envelope.programme_id,
        "strand": "local",
        "title": "Paniers de nos quartiers",
        "description": "Pour les paniers.",
        "zone": "Indian/Reunion",
        "opens_at": "2027-05-01T08:00",
        "closes_at": "2027-06-30T12:00",
        "first_year": "2027",
        "last_year": "2028",
        "max_rate_bp": "66,67",
        "min_cents": "1 000",
        "max_cents": "50 000,50",
        "envelopes": [envelope.pk],
    }
    response = client.post(reverse("calls:new"), sent)
    call = Call.objects.get()
    assert response["Location"] == reverse("calls:detail", args=["paniers-de-nos-quartiers"])
    assert (call.max_rate_bp, call.max_cents) == (6667, 50_000_50)
    assert call.closes_at.isoformat() == "2027-06-30T08:00:00+00:00"
    assert (call.criteria.count(), call.expenses.count()) == (6, 5)
    edit = reverse("calls:edit", args=[call.slug])
    assert "2027-06-30T12:00" in text(client.get(edit))
    client.post(edit, {**sent, "title": "Paniers des quartiers"})
    assert Call.objects.get().title == "Paniers des quartiers"
    client.post(
        reverse("calls:expenses", args=[call.slug]),
        {
            "engineering-priority": "1",
            "investment-priority": "2",
            "investment-cap": "20",
            "investment-condition": "envelope",
        },
    )
    assert list(call.expenses.values_list("expense_class", "cap_bp", "condition")) == [
        ("engineering", 10_000, ""),
        ("investment", 2_000, "envelope"),
    ]
    publish = reverse("calls:publish", args=[call.slug])
    assert "ne changeront plus" in text(client.get(publish))
    again = client.post(publish)
    assert again.status_code == 422
    assert "J'ai relu l'appel" in text(again)
    client.post(publish, {"is_sure": "on"})
    call.refresh_from_db()
    assert call.published_at is not None


def test_a_wrong_call_is_refused_and_kept_on_the_page(client):
    envelope = make.envelope()
    sign_in(client, make.user(Role.PROGRAMME))
    response = client.post(
        reverse("calls:new"),
        {
            "programme": envelope.programme_id,
            "strand": "local",
            "title": "Mon appel",
            "description": "x",
            "zone": "Europe/Paris",
            "opens_at": "2027-06-30T12:00",
            "closes_at": "2027-05-01T08:00",
            "first_year": "2027",
            "last_year": "2028",
            "max_rate_bp": "180",
        },
    )
    assert response.status_code == 422
    assert "Mon appel" in text(response)
    assert "jusqu'à 100" in text(response)
    assert not Call.objects.exists()


def test_two_calls_with_one_title_have_two_addresses(client):
    from ensemblier.fund.calls.actions import free_slug

    make.call(slug="paniers")
    assert free_slug("Paniers") == "paniers-2"
    assert free_slug("Nouveau") == "nouveau-2"


def test_anyone_reads_the_money_of_the_programme(client, django_assert_max_num_queries):
    envelope = make.envelope(123_456_00)
    with django_assert_max_num_queries(6):
        page = text(client.get(reverse("programme:index")))
    assert "123 456 €" in page
    page = text(client.get(reverse("programme:envelope", args=[envelope.pk])))
    assert "Direction générale de la cohésion sociale" in page
    assert client.get(reverse("programme:envelope", args=[9_999])).status_code == 404


def test_a_programme_its_envelope_and_its_money_through_the_pages(client):
    owner = make.state()
    sign_in(client, make.user(Role.PROGRAMME))
    client.post(
        reverse("programme:new"),
        {
            "name": "Fonds 2027",
            "purpose": "Soutenir.",
            "owner": owner.pk,
            "first_year": "2027",
            "last_year": "2031",
        },
    )
    programme = Programme.objects.get()
    sent = {"programme": programme.pk, "year": "2027", "strand": "national", "region": ""}
    client.post(reverse("programme:new_envelope"), sent)
    envelope = Envelope.objects.get()
    again = client.post(reverse("programme:new_envelope"), sent)
    assert again.status_code == 422
    assert "existe déjà" in text(again)
    sent = {
        "key": str(uuid4()),
        "contributor": owner.pk,
        "amount_cents": "60 000",
        "day": timezone.localdate().isoformat(),
    }
    address = reverse("programme:contribute", args=[envelope.pk])
    for _ in range(2):
        assert client.post(address, sent).status_code == 302
    assert figures(envelope).contributed == 60_000_00
    changed = client.post(address, {**sent, "amount_cents": "61 000"})
    assert changed.status_code == 422
    assert "déjà servi" in text(changed)
