"""What releases an instalment (a paper, an indicator, a date), and what stops its clock."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.files.models import StoredFile
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import day as written
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.engines.law.clock import Clock, Pause, clock
from ensemblier.fund.agreements import access
from ensemblier.fund.agreements.models import (
    Agreement,
    Evidence,
    Indicator,
    Instalment,
    Measure,
    Recovery,
    Suspension,
)
from ensemblier.fund.review.actions import actor_on, require, write_to_applicant

Release = Instalment.Release
# Those noted and checked here; signature and reports release by themselves.
BY_EVIDENCE = {
    Release.PAPER: Evidence.Kind.PAPER,
    Release.INDICATOR: Evidence.Kind.INDICATOR,
    Release.DATE: Evidence.Kind.DATE,
}


class ReleaseRefused(Refusal):
    """The instalment cannot be released so, or its clock cannot be stopped."""


class NotYours(Refusal):
    """This person does not do this on this agreement."""


class FourEyes(NotYours):
    """Another person is needed."""


def reached(indicator: Indicator, value: Decimal) -> bool:
    """The target is reached, upwards or downwards from the baseline."""
    if indicator.target > indicator.baseline:
        return value >= indicator.target
    return value <= indicator.target


@transaction.atomic
def measure(
    *,
    indicator: Indicator,
    value: Decimal,
    measured_on: date,
    note: str,
    actor: Any,
    now: datetime,
) -> Measure:
    """Note a value of an indicator."""
    agreement = Agreement.objects.select_related(*access.WHOLE_AGREEMENT).get(
        pk=indicator.agreement_id
    )
    day = in_paris(now).date()
    person = actor_on(actor, day)
    if agreement.decision.application.organisation_id not in person.organisations(*access.MEMBERS):
        require(access.may_work_on(person, agreement), NotYours)
    if agreement.state != Agreement.State.SIGNED or measured_on > day:
        raise ReleaseRefused(
            "Notez une mesure déjà faite, d'une convention signée.", field="measured_on"
        )
    row = Measure.objects.create(
        indicator=indicator,
        value=value,
        measured_on=measured_on,
        note=note.strip(),
        noted_by=actor,
        noted_at=now,
    )
    record(
        actor=actor,
        action="agreement.measure",
        subject=f"agreement:{agreement.pk}",
        data={"indicator": indicator.pk, "value": str(value), "on": measured_on.isoformat()},
    )
    return row


def _locked(instalment: Instalment) -> Instalment:
    Agreement.objects.select_for_update().get(pk=instalment.agreement_id)
    rows = Instalment.objects.select_related(
        *(f"agreement__{name}" for name in access.WHOLE_AGREEMENT), "indicator"
    )
    return rows.select_for_update(of=("self",)).get(pk=instalment.pk)


@transaction.atomic
def give_evidence(
    *,
    instalment: Instalment,
    checked: CheckedFile | None,
    note: str,
    actor: Any,
    now: datetime,
) -> Evidence:
    """Show what releases an instalment; another person checks it."""
    fresh = _locked(instalment)
    agreement, day = fresh.agreement, in_paris(now).date()
    require(access.may_give_evidence(actor_on(actor, day), fresh), NotYours)
    kind = BY_EVIDENCE.get(Release(fresh.release))
    if kind is None:
        raise ReleaseRefused(
            f"Cette échéance s'ouvre {fresh.get_release_display()} : rien à déposer ici."
        )
    if agreement.state != Agreement.State.SIGNED or fresh.released_at:
        raise ReleaseRefused("Cette échéance est déjà ouverte, ou la convention n'est pas signée.")
    last = _check_evidence(fresh, kind, checked, day)
    stored = _keep(agreement, checked, actor) if checked is not None else None
    waits = ReleaseRefused("Un justificatif attend déjà d'être contrôlé.", field="file")
    try:
        with transaction.atomic():
            row = Evidence.objects.create(
                instalment=fresh,
                kind=kind,
                file=stored,
                measure=last,
                note=note.strip(),
                given_by=actor,
                given_at=now,
            )
    except IntegrityError as error:
        raise waits from error
    record(
        actor=actor,
        action="instalment.evidence",
        subject=f"agreement:{agreement.pk}",
        data={"instalment": fresh.pk, "evidence": row.pk, "kind": kind},
    )
    return row


def _keep(agreement: Agreement, checked: CheckedFile, actor: Any) -> StoredFile:
    return store(
        checked=checked,
        purpose="agreement_paper",
        about=f"agreement:{agreement.pk}",
        organisation_id=agreement.decision.application.organisation_id,
        actor=actor,
    )


def _check_evidence(
    instalment: Instalment, kind: str, checked: CheckedFile | None, day: date
) -> Measure | None:
    if kind == Evidence.Kind.PAPER and checked is None:
        raise ReleaseRefused(f"Déposez la pièce attendue : {instalment.paper_label}.", field="file")
    if kind == Evidence.Kind.DATE and day < instalment.due_on:
        raise ReleaseRefused(f"Cette échéance s'ouvre le {written(instalment.due_on)}.")
    if kind != Evidence.Kind.INDICATOR:
        return None
    assert instalment.indicator is not None
    last = instalment.indicator.measures.order_by("-measured_on", "-pk").first()
    if last is None or not reached(instalment.indicator, last.value):
        raise ReleaseRefused(
            f"L'indicateur « {instalment.indicator.label} » n'a pas encore atteint sa cible : "
            "notez d'abord une mesure.",
            field="file",
        )
    return last


@transaction.atomic
def check_evidence(
    *, evidence: Evidence, accepted: bool, note: str, actor: Any, now: datetime
) -> Evidence:
    """Accept what was shown: the instalment opens and its days begin; or return it with a word."""
    instalment = _locked(evidence.instalment)
    fresh = Evidence.objects.select_for_update().get(pk=evidence.pk)
    fresh.instalment = instalment
    answer = access.may_check_evidence(actor_on(actor, in_paris(now).date()), fresh)
    require(answer, FourEyes if fresh.given_by_id == actor.pk else NotYours)
    if fresh.state != Evidence.State.GIVEN:
        raise ReleaseRefused("Ce justificatif est déjà contrôlé : rechargez la page.")
    if not accepted and not note.strip():
        raise ReleaseRefused("Dites ce qui manque.", field="note")
    fresh.state = Evidence.State.ACCEPTED if accepted else Evidence.State.RETURNED
    fresh.checked_by, fresh.checked_at, fresh.check_note = actor, now, note.strip()
    fresh.save()
    if accepted:
        instalment.released_at, instalment.released_by = now, actor
        instalment.clock_starts_on = in_paris(now).date()
        instalment.save(update_fields=["released_at", "released_by", "clock_starts_on"])
    record(
        actor=actor,
        action="instalment.release" if accepted else "instalment.return",
        subject=f"agreement:{instalment.agreement_id}",
        reason=fresh.check_note,
        data={"instalment": instalment.pk, "evidence": fresh.pk},
    )
    write_to_applicant(
        instalment.agreement.decision.application,
        "agreements/emails/evidence.txt",
        {"agreement": instalment.agreement, "instalment": instalment, "evidence": fresh},
    )
    return fresh


@transaction.atomic
def suspend(
    *,
    agreement: Agreement,
    instalment: Instalment | None,
    reason: str,
    actor: Any,
    now: datetime,
    recovery: Recovery | None = None,
) -> Suspension:
    """Stop the days of one instalment, or of all: the organisation owes something. Both sides are
    told, with the reason."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    require(access.may_work_on(actor_on(actor, in_paris(now).date()), agreement), NotYours)
    if agreement.state != Agreement.State.SIGNED:
        raise ReleaseRefused("Rien ne court avant la signature ni après la clôture.")
    if not reason.strip():
        raise ReleaseRefused("Dites ce que l'organisation doit.", field="reason")
    if instalment is not None and instalment.agreement_id != agreement.pk:
        raise ReleaseRefused("Cette échéance est celle d'une autre convention.")
    going = Suspension.objects.filter(agreement=agreement, ends_on__isnull=True, recovery=recovery)
    if going.filter(instalment=instalment).exists():
        raise ReleaseRefused("Le délai est déjà suspendu.", field="reason")
    row = Suspension.objects.create(
        agreement=agreement,
        instalment=instalment,
        recovery=recovery,
        reason=reason.strip(),
        starts_on=in_paris(now).date(),
        made_by=actor,
        made_at=now,
    )
    _tell(row, "clock.suspend", row.reason, actor)
    return row


@transaction.atomic
def lift(*, suspension: Suspension, why: str, actor: Any, now: datetime) -> Suspension:
    """The days count again."""
    fresh = (
        Suspension.objects.select_for_update(of=("self",))
        .select_related("agreement")
        .get(pk=suspension.pk)
    )
    require(access.may_lift(actor_on(actor, in_paris(now).date()), fresh), NotYours)
    if fresh.recovery_id is not None:
        raise ReleaseRefused(
            "Cette suspension suit un reversement : elle finit avec lui, pas avant."
        )
    return end(fresh, why, actor=actor, now=now)


def end(suspension: Suspension, why: str, *, actor: Any, now: datetime) -> Suspension:
    if suspension.ends_on is not None:
        raise ReleaseRefused("Cette suspension est déjà levée.")
    if not why.strip():
        raise ReleaseRefused("Dites pourquoi le délai court de nouveau.", field="why")
    suspension.ends_on, suspension.lifted_by = in_paris(now).date(), actor
    suspension.lift_reason = why.strip()
    suspension.save()
    _tell(suspension, "clock.lift", suspension.lift_reason, actor)
    return suspension


def _tell(row: Suspension, action: str, reason: str, actor: Any) -> None:
    record(
        actor=actor,
        action=action,
        subject=f"agreement:{row.agreement_id}",
        reason=reason,
        data={"suspension": row.pk, "instalment": row.instalment_id},
    )
    write_to_applicant(
        row.agreement.decision.application,
        "agreements/emails/suspension.txt",
        {"agreement": row.agreement, "suspension": row},
    )


def stopped_by(instalment: Instalment) -> Suspension | None:
    """What stops the payment of an instalment now; payments ask before they certify."""
    rows = Suspension.objects.filter(agreement=instalment.agreement_id, ends_on__isnull=True)
    return next((row for row in rows if row.instalment_id in (None, instalment.pk)), None)


def clock_of(
    instalment: Instalment,
    suspensions: list[Suspension],
    opened_on: date | None,
    today: date,
    paid_on: date | None = None,
) -> Clock | None:
    """The 60 days of an instalment; None while nothing has opened it."""
    if opened_on is None:
        return None
    pauses = [
        Pause(row.starts_on, row.ends_on)
        for row in suspensions
        if row.instalment_id in (None, instalment.pk)
    ]
    return clock(opened_on, pauses, today, paid_on)
