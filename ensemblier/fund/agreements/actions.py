"""Agreements: prepared by the desk, sent, signed by every party; the last signature moves money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import transaction

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import check_bytes
from ensemblier.base.journal.actions import record
from ensemblier.base.ledger.actions import post
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import Agreement, Instalment, Signature
from ensemblier.fund.agreements.pdf import agreement_pdf
from ensemblier.fund.applications.models import State as ApplicationState
from ensemblier.fund.applications.moves import move
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.review.actions import write_to_applicant


class AgreementRefused(Refusal):
    """The agreement cannot be prepared, sent or signed as it stands."""


class Planned(NamedTuple):
    """One instalment as the desk plans it."""

    label: str
    release: str
    amount_cents: int
    due_on: date


def granted_cents(decision: Decision) -> int:
    """What the decision grants, all classes and years."""
    return sum(award.amount_cents for award in decision.awards.all())


@transaction.atomic
def prepare(
    *,
    decision: Decision,
    starts_on: date,
    ends_on: date,
    instalments: Sequence[Planned],
    surplus_clause: str,
    actor: Any,
) -> Agreement:
    """Write the agreement of a grant; may be done again until it is sent."""
    if decision.application.state != ApplicationState.FUNDED:
        raise AgreementRefused(
            "Une convention suit une décision d'accord non encore conventionnée."
        )
    if ends_on <= starts_on:
        raise AgreementRefused("La fin de la convention précède son début.", field="ends_on")
    _check_instalments(decision, instalments)
    agreement, _ = Agreement.objects.select_for_update().get_or_create(
        decision=decision,
        defaults={
            "number": f"C-{decision.application.number}",
            "starts_on": starts_on,
            "ends_on": ends_on,
        },
    )
    if agreement.state != Agreement.State.DRAFT:
        raise AgreementRefused("Cette convention est déjà envoyée : elle ne change plus.")
    agreement.starts_on, agreement.ends_on = starts_on, ends_on
    agreement.surplus_clause = surplus_clause
    agreement.save()
    agreement.instalments.all().delete()
    Instalment.objects.bulk_create(
        Instalment(agreement=agreement, position=rank, **planned._asdict())
        for rank, planned in enumerate(instalments, start=1)
    )
    record(actor=actor, action="agreement.prepare", subject=f"agreement:{agreement.pk}")
    return agreement


def _check_instalments(decision: Decision, instalments: Sequence[Planned]) -> None:
    if not instalments:
        raise AgreementRefused("Prévoyez au moins une échéance.", field="instalments")
    if any(planned.amount_cents <= 0 for planned in instalments):
        raise AgreementRefused("Chaque échéance a un montant positif.", field="instalments")
    gap = granted_cents(decision) - sum(planned.amount_cents for planned in instalments)
    if gap:
        side = "manque" if gap > 0 else "y a en trop"
        raise AgreementRefused(
            f"La somme des échéances doit égaler le montant accordé : il {side} {euros(abs(gap))}.",
            field="instalments",
        )


@transaction.atomic
def send(*, agreement: Agreement, actor: Any, now: datetime) -> Agreement:
    """Freeze the text as a PDF and ask the parties to sign."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.state != Agreement.State.DRAFT:
        raise AgreementRefused("Cette convention est déjà envoyée.")
    application = agreement.decision.application
    agreement.pdf = store(
        checked=check_bytes(
            content=agreement_pdf(agreement, made_at=now),
            name=f"convention-{agreement.number}.pdf",
        ),
        purpose="agreement",
        about=f"agreement:{agreement.pk}",
        organisation_id=application.organisation_id,
        actor=actor,
        counted=False,
    )
    agreement.state, agreement.sent_at = Agreement.State.SENT, now
    agreement.save()
    record(actor=actor, action="agreement.send", subject=f"agreement:{agreement.pk}")
    write_to_applicant(application, "agreements/emails/to_sign.txt", {"agreement": agreement})
    return agreement


def parties(agreement: Agreement) -> list[Organisation]:
    """Who must sign: the organisation, then the service that owns the call."""
    application = agreement.decision.application
    return [application.organisation, application.call.owner]


@transaction.atomic
def sign(
    *, agreement: Agreement, organisation: Organisation, actor: Any, now: datetime, key: UUID
) -> Agreement:
    """Record one party's signature. The State signs last: that sets the money apart."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    wanted = parties(agreement)
    if Signature.objects.filter(agreement=agreement, organisation=organisation).exists():
        return agreement
    if agreement.state != Agreement.State.SENT or agreement.pdf is None:
        raise AgreementRefused("Cette convention n'est pas à signer.")
    if organisation not in wanted:
        raise AgreementRefused("Votre organisation n'est pas partie à cette convention.")
    signed = set(agreement.signatures.values_list("organisation_id", flat=True))
    if organisation == wanted[-1] and wanted[0].pk not in signed:
        raise AgreementRefused("L'organisation signe d'abord ; l'État signe ensuite.")
    Signature.objects.create(
        agreement=agreement,
        organisation=organisation,
        signed_by=actor,
        signed_at=now,
        pdf_sha256=agreement.pdf.sha256,
    )
    record(
        actor=actor,
        action="agreement.sign",
        subject=f"agreement:{agreement.pk}",
        data={"organisation": organisation.pk},
    )
    if {party.pk for party in wanted} <= signed | {organisation.pk}:
        _complete(agreement, actor=actor, now=now, key=key)
    return agreement


def _complete(agreement: Agreement, *, actor: Any, now: datetime, key: UUID) -> None:
    """All have signed: the grant leaves the envelopes for the agreement's own account."""
    for award in agreement.decision.awards.select_related("reservation").order_by("pk"):
        post(
            key=uuid5(key, f"award:{award.pk}"),
            reservation=award.reservation,
            day=in_paris(now).date(),
            actor=actor,
            reason=f"Convention {agreement.number} signée",
        )
    agreement.state, agreement.signed_at = Agreement.State.SIGNED, now
    agreement.save()
    move(application=agreement.decision.application, verb="agree", actor=actor)
