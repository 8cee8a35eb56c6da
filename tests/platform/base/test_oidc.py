"""ProConnect, against a provider of our own: off by default, every token checked, no easy link."""

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import Claim, Role, User
from tests.factories_people import make_mandate, make_organisation, make_user, sign_in
from tests.platform.base.oidc_provider import Provider

START, BACK, ACCOUNT = "/proconnect/", "/proconnect/retour/", "/mon-compte/"


@pytest.fixture(scope="module")
def running():
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running, settings, db):
    running.lie, running.codes = "", {}
    running.person = running.person | {"email": "ana@exemple.fr", "sub": "s-1"}
    running.person.pop("email_verified", None)
    settings.PROCONNECT_ADDRESS = running.address
    settings.PROCONNECT_CLIENT_ID = running.client_id
    settings.PROCONNECT_CLIENT_SECRET = running.client_secret
    return running


def come_back(client, provider, query=""):
    """Out to the provider and back, up to the button."""
    back, asked = provider.authorize(client.get(START + query).url)
    return BACK + back, asked


def sign_in_there(client, provider, query=""):
    back, _ = come_back(client, provider, query)
    return client.post(back)


def test_off_by_default(client, db):
    assert client.get(START).status_code == 404
    assert client.get(BACK + "?code=a&state=b").status_code == 404
    assert "ProConnect" not in client.get("/connexion/").content.decode()


def test_a_first_visit_opens_an_account(client, provider):
    assert "Se connecter avec ProConnect" in client.get("/connexion/").content.decode()
    back, asked = come_back(client, provider)
    assert asked["acr_values"] == "eidas1"
    assert asked["code_challenge_method"] == "S256"
    assert set(asked["scope"].split()) >= {"openid", "email", "given_name", "usual_name", "siret"}
    assert asked["nonce"]
    assert "idp_hint" not in asked
    page = client.get(back)
    assert "ProConnect vous a reconnu" in page.content.decode()
    assert not User.objects.exists()  # a GET changes nothing
    assert client.post(back).status_code == 302
    user = User.objects.get()
    assert (user.email, user.name) == ("ana@exemple.fr", "Ana Exemple")
    assert not user.has_usable_password()
    assert Event.objects.filter(action="account.open").count() == 1
    assert client.get(ACCOUNT).status_code == 200
    again = Client()
    sign_in_there(again, provider)
    assert again.get(ACCOUNT).status_code == 200
    assert User.objects.count() == 1


@pytest.mark.parametrize("token", ["id_token", "userinfo"])
@pytest.mark.parametrize("lie", ["iss", "aud", "exp", "key", "none", "hs256", "sub"])
def test_a_spoiled_token_opens_nothing(client, provider, token, lie):
    provider.lie = f"{token}:{lie}"
    page = sign_in_there(client, provider)
    assert page.status_code == 401
    assert "pas valable" in page.content.decode()
    assert not User.objects.exists()
    assert client.get(ACCOUNT).status_code == 302


def test_a_token_made_for_another_sign_in_opens_nothing(client, provider):
    provider.lie = "id_token:nonce"
    assert sign_in_there(client, provider).status_code == 401


def test_someone_elses_return_opens_nothing(client, provider):
    """Login CSRF: the state belongs to the session that left."""
    back, _ = come_back(Client(), provider)
    client.get(START)
    assert client.post(back).status_code == 401
    assert client.get(ACCOUNT).status_code == 302


def test_a_code_without_its_verifier_is_worth_nothing(client, provider):
    back, asked = come_back(client, provider)
    asked["code_challenge"] = "autre"
    assert client.post(back).status_code == 401


def test_an_existing_account_is_not_entered_by_its_address_alone(client, provider):
    owner = make_user("ana@exemple.fr")
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    answer = sign_in_there(client, provider)
    assert answer.url == "/connexion/"
    assert "Un compte existe déjà" in client.get(answer.url).content.decode()
    assert client.get(ACCOUNT).status_code == 302
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("vouched", "proved", "enters"),
    [(True, True, True), (True, False, False), ("true", True, False), (False, True, False)],
)
def test_both_sides_must_have_verified_the_address(client, provider, vouched, proved, enters):
    owner = make_user("ana@exemple.fr")
    EmailAddress.objects.create(user=owner, email=owner.email, verified=proved, primary=True)
    provider.person["email_verified"] = vouched
    sign_in_there(client, provider)
    assert (client.get(ACCOUNT).status_code == 200) is enters
    assert SocialAccount.objects.filter(user=owner).exists() is enters


def test_one_links_proconnect_from_the_account(client, provider):
    owner = make_user("autre@exemple.fr")
    sign_in(client, owner)
    assert "Rattacher ProConnect" in client.get(ACCOUNT).content.decode()
    answer = sign_in_there(client, provider, "?process=connect")
    assert answer.url == ACCOUNT
    assert SocialAccount.objects.get().user == owner
    fresh = Client()
    sign_in_there(fresh, provider)
    assert "autre@exemple.fr" in fresh.get(ACCOUNT).content.decode()


def test_a_closed_account_is_not_reopened(client, provider):
    sign_in_there(client, provider)
    User.objects.update(is_active=False)
    fresh = Client()
    sign_in_there(fresh, provider)
    assert fresh.get(ACCOUNT).status_code == 302
    assert User.objects.count() == 1


def test_proconnect_is_not_a_second_factor(client, provider):
    sign_in_there(client, provider)
    make_mandate(User.objects.get(), Role.PAYER)
    make_mandate(User.objects.get(), Role.INSTRUCTOR)
    assert client.get("/rattachements/").url.startswith("/mon-compte/second-facteur/")


def test_its_siret_proves_that_one_acts_for_the_organisation(client, provider):
    organisation = make_organisation(siret="73282932000074")
    other = make_organisation()
    sign_in_there(client, provider)
    for one, state in ((organisation, "accepted"), (other, None)):
        url = client.post("/organisations/rejoindre/", {"number": one.siret}).url
        client.post(url, {"role": "applicant"})
        found = Claim.objects.filter(organisation=one).first()
        assert (found.state if found else None) == state


def test_a_siret_of_an_earlier_session_proves_nothing(client, provider):
    organisation = make_organisation(siret="73282932000074")
    sign_in_there(client, provider)
    by_password = sign_in(Client(), User.objects.get())
    url = by_password.post("/organisations/rejoindre/", {"number": organisation.siret}).url
    by_password.post(url, {"role": "applicant"})
    assert not Claim.objects.exists()


def test_an_address_is_confirmed_before_the_first_visit_in_production(client, provider, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert sign_in_there(client, provider).url == "/adresse/a-confirmer/"
    assert client.get(ACCOUNT).status_code == 302


def test_leaving_without_signing_in(client, provider):
    _, asked = come_back(client, provider)
    answer = client.get(f"{BACK}?error=access_denied&state={asked['state']}", follow=True)
    assert "Connexion abandonnée" in answer.content.decode()


OUT = "/deconnexion/"


def test_leaving_ends_the_session_over_there_too(client, provider):
    sign_in_there(client, provider)
    page = client.post(OUT)
    address = page["Refresh"].removeprefix("0; url=")
    assert address.replace("&", "&amp;") in page.content.decode()  # for who stops the refresh
    assert client.get(ACCOUNT).status_code == 302  # signed out here already
    back = provider.end_session(address)
    assert back.startswith("http://testserver/proconnect/deconnecte/?state=")
    answer = client.get(back, follow=True)
    assert "d'Ensemblier et de ProConnect" in answer.content.decode().replace("&#x27;", "'")


def test_a_way_back_with_another_state_says_nothing(client, provider):
    sign_in_there(client, provider)
    client.post(OUT)
    answer = client.get("/proconnect/deconnecte/?state=autre", follow=True)
    assert "de ProConnect" not in answer.content.decode()
    assert client.get("/proconnect/deconnecte/").url == "/"


def test_who_came_by_password_leaves_at_once(client, provider):
    sign_in(client, make_user())
    answer = client.post(OUT)
    assert (answer.status_code, answer.url) == (302, "/")


def test_a_provider_without_a_way_out_is_left_alone(client, provider, monkeypatch):
    found = {k: v for k, v in provider.discovery().items() if k != "end_session_endpoint"}
    monkeypatch.setattr(provider, "discovery", lambda: found)
    sign_in_there(client, provider)
    assert client.post(OUT).url == "/"
