"""Joining an organisation: invitations, and claims checked by the desk or by ProConnect."""

from datetime import datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.files.content import check
from ensemblier.base.notices.models import Message
from ensemblier.base.people import access, actions, claims, desk_views, invitations
from ensemblier.base.people.models import (
    Claim,
    Invitation,
    Mandate,
    OrganisationKind,
    Role,
)
from ensemblier.base.territory.models import Commune, Department, Region, Zone
from tests.factories_people import (
    a_siret,
    actor_for,
    make_organisation,
    make_person,
    make_user,
    sign_in,
)

NOW = datetime(2027, 3, 1, 10, tzinfo=ZoneInfo("Europe/Paris"))


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


@pytest.mark.parametrize(("by_the_claimant", "kept"), [(True, "contact@exemple.fr"), (False, "")])
def test_an_address_typed_by_a_stranger_receives_no_decision(north, proof, by_the_claimant, kept):
    stranger, user = make_user(), make_user()
    organisation = actions.create_organisation(
        name="Épicerie du canal",
        kind="association",
        rna="W751234567",
        email="contact@exemple.fr",
        actor=user if by_the_claimant else stranger,
    )
    ask = {"organisation": organisation, "role": "applicant", "now": NOW, "document": proof}
    claim = claims.claim_organisation(user=user, **ask)
    claims.confirm_claim(claim=claim, actor=make_person(Role.SUPPORT), now=NOW)
    organisation.refresh_from_db()
    assert (organisation.email, organisation.is_confirmed) == (kept, True)


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
    today = timezone.localdate()
    assert actor_for(user, day=today).has(Role.REPRESENTATIVE, organisation=organisation)


def test_the_desk_lists_exactly_what_it_may_check(north, south, proof):
    ask = {"role": "applicant", "now": NOW, "document": proof}
    for organisation in (in_department(north), in_department(south), make_organisation()):
        claims.claim_organisation(user=make_user(), organisation=organisation, **ask)
    desks = [{"department": north}, {"region": south.region}, {}]
    sizes = []
    for where in desks:
        actor = actor_for(make_person(Role.INSTRUCTOR, **where))
        listed = desk_views.waiting(actor)
        may = [c for c in Claim.objects.all() if access.may_check_claim(actor, c).allowed]
        assert {c.pk for c in listed} == {c.pk for c in may}
        sizes.append(len(listed))
    assert sizes == [1, 1, 3]
    assert desk_views.waiting(actor_for(make_person(Role.PAYER))) == []
