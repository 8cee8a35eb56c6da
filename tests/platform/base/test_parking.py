"""A session that ends over a half-typed form loses nothing, and gives nothing to anyone else."""

import pytest
from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.people import parking
from ensemblier.base.people.models import Organisation, Role
from tests import factories_fund as fund
from tests.factories_library import make_library
from tests.factories_people import a_siret, make_person, make_user, sign_in

URL = "/organisations/nouvelle/"
TYPED = {"siret": a_siret(7), "name": "Jardin de Cocagne", "kind": "association"}
PASSWORD = "un long mot de passe 42"


@pytest.fixture
def user(db):
    return make_user("ana@exemple.fr", password=PASSWORD)


def log_in(client, email="ana@exemple.fr", url="/connexion/"):
    return client.post(url, {"login": email, "password": PASSWORD})


def lose_session(client):
    """As when it expires: the session cookie is worth nothing, the others remain."""
    client.session.flush()
    del client.cookies["sessionid"]


@pytest.fixture
def half_typed(user):
    """A browser whose session ended while a form was being filled, and which then sent it."""
    client = Client()
    log_in(client)
    client.get(URL)
    lose_session(client)
    answer = client.post(URL, TYPED | {"csrfmiddlewaretoken": "x", "password": "secret"})
    assert answer.url == f"/connexion/?next={URL}"
    assert not Organisation.objects.exists()
    return client


def test_what_was_typed_comes_back_after_sign_in(half_typed):
    answer = log_in(half_typed, url=f"/connexion/?next={URL}")
    assert answer.url == URL
    page = half_typed.get(URL).content.decode()
    assert 'value="Jardin de Cocagne"' in page
    assert TYPED["siret"] in page
    assert parking.NOTICE in page
    assert "field-error" not in page
    sent = half_typed.post(URL, TYPED)
    assert sent.status_code == 302
    assert Organisation.objects.get().name == "Jardin de Cocagne"
    assert "Jardin de Cocagne" not in half_typed.get(URL).content.decode()


def test_it_stays_until_it_is_sent(half_typed):
    log_in(half_typed)
    for _ in range(2):
        assert 'value="Jardin de Cocagne"' in half_typed.get(URL).content.decode()
    other = half_typed.get("/organisations/rejoindre/").content.decode()
    assert parking.NOTICE not in other


def test_another_account_gets_nothing(half_typed):
    make_user("bob@exemple.fr", password=PASSWORD)
    log_in(half_typed, "bob@exemple.fr")
    page = half_typed.get(URL).content.decode()
    assert "Jardin de Cocagne" not in page
    assert parking.NOTICE not in page


def test_passwords_and_tokens_are_not_kept(half_typed):
    kept = half_typed.session[parking.PARKED]["fields"]
    assert "secret" not in kept
    assert "csrf" not in kept


def test_a_browser_that_never_signed_in_keeps_nothing(db):
    client = Client()
    assert client.post(URL, TYPED).status_code == 302
    assert parking.PARKED not in client.session


def test_a_forged_cookie_keeps_nothing(user):
    client = Client()
    client.cookies[parking.WHO_COOKIE] = '{"user": 1}:forged'
    client.post(URL, TYPED)
    assert parking.PARKED not in client.session


def test_too_much_is_not_kept(half_typed):
    lose_session(half_typed)
    half_typed.post(URL, TYPED | {"name": "x" * (parking.LARGEST + 1)})
    assert parking.PARKED not in half_typed.session


def test_an_idle_session_of_the_desk_keeps_it_too(db):
    client = sign_in(Client(), make_person(Role.SUPPORT))
    client.get(URL)
    session = client.session
    session["seen"] -= 31 * 60
    session.save()
    client.post(URL, TYPED)
    assert "Jardin" in client.session[parking.PARKED]["fields"]


def test_files_are_asked_again(user):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = Client()
    log_in(client)
    client.get(URL)
    lose_session(client)
    client.post(URL, TYPED | {"document": SimpleUploadedFile("a.pdf", b"%PDF-1.4")})
    log_in(client)
    assert "Choisissez de nouveau les fichiers" in client.get(URL).content.decode()


def test_the_form_page_is_where_one_comes_back_to(user):
    """A button that posts to another address brings back to the page that held it."""
    client = Client()
    log_in(client)
    client.get(URL)
    lose_session(client)
    headers = {"Referer": f"http://testserver{URL}?siret=1"}
    answer = client.post(reverse("people:organisation_find"), TYPED, headers=headers)
    assert answer.url == "/connexion/?next=/organisations/nouvelle/%3Fsiret%3D1"
    log_in(client)
    assert 'value="Jardin de Cocagne"' in client.get(URL).content.decode()


def test_another_site_cannot_choose_the_way_back(user):
    client = Client()
    log_in(client)
    client.get(URL)
    lose_session(client)
    answer = client.post(URL, TYPED, headers={"Referer": "https://ailleurs.exemple.fr/piege/"})
    assert answer.url == f"/connexion/?next={URL}"


def test_an_autosave_is_sent_to_sign_in_as_a_page(user):
    client = Client()
    log_in(client)
    client.get(URL)
    lose_session(client)
    answer = client.post(URL, TYPED, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == f"/connexion/?next={URL}"
    assert parking.PARKED in client.session


def test_the_token_of_an_ended_session_still_lets_the_form_be_parked(user):
    """The CSRF cookie outlives the session; without it the form would be refused, not parked."""
    client = Client(enforce_csrf_checks=True)
    client.get("/connexion/")
    form = {"login": user.email, "password": PASSWORD}
    client.post("/connexion/", form | {"csrfmiddlewaretoken": client.cookies["csrftoken"].value})
    client.get(URL)
    token = client.cookies["csrftoken"].value
    lose_session(client)
    assert client.post(URL, TYPED | {"csrfmiddlewaretoken": token}).status_code == 302
    assert "Jardin" in client.session[parking.PARKED]["fields"]
    assert client.post(URL, TYPED).status_code == 403  # negative control


@pytest.mark.parametrize("name", ["library:start", "applications:withdraw"])
def test_the_way_into_a_file_and_out_of_it_keep_it_too(user, name):
    home = fund.organisation()
    fund.give(user, Role.APPLICANT, home)
    if name == "library:start":
        make_library()
        url, typed = reverse(name, args=["jardins-de-dinan"]), {"title": "Le jardin du canal"}
        fund.call_open_now()
    else:
        draft = fund.draft(of=fund.call_open_now(), by=home, actor=user, now=timezone.now())
        url, typed = reverse(name, args=[draft.number]), {"reason": "Le jardin du canal"}
    client = Client()
    log_in(client)
    assert "Le jardin du canal" not in client.get(url).content.decode()
    lose_session(client)
    assert client.post(url, typed).url == f"/connexion/?next={url}"
    log_in(client, url=f"/connexion/?next={url}")
    page = client.get(url).content.decode()
    assert "Le jardin du canal" in page
    assert parking.NOTICE in page


def test_a_form_with_several_values_comes_back_whole(rf, user):
    class Choice(forms.Form):
        links = forms.MultipleChoiceField(
            choices=[("a", "A"), ("b", "B"), ("c", "C")], widget=forms.CheckboxSelectMultiple
        )
        other = forms.IntegerField()

    request = rf.get("/x/")
    request.user, request.session, request._messages = user, {}, Messages()
    plain = parking.unchecked(Choice, request, initial={"other": 3})
    assert not plain.is_bound
    request.session[parking.PARKED] = {
        "user": user.pk, "paths": ["/x/"], "fields": "links=a&links=c&other=abc", "files": 0,
    }  # fmt: skip
    form = parking.unchecked(Choice, request)
    html = str(form["links"])
    assert html.count("checked") == 2
    assert 'value="abc"' in str(form["other"])
    assert not form.errors
    assert isinstance(render(request, "pages/refused.html"), HttpResponse)


class Messages(list):
    def add(self, level, message, extra_tags=""):
        self.append(message)
