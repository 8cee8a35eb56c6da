"""Pages of files: starting one, a closed call, an ended session, a page refused."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application, State
from tests import factories_fund as make
from tests.factories_applications import draft, rows, send, step, text  # noqa: F401
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db


def test_a_closed_call_says_so_and_keeps_the_draft(client):
    now = timezone.now()
    call = make.call(opens_at=now - timedelta(days=60), closes_at=now - timedelta(days=1))
    row = make.complete(of=call, now=now - timedelta(days=2))
    sign_in(client, row.created_by)
    response = send(client, row)
    page = text(client.get(response["Location"]))
    assert "Cet appel a fermé le" in page
    assert "Ce que vous avez écrit reste enregistré." in page
    assert "Déposer le dossier" not in page
    row.refresh_from_db()
    assert (row.state, row.summary) == (State.DRAFT, make.STEPS["projet"]["summary"])
    assert "ne peut plus être déposé" in text(client.get(reverse("applications:mine")))
    start = text(client.get(reverse("applications:start", args=[call.slug])))
    assert "Cet appel est fermé" in start
    refused = client.post(
        reverse("applications:start", args=[call.slug]),
        {"organisation": row.organisation_id, "title": "Trop tard"},
    )
    assert refused.status_code == 422
    assert "Trop tard" in text(refused)


def test_a_file_is_started_from_its_call(client):
    by, call = make.organisation(), make.call_open_now()
    sign_in(client, make.user(Role.APPLICANT, by))
    address = reverse("applications:start", args=[call.slug])
    assert "L'appel ferme le" in text(client.get(address))
    response = client.post(address, {"organisation": by.pk, "title": "Nouveau jardin"})
    made = Application.objects.get(title="Nouveau jardin")
    assert response["Location"] == step(made, "projet")
    empty = client.post(address, {"organisation": by.pk, "title": ""})
    assert empty.status_code == 422


def test_starting_needs_an_organisation_and_an_account(client):
    address = reverse("applications:start", args=[make.call_open_now().slug])
    assert "connexion" in client.get(address)["Location"]
    sign_in(client, make.user())
    refused = client.get(address)
    assert refused.status_code == 403
    assert "rattaché à une organisation" in text(refused)


def test_a_half_typed_page_survives_the_end_of_the_session(client, draft):
    sign_in(client, draft.created_by)
    client.get(step(draft, "publics"))
    client.cookies.pop("sessionid")
    sent = {"needs": "Des mots à ne pas perdre", "version": 1, "page": "a"}
    response = client.post(step(draft, "publics"), sent)
    assert response.status_code == 302
    session = client.session
    assert "Des+mots" in session["parked"]["fields"]
    client.force_login(draft.created_by)
    page = text(client.get(step(draft, "publics")))
    assert "Des mots à ne pas perdre" in page


def test_the_territory_shows_its_zonings(client, draft):
    sign_in(client, draft.created_by)
    sent = {"commune": "Audruicq (62)", "departments": "62", "version": 1, "page": "a"}
    assert client.post(step(draft, "territoire"), sent).status_code == 302
    assert "Aucun zonage particulier" in text(client.get(step(draft, "territoire")))
    wrong = client.post(
        step(draft, "territoire"),
        {"commune": "Nulle-Part", "departments": "999", "version": 2, "page": "a"},
    )
    assert wrong.status_code == 422
    assert "Nulle-Part" in text(wrong)
    assert "999" in text(wrong)
    draft.refresh_from_db()
    assert draft.commune.name == "Audruicq"


def test_a_useful_effect_written_twice_is_told_and_kept_on_the_page(client, draft):
    sign_in(client, draft.created_by)
    row = {"effect": "health", "funder": "CAF", "certainty": "asked", "explanation": "Deux fois"}
    sent = {**rows("effects", row, row), "model_path": "Des mots", "version": 1, "page": "a"}
    response = client.post(step(draft, "modele"), sent)
    assert response.status_code == 422
    assert "Cet effet utile est déjà cité pour ce financeur." in text(response)
    assert text(response).count("Deux fois") == 2 and "Des mots" in text(response)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("projet", ["des mangeurs aux producteurs", "n'est pas toujours meilleur"]),
        ("publics", ["ne se demande qu'à qui en a les moyens : argent, moral, santé"]),
    ],
)
def test_words_to_debate_and_who_may_contribute_are_told_where_one_writes(
    client, draft, page, words
):
    sign_in(client, draft.created_by)
    told = text(client.get(step(draft, page)))
    assert [each for each in words if each not in told] == []
