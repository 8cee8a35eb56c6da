"""Accounts nobody uses are forgotten, after a warning; the books keep their numbers."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from ensemblier.base.journal.models import Event
from ensemblier.base.journal.retention import table
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Invitation, Mandate, Role, User
from ensemblier.base.people.retention import purge_accounts, purge_invitations
from tests.factories_people import make_organisation, make_person, make_user, sign_in

NOW = datetime(2027, 3, 1, 10, tzinfo=ZoneInfo("Europe/Paris"))
YEARS = timedelta(days=731)

pytestmark = pytest.mark.django_db


def last_seen(user, when):
    User.objects.filter(pk=user.pk).update(last_login=when)


def test_warned_then_forgotten():
    user = make_person(Role.APPLICANT, make_organisation())
    address = user.email
    last_seen(user, NOW - YEARS)
    assert purge_accounts(NOW) == 0
    assert Message.objects.get().to == address
    assert purge_accounts(NOW + timedelta(days=29)) == 0
    assert purge_accounts(NOW + timedelta(days=31)) == 1
    user.refresh_from_db()
    assert (user.name, user.is_active) == ("", False)
    assert not User.objects.filter(email=address).exists()
    assert not Mandate.objects.on(NOW.date() + timedelta(days=31)).filter(user=user).exists()
    assert Event.objects.get(action="account.forget").subject == f"account:{user.pk}"
    assert purge_accounts(NOW + timedelta(days=32)) == 0
    assert Message.objects.count() == 1


def test_one_sign_in_keeps_the_account():
    """Negative control."""
    user = make_user()
    last_seen(user, NOW - YEARS)
    purge_accounts(NOW)
    last_seen(user, NOW + timedelta(days=3))
    assert purge_accounts(NOW + timedelta(days=31)) == 0
    assert User.objects.get(pk=user.pk).is_active


def test_who_never_signed_in_counts_from_the_opening():
    user = make_user()
    User.objects.filter(pk=user.pk).update(created_at=NOW - YEARS)
    make_user()
    purge_accounts(NOW)
    assert Message.objects.get().to == user.email


def test_signing_in_again_clears_the_warning():
    user = make_user(password="un long mot de passe 42")
    last_seen(user, NOW - YEARS)
    purge_accounts(NOW)
    form = {"login": user.email, "password": "un long mot de passe 42"}
    Client().post("/connexion/", form)
    user.refresh_from_db()
    assert user.warned_at is None


def test_old_invitations_go():
    organisation, user = make_organisation(), make_user()
    for days, token in ((182, "a"), (179, "b")):
        Invitation.objects.create(
            email="x@exemple.fr", organisation=organisation, role="applicant", token_digest=token,
            invited_by=user, invited_at=NOW - YEARS, expires_at=NOW - timedelta(days=days),
        )  # fmt: skip
    assert purge_invitations(NOW) == 1
    assert Invitation.objects.get().token_digest == "b"


def test_the_public_table_says_it():
    assert {"accounts", "invitations"} <= {rule.key for rule in table() if rule.purge}


def test_a_forgotten_account_is_signed_out(client):
    user = make_user()
    sign_in(client, user)
    last_seen(user, NOW - YEARS)
    User.objects.filter(pk=user.pk).update(warned_at=NOW - timedelta(days=31))
    assert client.get("/mon-compte/").status_code == 200
    purge_accounts(NOW)
    assert client.get("/mon-compte/").status_code == 302
