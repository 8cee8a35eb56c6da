"""A network and its members: asked, answered, left, designated for food aid; and who may."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.notices.models import Message
from ensemblier.base.people import actions, networks
from ensemblier.base.people.memberships import MembershipRequest
from ensemblier.base.people.models import FoodAidAuthorisation, OrganisationKind, Role
from tests.factories_people import make_organisation, make_person, sign_in

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 10, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.fixture
def network():
    return make_organisation("Réseau", kind=OrganisationKind.NETWORK, is_confirmed=True)


@pytest.fixture
def head(network):
    return make_person(Role.NETWORK_HEAD, network)


@pytest.fixture
def member():
    return make_organisation("Jardin")


@pytest.fixture
def speaker(member):
    return make_person(Role.REPRESENTATIVE, member)


@pytest.fixture
def asked(network, head, member, speaker):
    return networks.ask_network(organisation=member, network=network, actor=speaker, now=NOW)


def authorisation(network):
    return actions.add_food_aid_authorisation(
        organisation=network,
        actor=None,
        level="national",
        number="H 1",
        starts=date(2026, 1, 1),
        ends=date(2099, 12, 31),
    )


def test_a_member_asks_and_the_network_accepts(asked, network, head, member, speaker):
    assert [m.to for m in Message.objects.all()] == [head.email]
    networks.accept_member(asked=asked, actor=head, now=NOW)
    member.refresh_from_db()
    assert member.head == network
    assert Message.objects.last().to == speaker.email
    with pytest.raises(networks.RequestAnswered):
        networks.refuse_member(asked=asked, actor=head, reason="Trop tard.", now=NOW)
    done = Event.objects.filter(subject=f"organisation:{member.pk}").values_list(
        "action", flat=True
    )
    assert {"organisation.network_accepted", "organisation.join_network"} <= set(done)


def test_one_request_at_a_time(asked, network, member, speaker):
    other = make_organisation(kind=OrganisationKind.NETWORK, is_confirmed=True)
    with pytest.raises(networks.RequestPending):
        networks.ask_network(organisation=member, network=other, actor=speaker, now=NOW)
    networks.withdraw_request(asked=asked, actor=speaker, now=NOW)
    assert networks.ask_network(organisation=member, network=other, actor=speaker, now=NOW)


def test_only_a_confirmed_network_is_asked(member, speaker):
    for wrong in (
        make_organisation(kind=OrganisationKind.NETWORK),
        make_organisation(is_confirmed=True),
    ):
        with pytest.raises(networks.NoSuchNetwork):
            networks.ask_network(organisation=member, network=wrong, actor=speaker, now=NOW)


def test_a_refusal_is_explained(asked, head, member):
    with pytest.raises(networks.NoReason):
        networks.refuse_member(asked=asked, actor=head, reason=" ", now=NOW)
    networks.refuse_member(asked=asked, actor=head, reason="Hors de notre charte.", now=NOW)
    member.refresh_from_db()
    assert member.head is None
    assert "Hors de notre charte." in Message.objects.last().body


def test_the_database_refuses_what_makes_no_sense(asked, member):
    rows = MembershipRequest.objects
    for wrong in ({"network": member}, {"state": "refused"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.filter(pk=asked.pk).update(**wrong)


def test_designated_while_a_member(asked, network, head, member, speaker):
    aid = authorisation(network)
    with pytest.raises(networks.NotAMember):
        networks.designate_members(authorisation=aid, members=[member], actor=head)
    networks.accept_member(asked=asked, actor=head, now=NOW)
    networks.designate_members(authorisation=aid, members=[member], actor=head)
    assert FoodAidAuthorisation.objects.covering(member).on(NOW.date()).exists()
    networks.leave_network(organisation=member, actor=speaker, reason="Nous changeons de réseau.")
    assert not FoodAidAuthorisation.objects.covering(member).exists()
    with pytest.raises(networks.NotAMember):
        networks.leave_network(organisation=member, actor=speaker, reason="Encore.")


# Pages


def test_the_whole_way_by_the_pages(client, network, head, member, speaker):
    authorisation(network)
    sign_in(client, speaker)
    home = reverse("people:organisation", args=[member.pk])
    assert "Rejoindre un réseau" in client.get(home).content.decode()
    ask = reverse("people:network_ask", args=[member.pk])
    wrong = client.post(ask, {})
    assert "Tête de réseau" in wrong.content.decode()
    assert client.post(ask, {"network": network.pk}).url == home
    assert "Annuler la demande" in client.get(home).content.decode()
    pk = MembershipRequest.objects.get().pk
    assert client.post(reverse("people:membership_accept", args=[pk])).status_code == 404
    sign_in(client, head)
    page = reverse("people:network", args=[network.pk])
    assert "Demandes à examiner" in client.get(page).content.decode()
    assert client.post(reverse("people:membership_withdraw", args=[pk])).status_code == 404
    assert client.post(reverse("people:membership_accept", args=[pk])).url == page
    text = client.get(page).content.decode()
    assert "Jardin" in text
    assert "non désignée" in text
    aid = FoodAidAuthorisation.objects.get()
    assert (
        client.post(reverse("people:designate", args=[aid.pk]), {"members": [member.pk]}).url
        == page
    )
    assert "Désignée par le réseau" in client.get(page).content.decode()
    leave = reverse("people:network_leave", args=[member.pk])
    assert client.post(leave, {"reason": "Fin de la charte."}).url == page
    assert "Aucun membre" in client.get(page).content.decode()


def test_who_sees_the_page_of_a_network(client, network, head, member, speaker):
    page = reverse("people:network", args=[network.pk])
    met = {
        who: sign_in(client, person).get(page).status_code
        for who, person in {
            "head": head,
            "auditor": make_person(Role.AUDITOR),
            "support": make_person(Role.SUPPORT),
            "stranger": speaker,
        }.items()
    }
    assert met == {"head": 200, "auditor": 200, "support": 403, "stranger": 404}
    other = reverse("people:network", args=[member.pk])
    assert sign_in(client, speaker).get(other).status_code == 404  # not a network


def test_the_programme_confirms_an_identity_once(client, member, speaker):
    url = reverse("people:organisation_confirm", args=[member.pk])
    assert sign_in(client, speaker).post(url).status_code == 403
    sign_in(client, make_person(Role.PROGRAMME))
    for _ in range(2):
        assert client.post(url).status_code == 302
    member.refresh_from_db()
    assert member.is_confirmed
    assert Event.objects.filter(action="organisation.confirm").count() == 1
