"""Breach and recovery: found by the desk, heard, decided by a signatory, given back, or dropped.

The money itself moves in payments (payments/recoveries.py), which sits above and calls `order`,
`settle` and `cancel`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import day as written
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.engines import recovery as engine
from ensemblier.engines.law.dated import in_force
from ensemblier.engines.months import add_months
from ensemblier.fund.agreements import access, releasing, ties
from ensemblier.fund.agreements.models import Agreement, Recovery, RecoveryStage
from ensemblier.fund.agreements.shares import agreed_cents
from ensemblier.fund.decisions import contradictory
from ensemblier.fund.decisions.delegations import hold_under_ceiling
from ensemblier.fund.decisions.models import Notice
from ensemblier.fund.review.actions import actor_on, require, write_to_applicant

State = Recovery.State
GOING = (State.OPEN, State.HEARING, State.ORDERED)


class RecoveryRefused(Refusal):
    """The recovery cannot be opened, decided or ended as it stands."""


class NotYours(Refusal):
    """This person does not do this."""


class Stage(NamedTuple):
    due_on: date
    cents: int


def case_of(
    agreement: Agreement, ground: str, happened_on: date, *, misused: int = 0
) -> engine.Case:
    """What the engine reads, from the books."""
    known = ties.money(agreement)
    return engine.Case(
        ground=engine.Ground(ground),
        granted=agreed_cents(agreement),
        paid=known.paid,
        returned=known.returned + known.claimed,
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
        breach_on=happened_on,
        misused=misused,
        justified=known.justified,
        keepable=known.keepable,
    )


@transaction.atomic
def find(
    *,
    key: UUID,
    agreement: Agreement,
    ground: str,
    happened_on: date,
    facts: str,
    misused_cents: int,
    stops_payments: bool,
    actor: Any,
    now: datetime,
) -> Recovery:
    """Note a breach, work out what it costs, and stop the payments that follow if asked."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    day = in_paris(now).date()
    require(access.may_find_breach(actor_on(actor, day), agreement), NotYours)
    known = Recovery.objects.filter(key=key, agreement=agreement).first()
    if known:
        return known
    _check_found(agreement, facts, happened_on, day)
    answer = _worked_out(case_of(agreement, ground, happened_on, misused=misused_cents))
    row = _create(
        agreement,
        Recovery(
            agreement=agreement,
            key=key,
            ground=ground,
            happened_on=happened_on,
            facts=facts.strip(),
            calculation=told(answer),
            proposed_cents=answer.amount,
            stops_payments=stops_payments,
            opened_by=actor,
            opened_at=now,
        ),
    )
    _log(row, "recovery.find", actor, row.facts, {"proposed_cents": answer.amount})
    if stops_payments:
        releasing.suspend(
            agreement=agreement,
            instalment=None,
            recovery=row,
            actor=actor,
            now=now,
            reason=f"Reversement {row.number} : {row.get_ground_display()}.",
        )
    return row


def _check_found(agreement: Agreement, facts: str, happened_on: date, day: date) -> None:
    if agreement.state != Agreement.State.SIGNED:
        raise RecoveryRefused("Un manquement se constate sur une convention signée et non close.")
    if not facts.strip():
        raise RecoveryRefused("Écrivez ce qui a été constaté.", field="facts")
    if happened_on > day:
        raise RecoveryRefused("La date du manquement est à venir.", field="happened_on")


def _worked_out(case: engine.Case) -> engine.Answer:
    try:
        answer = engine.recoverable(case)
    except engine.BadCase as fault:
        raise RecoveryRefused(str(fault)) from fault
    if not answer.amount and not answer.cancelled:
        raise RecoveryRefused(
            "D'après les livres, rien n'est à rendre : vérifiez ce qui a été versé et justifié.",
            field="happened_on",
        )
    return answer


def told(answer: engine.Answer) -> dict[str, Any]:
    """The working, as it is kept and printed."""
    return asdict(answer) | {
        "lines": [list(line) for line in answer.lines],
        "sentence": answer.sentence,
    }


def _create(agreement: Agreement, row: Recovery) -> Recovery:
    row.number = f"R-{agreement.number[2:]}-{agreement.recoveries.count() + 1}"
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise RecoveryRefused(
            "Un reversement est déjà en cours pour ce motif : suivez celui-là.", field="ground"
        ) from error
    return row


def _open(recovery: Recovery) -> Recovery:
    Agreement.objects.select_for_update().get(pk=recovery.agreement_id)
    rows = Recovery.objects.select_related(
        *(f"agreement__{name}" for name in access.WHOLE_AGREEMENT)
    )
    return rows.select_for_update(of=("self",)).get(pk=recovery.pk)


@transaction.atomic
def hear(*, recovery: Recovery, due_on: date, actor: Any, now: datetime) -> Notice:
    """Tell the organisation what was found and what is intended, and ask for its answer."""
    fresh = _open(recovery)
    require(access.may_work_on_recovery(actor_on(actor, in_paris(now).date()), fresh), NotYours)
    if fresh.state not in (State.OPEN, State.HEARING):
        raise RecoveryRefused("Ce reversement est déjà décidé ou abandonné.")
    notice = contradictory.send_notice(
        application=fresh.agreement.decision.application,
        about=fresh.about,
        title=f"Reversement envisagé, convention {fresh.agreement.number}",
        grounds=(
            f"Motif : {fresh.get_ground_display()}, le {written(fresh.happened_on)}.\n"
            f"{fresh.facts}\n{fresh.calculation['sentence']} "
            f"Textes : {fresh.calculation['source']}."
        ),
        due_on=due_on,
        actor=actor,
        now=now,
    )
    fresh.state = State.HEARING
    fresh.save(update_fields=["state"])
    _log(fresh, "recovery.hear", actor, "", {"notice": notice.pk})
    return notice


def order(
    *,
    recovery: Recovery,
    cents: int,
    reasons: str,
    stages: Sequence[Stage],
    actor: Any,
    now: datetime,
) -> Recovery:
    """Decide that money comes back. Called by payments, in its transaction, with the ledger."""
    fresh = _open(recovery)
    day = in_paris(now).date()
    require(access.may_order_recovery(actor_on(actor, day), fresh), NotYours)
    if fresh.state not in (State.OPEN, State.HEARING):
        raise RecoveryRefused("Ce reversement est déjà décidé ou abandonné.")
    contradictory.require_heard(fresh.about, day)
    if not reasons.strip():
        raise RecoveryRefused("Une décision se motive : écrivez les motifs.", field="reasons")
    _check_amount(fresh, cents, actor, day)
    _check_stages(fresh, cents, stages, day)
    fresh.state, fresh.decided_cents, fresh.reasons = State.ORDERED, cents, reasons.strip()
    fresh.decided_by, fresh.decided_at = actor, now
    fresh.save()
    RecoveryStage.objects.bulk_create(
        RecoveryStage(recovery=fresh, position=rank, due_on=row.due_on, amount_cents=row.cents)
        for rank, row in enumerate(stages, start=1)
    )
    _log(fresh, "recovery.order", actor, fresh.reasons, {"cents": cents, "stages": len(stages)})
    write_to_applicant(
        fresh.agreement.decision.application,
        "agreements/emails/recovery.txt",
        {"recovery": fresh, "agreement": fresh.agreement},
    )
    return fresh


def _check_amount(recovery: Recovery, cents: int, actor: Any, day: date) -> None:
    """No more than was announced and paid, and under the ceiling of who signs."""
    nothing_paid = cents == recovery.proposed_cents == 0  # all is withdrawn, nothing comes back
    if not nothing_paid and not 0 < cents <= recovery.proposed_cents:
        raise RecoveryRefused(
            f"Le montant va de 0,01 € à {euros(recovery.proposed_cents)}, ce qui a été annoncé à "
            "l'organisation.",
            field="cents",
        )
    known = ties.money(recovery.agreement)
    left = known.paid - known.returned - known.claimed
    if cents > left:
        raise RecoveryRefused(
            f"Il ne reste que {euros(left)} versés et pas encore rendus ou demandés.", field="cents"
        )
    place = recovery.agreement.decision.application.department
    total = cents + int(recovery.calculation.get("cancelled", 0))
    doing = "ce reversement porte sur"
    hold_under_ceiling(actor_on(actor, day), place, total, doing=doing, field="cents")


def _check_stages(recovery: Recovery, cents: int, stages: Sequence[Stage], day: date) -> None:
    if not cents and not stages:
        return
    if not stages or sum(row.cents for row in stages) != cents:
        raise RecoveryRefused(f"Les étapes du plan doivent faire {euros(cents)}.", field="stages")
    if any(row.cents <= 0 or row.due_on <= day for row in stages):
        raise RecoveryRefused("Chaque étape a un montant et une date à venir.", field="stages")
    if recovery.ground == engine.Ground.CER.value:
        months = in_force(engine.CER_RETURN_MONTHS, day).value
        last = add_months(day, months)
        if max(row.due_on for row in stages) > last:
            raise RecoveryRefused(
                f"La loi donne au plus {months} mois pour rendre après ce retrait : le plan finit "
                f"au plus tard le {written(last)}.",
                field="stages",
            )


@transaction.atomic
def drop(*, recovery: Recovery, why: str, actor: Any, now: datetime) -> Recovery:
    """Give up before any decision, with the reason; what was stopped starts again."""
    fresh = _open(recovery)
    day = in_paris(now).date()
    person = actor_on(actor, day)
    if not access.may_order_recovery(person, fresh).allowed:
        require(access.may_work_on_recovery(person, fresh), NotYours)
    if fresh.state not in (State.OPEN, State.HEARING):
        raise RecoveryRefused("Un reversement décidé s'annule, il ne s'abandonne pas.")
    return _end(fresh, State.DROPPED, why, actor=actor, now=now)


def cancel(*, recovery: Recovery, why: str, actor: Any, now: datetime) -> Recovery:
    """Take back a decided recovery: a signatory, with the reason. Called by payments."""
    fresh = _open(recovery)
    require(access.may_order_recovery(actor_on(actor, in_paris(now).date()), fresh), NotYours)
    if fresh.state != State.ORDERED:
        raise RecoveryRefused("Seul un reversement décidé et non soldé s'annule.")
    return _end(fresh, State.CANCELLED, why, actor=actor, now=now)


def settle_empty(*, recovery: Recovery, actor: Any, now: datetime) -> Recovery:
    """Nothing was paid, so that nothing comes back: decided and over. Called by payments."""
    words = "Rien n'était versé : rien n'est à rendre."
    return _end(recovery, State.SETTLED, words, actor=actor, now=now)


def settle(*, recovery: Recovery, actor: Any, now: datetime) -> Recovery:
    """All of it came back. Called by payments."""
    fresh = _open(recovery)
    if fresh.state != State.ORDERED:
        raise RecoveryRefused("Ce reversement n'est pas en cours.")
    return _end(fresh, State.SETTLED, "Tout est rendu.", actor=actor, now=now)


def _end(recovery: Recovery, state: str, why: str, *, actor: Any, now: datetime) -> Recovery:
    if not why.strip():
        raise RecoveryRefused("Dites pourquoi.", field="why")
    recovery.state, recovery.end_reason = state, why.strip()
    recovery.ended_by, recovery.ended_at = actor, now
    recovery.save()
    withdrawn = recovery.calculation.get("cancelled", 0) and state == State.SETTLED
    for row in recovery.suspensions.filter(ends_on__isnull=True).select_related("agreement"):
        if not withdrawn:  # what was withdrawn is never paid: an amendment takes it off
            releasing.end(
                row, f"Reversement {recovery.number} : {why.strip()}", actor=actor, now=now
            )
    _log(recovery, f"recovery.{state}", actor, recovery.end_reason, {})
    write_to_applicant(
        recovery.agreement.decision.application,
        "agreements/emails/recovery.txt",
        {"recovery": recovery, "agreement": recovery.agreement},
    )
    return recovery


def _log(row: Recovery, action: str, actor: Any, reason: str, data: dict[str, Any]) -> None:
    record(
        actor=actor,
        action=action,
        subject=f"agreement:{row.agreement_id}",
        reason=reason,
        data={"recovery": row.number, **data},
    )


def going_on(agreement: Agreement) -> str:
    """What keeps an agreement from being closed, in a sentence; "" when nothing does."""
    row = agreement.recoveries.filter(state__in=GOING).first()
    if row is not None:
        return f"Le reversement {row.number} est en cours : terminez-le d'abord."
    amendment = agreement.amendments.filter(state__in=["draft", "sent"]).first()
    if amendment is not None:
        return f"L'avenant {amendment.number} est en cours : terminez-le ou abandonnez-le d'abord."
    return ""
