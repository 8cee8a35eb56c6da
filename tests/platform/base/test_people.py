"""Organisations checked by their keys, mandates, invitations and claims."""

from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from ensemblier.base.files.content import check
from ensemblier.base.journal.models import Event
from ensemblier.base.notices.models import Message
from ensemblier.base.people import access, actions, claims, invitations
from ensemblier.base.people.identifiers import rna_fault, siret_fault
from ensemblier.base.people.models import (
    Claim,
    FoodAidAuthorisation,
    IaeAgreement,
    IaeKind,
    Invitation,
    Mandate,
    Organisation,
    OrganisationKind,
    Role,
)
from ensemblier.base.territory.models import Commune, Department, Region, Zone
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

NOW = datetime(2027, 3, 1, 10, tzinfo=ZoneInfo("Europe/Paris"))
RIGHT = "73282932000074"
LA_POSTE = "35600000049837"


def a_pdf(name="preuve.pdf"):
    import pikepdf

    pdf = pikepdf.new()
    pdf.add_blank_page()
    content = BytesIO()
    pdf.save(content)
    content.seek(0)
    content.name = name
    return content


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


def in_department(department, **fields):
    commune = Commune.objects.create(
        code=f"{department.code}001", name="Audruicq", department=department, population=100
    )
    return make_organisation(commune=commune, **fields)


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


# Invitations


def an_invitation(organisation, inviter, email="invitee@exemple.fr", role=Role.APPLICANT):
    links = []
    invitations.invite(
        email=email,
        role=role,
        organisation=organisation,
        actor=inviter,
        offered=[Role.APPLICANT, Role.REPRESENTATIVE],
        now=NOW,
        link=lambda token: links.append(token) or f"https://exemple.fr/{token}",
    )
    return links[0]


@pytest.fixture
def organisation(db):
    return make_organisation()


@pytest.fixture
def representative(organisation):
    return make_person(Role.REPRESENTATIVE, organisation)


def test_an_invitation_gives_its_role_once(organisation, representative):
    token = an_invitation(organisation, representative)
    message = Message.objects.get()
    assert token in message.body
    assert message.is_secret
    assert not Invitation.objects.filter(token_digest=token).exists()  # hashed
    assert len(token) * 6 >= 128
    invitee = make_user("invitee@exemple.fr")
    mandate = invitations.accept_invitation(token=token, user=invitee, now=NOW)
    assert (mandate.role, mandate.organisation) == (Role.APPLICANT, organisation)
    with pytest.raises(invitations.InvitationOver):
        invitations.accept_invitation(token=token, user=invitee, now=NOW)
    assert Mandate.objects.filter(user=invitee).count() == 1


def test_an_invitation_of_one_organisation_is_worth_nothing_in_another(
    organisation, representative
):
    """Zulip, CVE-2022-21706: the organisation and the role come from the row, never the request."""
    other = make_organisation()
    token = an_invitation(organisation, representative)
    invitee = make_user("invitee@exemple.fr")
    invitations.accept_invitation(token=token, user=invitee, now=NOW)
    actor = actor_for(invitee)
    assert actor.organisations(*Role) == {organisation.pk}
    assert not actor.has(*Role, organisation=other)


def test_an_invitation_is_for_one_address_and_two_weeks(organisation, representative):
    token = an_invitation(organisation, representative)
    with pytest.raises(invitations.WrongInvitee):
        invitations.accept_invitation(token=token, user=make_user(), now=NOW)
    invitee = make_user("invitee@exemple.fr")
    with pytest.raises(invitations.InvitationOver):
        late = NOW + timedelta(days=14)
        invitations.accept_invitation(token=token, user=invitee, now=late)
    with pytest.raises(invitations.InvitationOver):
        invitations.accept_invitation(token=token[:-1], user=invitee, now=NOW)
    just_in_time = NOW + timedelta(days=14, seconds=-1)
    assert invitations.accept_invitation(token=token, user=invitee, now=just_in_time)


def test_a_withdrawn_invitation_is_over(organisation, representative):
    token = an_invitation(organisation, representative)
    invitations.withdraw_invitation(
        invitation=Invitation.objects.get(), actor=representative, now=NOW
    )
    with pytest.raises(invitations.InvitationOver):
        invitee = make_user("invitee@exemple.fr")
        invitations.accept_invitation(token=token, user=invitee, now=NOW)


def test_who_may_offer_which_role(organisation, representative):
    state = make_organisation(kind=OrganisationKind.STATE)
    programme = actor_for(make_person(Role.PROGRAMME, state))
    offered = access.invitable_roles
    assert offered(actor_for(representative), organisation) == [
        Role.APPLICANT,
        Role.REPRESENTATIVE,
    ]
    assert offered(actor_for(make_person(Role.APPLICANT, organisation)), organisation) == []
    assert offered(actor_for(representative), state) == []
    assert Role.SIGNATORY in offered(programme, state)
    assert offered(programme, organisation) == []
    with pytest.raises(invitations.RoleNotOffered):
        an_invitation(organisation, representative, role=Role.SIGNATORY)


def test_the_invitation_page(client, organisation, representative):
    page = sign_in(client, representative).post(
        reverse("people:invite", args=[organisation.pk]),
        {"email": "Invitee@exemple.fr", "role": "applicant"},
    )
    assert page.status_code == 302
    link = next(w for w in Message.objects.get().body.split() if "/invitations/" in w)
    path = link.removeprefix("http://testserver")
    client.logout()
    assert "Créer un compte" in client.get(path).content.decode()
    sign_in(client, make_user())
    assert client.post(path).status_code == 302
    assert not Mandate.objects.filter(role=Role.APPLICANT).exists()
    sign_in(client, make_user("invitee@exemple.fr"))
    before = client.session.session_key
    assert client.post(path, follow=True).status_code == 200
    assert Mandate.objects.filter(role=Role.APPLICANT, organisation=organisation).exists()
    assert client.session.session_key != before
    assert client.get(path).status_code == 410


# Claims


@pytest.fixture
def proof():
    from django.core.files.uploadedfile import SimpleUploadedFile

    return check(SimpleUploadedFile("preuve.pdf", a_pdf().read()))


def test_a_document_is_checked_by_the_desk_of_the_territory(north, south, proof):
    organisation = in_department(north)
    user = make_user()
    claim = claims.claim_organisation(
        user=user, organisation=organisation, role="representative", now=NOW, document=proof
    )
    assert not actor_for(user).has(*Role)
    desk, elsewhere = (make_person(Role.INSTRUCTOR, department=d) for d in (north, south))
    may = access.may_check_claim
    assert may(actor_for(desk), claim).allowed
    assert not may(actor_for(elsewhere), claim).allowed
    assert may(actor_for(elsewhere), claim).reason == ""  # hidden
    assert not may(actor_for(make_person(Role.PAYER)), claim).allowed
    read = access.may_read_proof
    assert [read(actor_for(u), claim.document).allowed for u in (user, desk, elsewhere)] == [
        True,
        True,
        False,
    ]
    claims.confirm_claim(claim=claim, actor=desk, now=NOW)
    assert actor_for(user).has(Role.REPRESENTATIVE, organisation=organisation)
    organisation.refresh_from_db()
    assert organisation.is_confirmed
    with pytest.raises(claims.ClaimAnswered):
        claims.refuse_claim(claim=claim, actor=desk, reason="trop tard", now=NOW)


def test_a_refused_claim_says_why_and_gives_nothing(organisation, proof):
    user, desk = make_user(), make_person(Role.SUPPORT)
    ask = {"user": user, "organisation": organisation, "role": "applicant", "now": NOW}
    claim = claims.claim_organisation(**ask, document=proof)
    with pytest.raises(claims.ClaimPending):
        claims.claim_organisation(**ask, document=proof)
    with pytest.raises(claims.NoReason):
        claims.refuse_claim(claim=claim, actor=desk, reason=" ", now=NOW)
    claims.refuse_claim(claim=claim, actor=desk, reason="Document illisible.", now=NOW)
    assert "Document illisible." in Message.objects.get().body
    assert not actor_for(user).has(*Role)
    assert claims.claim_organisation(**ask, document=proof).state == Claim.State.PENDING


def test_nobody_answers_their_own_claim(organisation, proof):
    desk = make_person(Role.SUPPORT)
    claim = claims.claim_organisation(
        user=desk, organisation=organisation, role="applicant", now=NOW, document=proof
    )
    assert not access.may_check_claim(actor_for(desk), claim).allowed
    with pytest.raises(claims.OwnClaim):
        claims.confirm_claim(claim=claim, actor=desk, now=NOW)


def test_proconnect_vouches_for_its_siret_and_for_applicants_only(organisation, proof):
    ask = {"user": make_user(), "organisation": organisation, "now": NOW}
    right = {"proconnect_siret": organisation.siret}
    with pytest.raises(claims.NoProof):
        claims.claim_organisation(**ask, role="applicant", proconnect_siret=a_siret(999))
    with pytest.raises(claims.NoProof):
        claims.claim_organisation(**ask, role="representative", **right)
    claim = claims.claim_organisation(**ask, role="applicant", **right)
    assert (claim.state, claim.proof) == ("accepted", "proconnect")
    assert actor_for(ask["user"]).has(Role.APPLICANT, organisation=organisation)


def test_two_organisations_without_numbers_do_not_vouch_for_each_other(db):
    bare = make_organisation(siret="", rna="W751234567")
    assert not claims.vouched_by_proconnect(bare, "applicant", "")


def test_claim_pages(client, north):
    organisation = in_department(north)
    user = make_user()
    sign_in(client, user)
    url = reverse("people:claim", args=[organisation.pk])
    assert client.get(url).status_code == 404  # the number was not typed
    found = client.post(reverse("people:organisation_find"), {"number": organisation.siret})
    assert found.url == url
    refused = client.post(url, {"role": "representative"}).content.decode()
    assert "Joignez un document" in refused
    assert client.post(url, {"role": "representative", "document": a_pdf()}).status_code == 302
    claim = Claim.objects.get()
    sign_in(client, make_person(Role.INSTRUCTOR, department=north))
    assert organisation.name in client.get(reverse("people:claims")).content.decode()
    check_url = reverse("people:claim_check", args=[claim.pk])
    assert "preuve.pdf" in client.get(check_url).content.decode()
    empty = client.post(reverse("people:claim_refuse", args=[claim.pk]), {"reason": ""})
    assert empty.status_code == 422
    client.post(reverse("people:claim_confirm", args=[claim.pk]))
    assert actor_for(user).has(Role.REPRESENTATIVE, organisation=organisation)


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
