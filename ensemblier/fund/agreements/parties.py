"""Who takes part in an agreement, in the order in which they sign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import access, articles
from ensemblier.fund.agreements.models import Agreement, Amendment, Party, PartyPayment
from ensemblier.fund.agreements.reading import kept
from ensemblier.fund.review.actions import actor_on, require

FIRST, MIDDLE, LAST = 1, 10, 100  # the beneficiary signs first, the grantor last


class BadParty(Refusal):
    """This organisation cannot take part so."""


class NotYours(Refusal):
    """This person does not write this agreement."""


class PlannedPayment(NamedTuple):
    label: str
    amount_cents: int
    due_on: date


def parties_of(agreement: Agreement, amendment: Amendment | None = None) -> list[Party]:
    """Those who take part, in the order of signature; with `amendment`, also who joins or leaves
    by it: they sign it."""
    rows = agreement.parties.select_related("organisation", "joined_by", "left_by")
    signed = Amendment.State.SIGNED
    found = []
    for party in kept(agreement, "parties", lambda: rows.order_by("position", "pk")):
        joins, leaves = party.joined_by, party.left_by
        if leaves and leaves != amendment and (leaves.state == signed or leaves == joins):
            continue
        if joins and joins != amendment and joins.state != signed:
            continue
        found.append(party)
    return found


def first_parties(agreement: Agreement) -> None:
    """The beneficiary and the grantor, once."""
    application = agreement.decision.application
    grantor, beneficiary = application.call.owner, application.organisation
    Party.objects.get_or_create(
        agreement=agreement,
        role=Party.Role.BENEFICIARY,
        defaults={"organisation": beneficiary, "position": FIRST},
    )
    Party.objects.get_or_create(
        agreement=agreement,
        role=Party.Role.GRANTOR,
        defaults={"organisation": grantor, "position": LAST},
    )


@transaction.atomic
def add_party(
    *,
    agreement: Agreement,
    organisation: Organisation,
    role: str,
    signer_name: str = "",
    signer_title: str = "",
    legal_basis: str = "",
    payments: Sequence[PlannedPayment] = (),
    actor: Any,
    now: datetime,
) -> Party:
    """One more party of a draft; a co-funder brings the sum of its own payments."""
    fresh = Agreement.objects.select_for_update().get(pk=agreement.pk)
    require(access.may_work_on(actor_on(actor, in_paris(now).date()), fresh), NotYours)
    if fresh.state != Agreement.State.DRAFT:
        raise BadParty("La convention est envoyée : une partie ne s'ajoute que par un avenant.")
    party = put_party(
        fresh,
        organisation=organisation,
        role=role,
        words=(signer_name, signer_title, legal_basis),
        payments=payments,
    )
    if role == Party.Role.CO_FUNDER and fresh.kind == Agreement.Kind.GRANT:
        fresh.kind = Agreement.Kind.SEVERAL
        fresh.save(update_fields=["kind"])
        articles.begin(fresh, actor=actor, now=now)
    record(
        actor=actor,
        action="agreement.party",
        subject=f"agreement:{fresh.pk}",
        data={"organisation": organisation.pk, "role": role, "cents": party.amount_cents},
    )
    return party


def put_party(
    agreement: Agreement,
    *,
    organisation: Organisation,
    role: str,
    words: tuple[str, str, str] = ("", "", ""),
    payments: Sequence[PlannedPayment] = (),
    amendment: Amendment | None = None,
) -> Party:
    if role not in (Party.Role.CO_FUNDER, Party.Role.PARTNER):
        raise BadParty("Ajoutez un cofinanceur ou un partenaire.", field="role")
    if role == Party.Role.CO_FUNDER and not payments:
        raise BadParty(
            "Un cofinanceur apporte un montant : écrivez au moins un versement.", field="role"
        )
    if role == Party.Role.PARTNER and payments:
        raise BadParty("Un partenaire sans argent n'a pas de versement.", field="role")
    if any(row.amount_cents <= 0 for row in payments):
        raise BadParty("Chaque versement a un montant positif.", field="role")
    total = sum(row.amount_cents for row in payments)
    known = BadParty("Cette organisation est déjà partie à la convention.", field="siret")
    if any(p.organisation_id == organisation.pk for p in parties_of(agreement, amendment)):
        raise known
    taken = agreement.parties.exclude(role=Party.Role.GRANTOR).order_by("-position").first()
    name, title, basis = (text.strip() for text in words)
    try:
        with transaction.atomic():
            party = Party.objects.create(
                agreement=agreement,
                organisation=organisation,
                role=role,
                position=max(MIDDLE, taken.position + 1 if taken else MIDDLE),
                signer_name=name,
                signer_title=title,
                legal_basis=basis,
                amount_cents=total or None,
                joined_by=amendment,
            )
    except IntegrityError as error:
        raise known from error
    PartyPayment.objects.bulk_create(
        PartyPayment(party=party, position=rank, **row._asdict())
        for rank, row in enumerate(payments, start=1)
    )
    return party


@transaction.atomic
def remove_party(*, party: Party, actor: Any, now: datetime) -> None:
    """Take a party out of a draft."""
    fresh = Agreement.objects.select_for_update().get(pk=party.agreement_id)
    require(access.may_work_on(actor_on(actor, in_paris(now).date()), fresh), NotYours)
    if fresh.state != Agreement.State.DRAFT:
        raise BadParty("La convention est envoyée : une partie ne sort que par un avenant.")
    if party.role in (Party.Role.BENEFICIARY, Party.Role.GRANTOR):
        raise BadParty("Le porteur du projet et le financeur principal ne sortent pas.")
    record(
        actor=actor,
        action="agreement.party_out",
        subject=f"agreement:{fresh.pk}",
        data={"organisation": party.organisation_id},
    )
    party.payments.all().delete()
    party.delete()


@transaction.atomic
def note_paid(*, payment: PartyPayment, paid_on: date, actor: Any, now: datetime) -> PartyPayment:
    """A co-funder paid its part: the day, noted by its payer, or by hand when it has none here."""
    agreement = payment.party.agreement
    day = in_paris(now).date()
    require(access.may_note_paid(actor_on(actor, day), payment), NotYours)
    if agreement.state == Agreement.State.DRAFT or paid_on > day:
        raise BadParty("Notez un versement déjà fait, d'une convention envoyée.", field="paid_on")
    payment.paid_on, payment.noted_by = paid_on, actor
    payment.save(update_fields=["paid_on", "noted_by"])
    record(
        actor=actor,
        action="agreement.party_paid",
        subject=f"agreement:{agreement.pk}",
        data={"payment": payment.pk, "paid_on": paid_on.isoformat()},
    )
    return payment
