"""The pages of a chain itself: created, its members and places, and who may."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.chains.models import Chain, ChainMember, Site
from ensemblier.base.people.models import Role
from tests import factories_fund as fund
from tests.factories_chain import make_chain, make_site
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> Any:
    return fund.organisation("Épicerie du canal")


@pytest.fixture
def client(lead: Any) -> Client:
    return sign_in(Client(), fund.user(Role.APPLICANT, lead))


def said(response: Any) -> str:
    return response.content.decode()


def test_a_chain_is_created_then_has_a_place_and_a_member(client: Client, lead: Any) -> None:
    answer = client.post(
        reverse("chains:new"), {"name": "Filière du canal", "lead": lead.pk, "length": "local"}
    )
    chain = Chain.objects.get()
    assert answer["Location"] == reverse("chains:detail", args=[chain.slug])
    place = {"name": "Réserve", "kind": "store", "keeper": lead.pk, "is_cold": "on"}
    client.post(reverse("chains:add_site", args=[chain.slug]), place)
    grower = fund.organisation("Ferme du bief")
    part = {"siret": grower.siret_spaced, "part": "grower", "starts": "2026-01-01"}
    client.post(reverse("chains:add_member", args=[chain.slug]), part)
    page = said(client.get(reverse("chains:detail", args=[chain.slug])))
    assert "Réserve" in page and "Ferme du bief" in page
    assert Site.objects.get().is_cold
    assert ChainMember.objects.get().organisation == grower


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("12345678901234", "vérifiez ses 14 chiffres"),
        ("73282932000074", "Aucune organisation inscrite"),
        ("=1+1", "vérifiez ses 14 chiffres"),
    ],
)
def test_a_member_is_found_by_its_siret_and_what_was_typed_stays(
    client: Client, lead: Any, typed: str, words: str
) -> None:
    chain = make_chain(lead=lead)
    sent = {"siret": typed, "part": "donor", "starts": "2026-02-03"}
    answer = client.post(reverse("chains:add_member", args=[chain.slug]), sent)
    assert answer.status_code == 422
    assert words in said(answer)
    assert f'value="{typed}"' in said(answer) and 'value="2026-02-03"' in said(answer)
    assert not ChainMember.objects.exists()


def test_a_name_taken_is_said_at_its_field(client: Client, lead: Any) -> None:
    make_chain(name="Filière du canal", slug="filiere-du-canal", lead=lead)
    sent = {"name": "Filière du canal", "lead": lead.pk, "length": "long"}
    answer = client.post(reverse("chains:new"), sent)
    assert answer.status_code == 422 and "choisissez un autre nom" in said(answer)


def test_a_place_is_closed_and_opened_with_a_reason(client: Client, lead: Any) -> None:
    site = make_site(make_chain(lead=lead))
    address = reverse("chains:set_open", args=[site.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    client.post(address, {"reason": "Travaux"})
    site.refresh_from_db()
    assert not site.is_open
    client.post(address, {"reason": "Travaux finis"})
    site.refresh_from_db()
    assert site.is_open


def test_a_member_sees_its_chain_and_may_not_lead_it(lead: Any) -> None:
    chain = make_chain(lead=lead)
    grower = fund.organisation()
    member = ChainMember.objects.create(
        chain=chain, organisation=grower, part="grower", starts=date(2026, 1, 1)
    )
    client = sign_in(Client(), fund.user(Role.APPLICANT, grower))
    assert chain.name in said(client.get(reverse("chains:list")))
    assert client.get(reverse("chains:detail", args=[chain.slug])).status_code == 200
    refused = client.get(reverse("chains:add_site", args=[chain.slug]))
    assert refused.status_code == 403 and "organisation pilote" in said(refused)
    member.ends = date(2026, 2, 1)
    member.save()
    assert client.get(reverse("chains:detail", args=[chain.slug])).status_code == 404


def test_the_end_of_a_part_is_after_its_start(client: Client, lead: Any) -> None:
    member = ChainMember.objects.create(
        chain=make_chain(lead=lead), organisation=fund.organisation(), part="grower",
        starts=date(2026, 3, 1),
    )  # fmt: skip
    address = reverse("chains:end_member", args=[member.pk])
    answer = client.post(address, {"day": "2026-02-01", "reason": "Départ"})
    assert answer.status_code == 422 and "pas commencée" in said(answer)
    client.post(address, {"day": "2026-04-01", "reason": "Départ"})
    member.refresh_from_db()
    assert member.ends == date(2026, 4, 1)
