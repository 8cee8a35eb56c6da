"""A network and its members: asking to join, answering, leaving, designating for food aid."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.journal.ceilings import keep_under
from ensemblier.base.notices.actions import send
from ensemblier.base.people.actions import join_network
from ensemblier.base.people.memberships import MembershipRequest
from ensemblier.base.people.models import (
    FoodAidAuthorisation,
    Mandate,
    Organisation,
    OrganisationKind,
    Role,
    User,
)
from ensemblier.base.refusal import Refusal

SPEAKERS = (Role.NETWORK_HEAD, Role.REPRESENTATIVE)


class NoSuchNetwork(Refusal):
    """What is asked to lead is not a confirmed network, or leads this organisation already."""


class RequestPending(Refusal):
    """The organisation waits for an answer already."""


class RequestAnswered(Refusal):
    """The request was answered or withdrawn meanwhile."""


class NoReason(Refusal):
    """A refusal is always explained."""


class NotAMember(Refusal):
    """The network designates its own members only; one leaves only what one has joined."""


def networks_for(organisation: Organisation) -> Any:
    """The networks that this organisation may ask: confirmed, and not its own."""
    rows = Organisation.objects.filter(kind=OrganisationKind.NETWORK, is_confirmed=True)
    return rows.exclude(pk__in=[organisation.pk, organisation.head_id or 0])


@transaction.atomic
def ask_network(
    *, organisation: Organisation, network: Organisation, actor: User, now: datetime
) -> MembershipRequest:
    """Ask; those who speak for the network are told by e-mail."""
    if not networks_for(organisation).filter(pk=network.pk).exists():
        raise NoSuchNetwork("Choisissez un autre réseau que le vôtre.", field="network")
    asked = MembershipRequest(
        organisation=organisation, network=network, asked_by=actor, asked_at=now
    )
    try:
        with transaction.atomic():
            asked.save()
    except IntegrityError as error:
        raise RequestPending(
            "Votre organisation a déjà une demande en attente. Annulez-la pour en faire une autre."
        ) from error
    subject, data = f"organisation:{organisation.pk}", {"network": network.pk}
    keep_under(record(actor=actor, action="organisation.ask_network", subject=subject, data=data))
    for person in _speakers(network, now.date()):
        _tell(asked, person.email, "people/emails/network_asked.txt")
    return asked


def _speakers(network: Organisation, day: date) -> Iterable[User]:
    held = Mandate.objects.on(day).filter(organisation=network, role__in=SPEAKERS)
    return User.objects.filter(pk__in=held.values("user"), is_active=True)


@transaction.atomic
def withdraw_request(*, asked: MembershipRequest, actor: User, now: datetime) -> None:
    _settle(asked, MembershipRequest.State.WITHDRAWN, actor, now, "")


@transaction.atomic
def accept_member(*, asked: MembershipRequest, actor: User, now: datetime) -> None:
    """The organisation becomes a member, and leaves the network it had."""
    asked = _settle(asked, MembershipRequest.State.ACCEPTED, actor, now, "")
    member = Organisation.objects.select_for_update().get(pk=asked.organisation_id)
    _forget_designations(member)
    join_network(organisation=member, head=asked.network, actor=actor)
    _tell(asked, asked.asked_by.email, "people/emails/network_accepted.txt")


@transaction.atomic
def refuse_member(*, asked: MembershipRequest, actor: User, reason: str, now: datetime) -> None:
    if not reason.strip():
        raise NoReason("Expliquez le refus : l'organisation doit savoir pourquoi.", field="reason")
    asked = _settle(asked, MembershipRequest.State.REFUSED, actor, now, reason.strip())
    _tell(asked, asked.asked_by.email, "people/emails/network_refused.txt")


def _settle(
    asked: MembershipRequest, state: str, actor: User, now: datetime, reason: str
) -> MembershipRequest:
    locked = MembershipRequest.objects.select_for_update(of=("self",))
    asked = locked.select_related("organisation", "network", "asked_by").get(pk=asked.pk)
    if asked.state != MembershipRequest.State.PENDING:
        raise RequestAnswered("Cette demande a déjà reçu une réponse. Rechargez la page.")
    asked.state, asked.decided_by, asked.decided_at, asked.reason = state, actor, now, reason
    asked.save()
    record(
        actor=actor,
        action=f"organisation.network_{state}",
        subject=f"organisation:{asked.organisation_id}",
        reason=reason,
        data={"network": asked.network_id},
    )
    return asked


@transaction.atomic
def leave_network(*, organisation: Organisation, actor: User, reason: str) -> None:
    """Decided by the member or by the network; its designations end with it."""
    member = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if member.head_id is None:
        raise NotAMember("Cette organisation n'est membre d'aucun réseau. Rechargez la page.")
    left = member.head_id
    _forget_designations(member)
    join_network(organisation=member, head=None, actor=actor)
    record(
        actor=actor,
        action="organisation.leave_network",
        subject=f"organisation:{member.pk}",
        reason=reason,
        data={"network": left},
    )


def _forget_designations(member: Organisation) -> None:
    member.covered_by.remove(*member.covered_by.filter(organisation=member.head_id))


@transaction.atomic
def designate_members(
    *, authorisation: FoodAidAuthorisation, members: Iterable[Organisation], actor: User
) -> None:
    """The members that the network's authorisation covers from now on, and no other."""
    wanted = {member.pk for member in members}
    network = Organisation.objects.select_for_update().get(pk=authorisation.organisation_id)
    if wanted - set(network.members.values_list("pk", flat=True)):
        raise NotAMember(
            "Une organisation choisie n'est plus membre du réseau. Rechargez la page.",
            field="members",
        )
    authorisation.designated.set(wanted)
    record(
        actor=actor,
        action="organisation.designate",
        subject=f"organisation:{network.pk}",
        data={"authorisation": authorisation.pk, "members": sorted(wanted)},
    )


def _tell(asked: MembershipRequest, to: str, template: str) -> None:
    send(
        to=to,
        template=template,
        context={
            "organisation": asked.organisation.name,
            "network": asked.network.name,
            "reason": asked.reason,
        },
        about=f"organisation:{asked.organisation_id}",
    )
