"""A chain and those who open its pages: lead, growers, funder, who controls, a stranger."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.test import Client

from ensemblier.base.chains import actions as chains
from ensemblier.base.chains.models import ChainMember
from ensemblier.base.people.models import Organisation, Role, User
from tests.factories_chain import make_chain, make_grower, make_site
from tests.factories_people import make_organisation, make_person, sign_in

SINCE = date(2026, 1, 1)


def make_people() -> SimpleNamespace:
    """`lead`, `grower`, `rival`, `funder`, `auditor`, `stranger` are signed-in clients."""
    chain = make_chain(name="Les paniers de la Têt", lead=make_organisation("Ensemble à table"))
    farm, other = make_grower("Ferme du Riberal"), make_grower("Vergers de Baho")
    town = make_organisation("Ville d'Elne")
    for organisation, part in ((farm, "grower"), (other, "grower"), (town, "funder")):
        join(chain, organisation, part)
    return SimpleNamespace(
        chain=chain,
        site=make_site(chain, "Épicerie du port"),
        farm=farm,
        other=other,
        town=town,
        lead=client_of(make_person(Role.REPRESENTATIVE, chain.lead)),
        grower=client_of(make_person(Role.APPLICANT, farm)),
        rival=client_of(make_person(Role.APPLICANT, other)),
        funder=client_of(make_person(Role.APPLICANT, town)),
        auditor=client_of(make_person(Role.AUDITOR)),
        stranger=client_of(make_person(Role.APPLICANT, make_organisation())),
    )


def join(chain: Any, organisation: Organisation, part: str) -> ChainMember:
    return chains.add_member(
        chain=chain, organisation=organisation, part=part, starts=SINCE, actor=None
    )


def client_of(user: User) -> Client:
    return sign_in(Client(), user)


def words(response: HttpResponse) -> str:
    """What the page says, its spaces and apostrophes as they are typed."""
    text = response.content.decode().replace("\u00a0", " ")
    return text.replace("&#x27;", "'").replace("&amp;", "&").replace("&lt;", "<")


def codes(people: SimpleNamespace, path: str, *who: str) -> dict[str, int]:
    """The answer that each of them meets there."""
    found = {}
    for name in who:
        response = getattr(people, name).get(path)
        found[name] = response.status_code
        if response.streaming:
            response.getvalue()
    return found
