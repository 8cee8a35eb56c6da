"""Organisations checked by their keys, agreements, authorisations and mandates."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.people import actions
from ensemblier.base.people.identifiers import rna_fault, siret_fault
from ensemblier.base.people.models import (
    FoodAidAuthorisation,
    IaeAgreement,
    IaeKind,
    Organisation,
    Role,
)
from ensemblier.base.territory.models import Department, Region, Zone
from tests.factories_people import (
    TODAY,
    a_siret,
    actor_for,
    make_mandate,
    make_organisation,
    make_person,
    make_user,
    sign_in,
)

RIGHT = "73282932000074"
LA_POSTE = "35600000049837"


@pytest.fixture
def north(db):
    region = Region.objects.create(code="32", name="Hauts-de-France")
    return Department.objects.create(code="62", name="Pas-de-Calais", zone="metro", region=region)


@pytest.fixture
def south(db):
    region = Region.objects.create(code="93", name="Provence-Alpes-Côte d'Azur")
    return Department.objects.create(
        code="13", name="Bouches-du-Rhône", zone=Zone.MAINLAND, region=region
    )


@pytest.fixture
def organisation(db):
    return make_organisation()


@pytest.fixture
def representative(organisation):
    return make_person(Role.REPRESENTATIVE, organisation)


# Identifiers


@pytest.mark.parametrize("typed", [RIGHT, "732 829 320 00074", "732.829.320-00074", LA_POSTE])
def test_a_right_siret_has_no_fault(typed):
    assert siret_fault(typed) == ""


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("7328293200007", "celui-ci en compte 13"),
        ("732829320000740", "celui-ci en compte 15"),
        ("73282932000073", "clé de contrôle est fausse"),
        ("73282932000047", "deux chiffres sont inversés"),
        ("732829320", "SIREN"),
        ("7328293200007O", "sans lettre"),
        ("٧٣٢٨٢٩٣٢٠٠٠٠٧٤", "sans lettre"),
        ("35600000049838", "clé de contrôle est fausse"),
    ],
)
def test_a_wrong_siret_is_explained(typed, words):
    assert words in siret_fault(typed)


@pytest.mark.parametrize("typed", ["W751234567", "w 75 1234567", "W2A1001234", "W9R1000012"])
def test_a_right_rna(typed):
    assert rna_fault(typed) == ""


@pytest.mark.parametrize("typed", ["751234567", "W75123456", "W7512345678", "W75123456X"])
def test_a_wrong_rna(typed):
    assert rna_fault(typed)


@pytest.mark.django_db
def test_the_database_knows_the_keys():
    """The constraint holds for rows that no form has seen, and only refuses what is wrong."""
    for number in (RIGHT, LA_POSTE, "35600000000048", *(a_siret(n) for n in range(40))):
        assert siret_fault(number) == ""
        Organisation.objects.create(name="Jardin", kind="association", siret=number)
    wrong = ["7328293200007", "73282932000073", "7328293200007A", "35600000049838", "0" * 13 + "1"]
    for number in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Organisation.objects.create(name="Jardin", kind="association", siret=number)
    Organisation.objects.create(name="Jardin", kind="association", rna="W2A1001234")
    for number in ("X751234567", "W75123456", "W75123456X"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Organisation.objects.create(name="Jardin", kind="association", rna=number)


@pytest.mark.django_db
def test_every_one_digit_error_is_refused_by_the_database():
    for rank in range(14):
        digit = str((int(RIGHT[rank]) + 1) % 10)
        organisation = Organisation(
            name="Jardin", kind="association", siret=RIGHT[:rank] + digit + RIGHT[rank + 1 :]
        )
        with pytest.raises(ValidationError):
            organisation.full_clean()


@pytest.mark.django_db
def test_one_organisation_per_siret():
    user = make_user()
    made = actions.create_organisation(
        name="Écopôle alimentaire", kind="association", siret="732 829 320 00074", actor=user
    )
    assert made.siret == RIGHT
    with pytest.raises(actions.AlreadyRegistered) as refused:
        actions.create_organisation(name="Autre", kind="association", siret=RIGHT, actor=user)
    assert refused.value.field == "siret"
    with pytest.raises(actions.NoIdentifier):
        actions.create_organisation(name="Sans numéro", kind="association", actor=user)
    assert Event.objects.filter(action="organisation.create").count() == 1


# Agreements and authorisations


@pytest.mark.django_db
def test_an_iae_agreement_holds_between_its_dates():
    organisation = make_organisation()
    dates = {"starts": date(2026, 1, 1), "ends": date(2026, 12, 31)}
    agreement = actions.add_iae_agreement(
        organisation=organisation, actor=make_user(), kind=IaeKind.ACI, number="ACI 1", **dates
    )
    assert agreement.sales_share_max == 3000
    on = organisation.iae_agreements.on
    assert [len(on(day)) for day in (date(2025, 12, 31), *dates.values(), TODAY)] == [0, 1, 1, 0]
    with pytest.raises(IntegrityError), transaction.atomic():
        IaeAgreement.objects.create(
            organisation=organisation, kind="aci", number="2", sales_share_max=5001, **dates
        )


@pytest.mark.django_db
def test_a_member_designated_by_its_network_is_covered(north):
    network, member, stranger = (make_organisation() for _ in range(3))
    actions.add_food_aid_authorisation(
        organisation=network,
        actor=make_user(),
        designated=[member],
        level="national",
        number="H 1",
        starts=date(2026, 1, 1),
        ends=date(2030, 12, 31),
    )
    covered = [
        FoodAidAuthorisation.objects.covering(o).on(TODAY).exists()
        for o in (network, member, stranger)
    ]
    assert covered == [True, True, False]
    assert not FoodAidAuthorisation.objects.covering(member).on(date(2031, 1, 1)).exists()
    with pytest.raises(ValidationError):
        actions.add_food_aid_authorisation(
            organisation=network,
            actor=make_user(),
            level="national",
            region=north.region,
            number="H 2",
            starts=TODAY,
            ends=TODAY,
        )


# Mandates


@pytest.mark.django_db
def test_a_mandate_reaches_its_territory_only(north, south):
    regional = actor_for(make_person(Role.INSTRUCTOR, region=north.region))
    local = actor_for(make_person(Role.INSTRUCTOR, department=south))
    national = actor_for(make_person(Role.INSTRUCTOR))
    table = [[a.covers(d, Role.INSTRUCTOR) for d in (north, south, None)]
             for a in (regional, local, national)]  # fmt: skip
    assert table == [[True, False, False], [False, True, False], [True, True, True]]
    assert regional.has(Role.INSTRUCTOR, territory_code="62")
    assert not regional.has(Role.INSTRUCTOR, territory_code="13")
    assert not regional.has(Role.INSTRUCTOR, territory_code="99")
    assert not regional.covers(north, Role.PAYER)


@pytest.mark.django_db
def test_a_mandate_counts_for_its_organisation_and_its_days():
    organisation, other = make_organisation(), make_organisation()
    user = make_person(Role.APPLICANT, organisation, ends=TODAY)
    actor = actor_for(user)
    assert actor.has(Role.APPLICANT, organisation=organisation)
    assert not actor.has(Role.APPLICANT, organisation=other.pk)
    assert actor.organisations(Role.APPLICANT) == {organisation.pk}
    assert not actor_for(user, day=TODAY + timedelta(days=1)).has(Role.APPLICANT)


@pytest.mark.django_db
def test_without_second_factor_a_strong_role_is_not_held():
    user = make_person(Role.PAYER)
    make_mandate(user, Role.APPLICANT, make_organisation())
    weak = actor_for(user, strong=False)
    assert (weak.has(Role.PAYER), weak.has(Role.APPLICANT)) == (False, True)
    assert weak.lacks_second_factor
    assert actor_for(user).has(Role.PAYER)


@pytest.mark.django_db
def test_ending_a_mandate_keeps_one_representative():
    organisation = make_organisation()
    first = make_person(Role.REPRESENTATIVE, organisation)
    mandate = first.mandates.get()
    with pytest.raises(actions.LastRepresentative):
        actions.end_mandate(mandate=mandate, day=TODAY, actor=first, reason="départ")
    make_person(Role.REPRESENTATIVE, organisation)
    actions.end_mandate(mandate=mandate, day=TODAY, actor=first, reason="départ")
    assert not actor_for(first).has(Role.REPRESENTATIVE)
    with pytest.raises(actions.MandateOver):
        actions.end_mandate(mandate=mandate, day=TODAY, actor=first, reason="départ")


# Pages


def test_organisation_pages_are_hidden_from_strangers(client, organisation, representative):
    urls = [
        reverse(f"people:{name}", args=[organisation.pk])
        for name in ("organisation", "organisation_edit", "invite", "iae_add", "aid_add")
    ]
    stranger = make_person(Role.REPRESENTATIVE, make_organisation())
    sign_in(client, stranger)
    for url in urls:
        page = client.get(url)
        assert page.status_code == 404
        assert organisation.name not in page.content.decode()
    sign_in(client, representative)
    assert [client.get(url).status_code for url in urls] == [200] * 5
    sign_in(client, make_person(Role.APPLICANT, organisation))
    assert [client.get(url).status_code for url in urls] == [200, 403, 403, 403, 403]


def test_a_representative_keeps_the_organisation_up_to_date(client, organisation, representative):
    sign_in(client, representative)
    back = reverse("people:organisation", args=[organisation.pk])
    saved = client.post(
        reverse("people:organisation_edit", args=[organisation.pk]),
        {"name": "Jardin de Cocagne", "email": "jardin@exemple.fr"},
    )
    assert saved.url == back
    client.post(
        reverse("people:iae_add", args=[organisation.pk]),
        {"kind": "aci", "number": "12", "starts": "2026-01-01", "ends": "2028-12-31",
         "sales_share": "40"},
    )  # fmt: skip
    wrong = client.post(
        reverse("people:aid_add", args=[organisation.pk]),
        {"level": "region", "number": "1", "starts": "2026-01-01", "ends": "2025-12-31"},
    ).content.decode()
    assert "Choisissez la région" in wrong
    assert "La fin précède le début" in wrong
    page = client.get(back).content.decode()
    assert "Jardin de Cocagne" in page
    assert organisation.iae_agreements.get().sales_share_max == 4000


def test_a_wrong_siret_is_said_at_its_field(client, db):
    sign_in(client, make_user())
    page = client.post(
        reverse("people:organisation_create"),
        {"siret": "7328293200007", "name": "Épicerie", "kind": "association"},
    ).content.decode()
    assert "celui-ci en compte 13" in page
    assert 'value="7328293200007"' in page  # what was typed is still there
    assert not Organisation.objects.exists()


def test_registering_leads_to_the_proof(client, db):
    sign_in(client, make_user())
    made = client.post(
        reverse("people:organisation_create"),
        {"siret": RIGHT, "name": "Épicerie", "kind": "association"},
        follow=True,
    )
    assert "Prouver que j" in made.content.decode()
    assert not Organisation.objects.get().is_confirmed
