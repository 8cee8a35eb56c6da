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
from ensemblier.base.notices.actions import send as write_mail
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.fund.agreements import access, aid, amending, articles, parties, signing
from ensemblier.fund.agreements.models import (
    Agreement,
    Amendment,
    Instalment,
    Party,
    SignedScan,
)
from ensemblier.fund.agreements.pdf import agreement_pdf
from ensemblier.fund.agreements.shares import agreed_cents
from ensemblier.fund.agreements.signing import AgreementRefused, NotYours, Proof
from ensemblier.fund.applications.models import State as ApplicationState
from ensemblier.fund.applications.moves import move
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.review.actions import actor_on, require, write_to_applicant

__all__ = ["AgreementRefused", "NotYours", "Planned", "agreement_pdf"]


class Planned(NamedTuple):
    """One instalment as the desk plans it."""

    label: str
    release: str
    amount_cents: int
    due_on: date
    paper_label: str = ""
    indicator_id: int | None = None


class Basis(NamedTuple):
    """The rule of State aid that the desk chose, and why."""

    rule: str
    note: str = ""
    line_based: bool = False


def granted_cents(decision: Decision) -> int:
    """What the decision grants, all classes and years; amendments come on top (shares.py)."""
    return sum(award.amount_cents for award in decision.awards.all())


@transaction.atomic
def prepare(
    *,
    decision: Decision,
    starts_on: date,
    ends_on: date,
    instalments: Sequence[Planned],
    surplus_clause: str,
    basis: Basis,
    actor: Any,
    now: datetime,
    kind: str = "",
) -> Agreement:
    """Write the agreement of a grant; may be done again until it is sent."""
    require(access.may_prepare(actor_on(actor, in_paris(now).date()), decision), NotYours)
    if decision.application.state != ApplicationState.FUNDED:
        raise AgreementRefused(
            "Une convention suit une décision d'accord non encore conventionnée."
        )
    if ends_on <= starts_on:
        raise AgreementRefused("La fin de la convention précède son début.", field="ends_on")
    _check_instalments(decision, instalments)
    agreement, fresh = Agreement.objects.select_for_update().get_or_create(
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
    before, agreement.kind = agreement.kind, kind or agreement.kind
    agreement.surplus_clause = surplus_clause
    _put_basis(agreement, basis)
    agreement.save()
    agreement.instalments.all().delete()
    Instalment.objects.bulk_create(
        Instalment(agreement=agreement, position=rank, **planned._asdict())
        for rank, planned in enumerate(instalments, start=1)
    )
    parties.first_parties(agreement)
    if fresh or agreement.kind != before:
        articles.begin(agreement, actor=actor, now=now)
    data = {"basis": basis.rule, "line_based": basis.line_based}
    subject = f"agreement:{agreement.pk}"
    record(actor=actor, action="agreement.prepare", subject=subject, data=data)
    return agreement


def _put_basis(agreement: Agreement, basis: Basis) -> None:
    if basis.rule and (fault := aid.fault_of(aid.Basis(basis.rule), line_based=basis.line_based)):
        raise AgreementRefused(fault, field="legal_basis")
    agreement.legal_basis = basis.rule
    agreement.basis_note, agreement.is_line_based = basis.note.strip(), basis.line_based


def _check_instalments(decision: Decision, instalments: Sequence[Planned]) -> None:
    if not instalments:
        raise AgreementRefused("Prévoyez au moins une échéance.", field="instalments")
    if any(planned.amount_cents <= 0 for planned in instalments):
        raise AgreementRefused("Chaque échéance a un montant positif.", field="instalments")
    for planned in instalments:
        check_release(planned)
    gap = granted_cents(decision) - sum(planned.amount_cents for planned in instalments)
    if gap:
        side = "manque" if gap > 0 else "y a en trop"
        raise AgreementRefused(
            f"La somme des échéances doit égaler le montant accordé : il {side} {euros(abs(gap))}.",
            field="instalments",
        )


def check_release(planned: Planned) -> None:
    """An instalment that waits for a paper names it; one that waits for an indicator, too."""
    if planned.release == Instalment.Release.PAPER and not planned.paper_label.strip():
        raise AgreementRefused(
            f"« {planned.label} » attend une pièce : dites laquelle.", field="instalments"
        )
    if planned.release == Instalment.Release.INDICATOR and planned.indicator_id is None:
        raise AgreementRefused(
            f"« {planned.label} » attend un indicateur : choisissez-le.", field="instalments"
        )


@transaction.atomic
def send(*, agreement: Agreement, actor: Any, now: datetime) -> Agreement:
    """Freeze the text as a PDF and ask the parties to sign."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.state != Agreement.State.DRAFT:
        raise AgreementRefused("Cette convention est déjà envoyée.")
    require(access.may_work_on(actor_on(actor, in_paris(now).date()), agreement), NotYours)
    application = agreement.decision.application
    parties.first_parties(agreement)
    if not agreement.articles.exists():  # prepared before articles were copied at that time
        articles.begin(agreement, actor=actor, now=now)
    aid.check(agreement, agreed_cents(agreement), in_paris(now).date())
    if lacks := articles.missing(agreement):
        raise AgreementRefused(
            f"Au-dessus du seuil de la loi, la convention doit dire aussi : {', '.join(lacks)}. "
            "Ajoutez ces articles, puis envoyez-la."
        )
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
    record(
        actor=actor,
        action="agreement.send",
        subject=f"agreement:{agreement.pk}",
        data={"sha256": agreement.pdf.sha256},
    )
    write_to_applicant(application, "agreements/emails/to_sign.txt", {"agreement": agreement})
    _write_to_others(agreement)
    return agreement


def _write_to_others(agreement: Agreement) -> None:
    """Co-funders and partners are asked to sign at the address of their organisation."""
    for party in parties.parties_of(agreement):
        if party.role in (Party.Role.CO_FUNDER, Party.Role.PARTNER) and party.organisation.email:
            write_mail(
                to=party.organisation.email,
                template="agreements/emails/to_sign.txt",
                context={
                    "agreement": agreement,
                    "application": agreement.decision.application,
                    "party": party,
                },
                about=f"agreement:{agreement.pk}",
            )


@transaction.atomic
def sign(
    *,
    agreement: Agreement,
    organisation: Organisation,
    actor: Any,
    now: datetime,
    key: UUID,
    amendment: Amendment | None = None,
    proof: Proof | None = None,
) -> Agreement:
    """Record one party's consent. The grantor signs last: that sets the money apart."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if amendment is not None:
        amendment = Amendment.objects.select_for_update(of=("self",)).get(pk=amendment.pk)
    if organisation and organisation.pk in signing.signed_by(agreement, amendment):
        return agreement
    signing.check_open(agreement, amendment)
    party = next(
        (p for p in parties.parties_of(agreement, amendment) if p.organisation == organisation),
        None,
    )
    if party is None:
        raise AgreementRefused("Votre organisation n'est pas partie à cette convention.")
    signing.put_consent(agreement, amendment, party, actor=actor, now=now, proof=proof or Proof())
    _finish(agreement, amendment, actor=actor, now=now, key=key)
    return agreement


@transaction.atomic
def confirm_scan(*, scan: SignedScan, actor: Any, now: datetime, key: UUID) -> SignedScan:
    """The signatures are on the paper: another person than who sent it says so."""
    agreement = Agreement.objects.select_for_update().get(pk=scan.agreement_id)
    fresh = signing.open_scan(scan, actor, now)
    fresh.agreement = agreement
    signing.check_open(agreement, fresh.amendment)
    signing.put_scanned(fresh, actor=actor, now=now)
    signing.close_scan(fresh, SignedScan.State.CONFIRMED, "", actor=actor, now=now)
    _finish(agreement, fresh.amendment, actor=actor, now=now, key=key)
    return fresh


def _finish(
    agreement: Agreement, amendment: Amendment | None, *, actor: Any, now: datetime, key: UUID
) -> None:
    """Everybody has signed: the text holds."""
    if signing.next_parties(agreement, amendment):
        return
    if amendment:
        amending.complete(amendment, actor=actor, now=now, key=key)
    else:
        _complete(agreement, actor=actor, now=now, key=key)


def _complete(agreement: Agreement, *, actor: Any, now: datetime, key: UUID) -> None:
    """All have signed: the grant leaves the envelopes for the agreement's own account."""
    day = in_paris(now).date()
    aid.settle(agreement, granted_cents(agreement.decision), day)
    for award in agreement.decision.awards.select_related("reservation").order_by("pk"):
        post(
            key=uuid5(key, f"award:{award.pk}"),
            reservation=award.reservation,
            day=day,
            actor=actor,
            reason=f"Convention {agreement.number} signée",
        )
    agreement.state, agreement.signed_at = Agreement.State.SIGNED, now
    agreement.save()
    move(application=agreement.decision.application, verb="agree", actor=actor)
