"""People of a chain at its pages, for tests: who they are, what they send, what they read."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from django.test import Client

from ensemblier.base.chains.actions import add_member
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.models import Organisation, Role
from tests.factories_people import make_organisation, make_person, sign_in

FORMULA = "=cmd|' /C calc'!A0"


def signed(organisation: Organisation | None, role: Role = Role.APPLICANT) -> Client:
    """Somebody of this organisation, signed in."""
    return sign_in(Client(), make_person(role, organisation))


def member(chain: Chain, part: str, name: str = "Membre") -> Organisation:
    organisation = make_organisation(name)
    since = date(2026, 1, 1)
    add_member(chain=chain, organisation=organisation, part=part, starts=since, actor=None)
    return organisation


def send(client: Client, url: str, **typed: Any) -> Any:
    return client.post(url, {"key": str(uuid4())} | typed)


def body(response: Any) -> str:
    """The page as it is read."""
    text: str = response.content.decode()
    return text.replace("&#x27;", "'").replace("\u00a0", " ").replace("&nbsp;", " ")
