"""Changing one's own address: proved at the new one, told at the old one, asked with a password."""

import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.notices.models import Message
from ensemblier.base.people import addresses
from ensemblier.base.people.models import User
from tests.factories_people import make_user, sign_in

pytestmark = pytest.mark.django_db
NEW = "nouvelle@exemple.fr"
PASSWORD = "un long mot de passe 42"


@pytest.fixture
def user():
    made = make_user("ancienne@exemple.fr", password=PASSWORD)
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made


def token_for(user, email=NEW):
    links = []
    addresses.ask_address(
        user=user, email=email, link=lambda token: links.append(token) or f"https://x.fr/{token}/"
    )
    return links[0] if links else ""


def test_the_new_address_is_proved_and_the_old_one_told(user):
    token = token_for(user)
    message = Message.objects.get()
    assert (message.to, message.is_secret) == (NEW, True)
    user.refresh_from_db()
    assert user.email == "ancienne@exemple.fr"  # nothing changes before
    addresses.change_address(user=user, token=token)
    user.refresh_from_db()
    assert user.email == NEW
    assert EmailAddress.objects.get(user=user).email == NEW
    assert EmailAddress.objects.get(user=user).verified
    told = Message.objects.last()
    assert told.to == "ancienne@exemple.fr"
    assert NEW in told.body
    assert Event.objects.filter(action="account.change_email").count() == 1
    with pytest.raises(addresses.LinkOver, match="déjà servi"):
        addresses.change_address(user=user, token=token)


def test_a_link_serves_one_account_and_one_day(user):
    token = token_for(user)
    with pytest.raises(addresses.LinkOver, match="autre compte"):
        addresses.change_address(user=make_user(), token=token)
    with pytest.raises(addresses.LinkOver, match="incomplet"):
        addresses.change_address(user=user, token=token[:-2])
    with time_machine.travel("2090-01-01"), pytest.raises(addresses.LinkOver, match="24 heures"):
        addresses.change_address(user=user, token=token)


def test_an_address_taken_is_told_to_its_own_box_only(user):
    owner = make_user(NEW)
    assert token_for(user) == ""
    assert [m.to for m in Message.objects.all()] == [owner.email]
    assert "déjà le sien" in Message.objects.get().body


def test_an_address_taken_meanwhile_is_refused(user):
    token = token_for(user)
    make_user(NEW)
    with pytest.raises(addresses.LinkOver, match="maintenant un autre compte"):
        addresses.change_address(user=user, token=token)
    assert User.objects.get(pk=user.pk).email == "ancienne@exemple.fr"


def test_its_own_address_is_no_change(user):
    with pytest.raises(addresses.SameAddress):
        token_for(user, " Ancienne@exemple.fr ")


def test_by_the_pages_with_the_password(user):
    client = sign_in(Client(), user)  # long ago, or by a session left open
    ask = reverse("people:email")
    again = client.get(ask)
    assert again.url.startswith(reverse("account_reauthenticate"))
    client.post(again.url, {"password": PASSWORD})
    wrong = client.post(ask, {"email": "pas une adresse"})
    assert "pas une adresse" in wrong.content.decode()
    assert wrong.status_code == 422
    assert client.post(ask, {"email": NEW}).url == reverse("people:account")
    link = re.search(r"https?://testserver(\S+)", Message.objects.get(to=NEW).body)
    assert link
    page = client.get(link[1])
    assert NEW in page.content.decode()
    assert User.objects.get(pk=user.pk).email != NEW  # a GET changes nothing
    client.post(link[1])
    assert User.objects.get(pk=user.pk).email == NEW
    assert client.get(link[1]).status_code == 410
    assert client.get(reverse("people:account")).status_code == 200  # still signed in
