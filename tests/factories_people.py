"""People for tests: accounts, organisations with right SIRET keys, mandates, signed-in clients."""

from __future__ import annotations

import time
from datetime import date
from itertools import count
from typing import Any

from django.test import Client

from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Mandate, Organisation, OrganisationKind, Role, User

LONG_AGO = date(2020, 1, 1)
TODAY = date(2027, 3, 1)
_numbers = count(1)


def a_siret(number: int) -> str:
    """The SIRET of an imaginary organisation, its two keys right."""
    siren = _with_key(f"9{number:07d}")
    return _with_key(f"{siren}0001")


def _with_key(digits: str) -> str:
    for key in "0123456789":
        total = 0
        for rank, digit in enumerate(reversed(digits + key)):
            value = int(digit) * (1 + rank % 2)
            total += value - 9 if value > 9 else value
        if total % 10 == 0:
            return digits + key
    raise AssertionError("one key of ten is right")


def make_user(email: str = "", *, name: str = "", password: str | None = None) -> User:
    number = next(_numbers)
    return User.objects.create_user(
        email or f"personne{number}@exemple.fr", password, name=name or f"Personne {number}"
    )


def make_organisation(name: str = "", **fields: Any) -> Organisation:
    number = next(_numbers)
    facts = {"kind": OrganisationKind.ASSOCIATION, "siret": a_siret(number)} | fields
    return Organisation.objects.create(name=name or f"Association {number}", **facts)


def make_mandate(
    user: User, role: Role, organisation: Organisation | None = None, **fields: Any
) -> Mandate:
    if organisation is None:
        organisation = make_organisation(f"Service {next(_numbers)}", kind=OrganisationKind.STATE)
    facts = {"starts": LONG_AGO} | fields
    return Mandate.objects.create(user=user, role=role, organisation=organisation, **facts)


def make_person(role: Role, organisation: Organisation | None = None, **fields: Any) -> User:
    """An account that holds one role; `region=` or `department=` narrows its territory."""
    user = make_user()
    make_mandate(user, role, organisation, **fields)
    return user


def actor_for(user: Any, *, day: date = TODAY, strong: bool = True) -> Actor:
    return Actor(user, day=day, strong=strong)


def give_second_factor(client: Client, user: User) -> None:
    """What allauth notes in a session once a code or a passkey was given."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def sign_in(client: Client, user: User, *, strong: bool = True) -> Client:
    """Signed in, second factor included (`strong=False`: password only)."""
    client.force_login(user)
    if strong:
        give_second_factor(client, user)
    return client
