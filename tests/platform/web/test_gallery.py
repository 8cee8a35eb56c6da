"""The gallery, the choice of light or dark, and the pages for what went wrong."""

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.test import Client, RequestFactory

from ensemblier.web import failures
from ensemblier.web.gallery.views import SAMPLES

# No django_db mark here: these pages must show when the database does not answer.


def test_the_gallery_is_light_and_asks_nothing_of_the_database(client):
    answer = client.get("/composants")
    assert answer.status_code == 200
    assert len(answer.content) < 140_000
    assert "Il reste 9 choses à corriger" in answer.text


@pytest.mark.parametrize("name", SAMPLES)
def test_every_whole_page_shows(client, name):
    answer = client.get(f"/composants/pages/{name}")
    assert answer.status_code == 200
    assert answer.text.count("<h1>") == 1
    assert '<html lang="fr"' in answer.text


def test_an_unknown_sample_is_a_page_that_does_not_exist(client):
    answer = client.get("/composants/pages/rien")
    assert answer.status_code == 404
    assert "Cette page n&#x27;existe pas" in answer.text or "n'existe pas" in answer.text


def test_the_appearance_is_kept_and_worn(client):
    answer = client.post("/apparence/", {"theme": "dark", "next": "/composants?a=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/composants?a=1")
    assert 'data-theme="dark"' in client.get("/composants").text
    client.post("/apparence/", {"theme": "auto", "next": "/composants"})
    assert "data-theme" not in client.get("/composants").text


@pytest.mark.parametrize("back", ["https://ailleurs.example/", "//ailleurs.example", "", "x:y"])
def test_the_appearance_never_leads_elsewhere(client, back):
    answer = client.post("/apparence/", {"theme": "light", "next": back})
    assert answer["Location"] == "/"


def test_an_invented_appearance_is_not_kept(client):
    answer = client.post("/apparence/", {"theme": '"><script>', "next": "/composants"})
    assert "theme" not in answer.cookies


def test_a_cookie_made_by_hand_changes_nothing(client):
    client.cookies["theme"] = "dark-x"
    assert "data-theme" not in client.get("/composants").text


# An expired page: what was typed comes back, unless the form was forged -----------------------

TYPED = {"summary": "Des paniers & des <b>ateliers</b>", "key": "1", "csrfmiddlewaretoken": "old"}


def expired(headers: dict[str, str], data: dict[str, str]):
    return Client(enforce_csrf_checks=True).post("/apparence/", data, headers=headers)


def test_what_was_typed_can_be_sent_again():
    answer = expired({"origin": "http://testserver"}, TYPED)
    assert answer.status_code == 403
    assert "Des paniers &amp; des &lt;b&gt;ateliers&lt;/b&gt;" in answer.text
    assert '<form method="post" action="/apparence/">' in answer.text
    assert 'value="old"' not in answer.text


@pytest.mark.parametrize(
    "headers", [{"origin": "https://ailleurs.example"}, {"origin": "null"}, {}]
)
def test_a_forged_form_is_not_handed_back(headers):
    answer = expired(headers, TYPED)
    assert answer.status_code == 403
    assert "paniers" not in answer.text


def test_a_password_is_never_written_in_a_page():
    answer = expired({"origin": "http://testserver"}, TYPED | {"password1": "s3cret-mot"})
    assert answer.status_code == 403
    assert "s3cret-mot" not in answer.text


# Other failures -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "status", "said"),
    [
        (RequestDataTooBig("big"), 413, "trop lourd"),
        (SuspiciousOperation("odd"), 400, "mal formée"),
    ],
)
def test_a_refused_request_says_why(problem, status, said):
    answer = failures.bad_request(RequestFactory().get("/"), problem)
    assert answer.status_code == status
    assert said in answer.content.decode()


def test_a_bug_shows_a_page_without_the_database():
    answer = failures.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Le site a rencontré un problème" in answer.content.decode()
