"""Telling a signed decision to the organisation, once; or taking it back before it is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid5

from django.db import transaction

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import check_bytes
from ensemblier.base.journal.actions import record
from ensemblier.base.ledger import actions as ledger
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.moves import move
from ensemblier.fund.decisions import access
from ensemblier.fund.decisions.delegations import hold_under_ceiling
from ensemblier.fund.decisions.letter_pdf import decision_letter, granted_cents
from ensemblier.fund.decisions.models import Decision, WithdrawnDecision
from ensemblier.fund.decisions.remedies import remedies_of
from ensemblier.fund.review.actions import actor_on, locked, require, write_to_applicant


class AlreadyTold(Refusal):
    """The organisation knows the decision: it is neither told again nor taken back."""


class NoReason(Refusal):
    """Taking a decision back says why."""


class NotYours(Refusal):
    """This person may not send or take back this decision."""


@transaction.atomic
def notify(*, decision: Decision, actor: Any, now: datetime) -> Decision:
    """Freeze the letter and send it: from now on the decision stands."""
    fresh, application = _waiting(decision)
    person = actor_on(actor, in_paris(now).date())
    require(access.may_notify(person, application), NotYours)
    return tell(fresh, application, actor=actor, now=now)


def tell(decision: Decision, application: Application, *, actor: Any, now: datetime) -> Decision:
    """Inside the caller's transaction, with the file locked: move it, freeze the letter, write."""
    verb = "fund" if decision.outcome == Decision.Outcome.FUNDED else "refuse"
    if decision.is_implicit:
        verb = "lapse"
    # The file moves by who decided, whoever sends the letter.
    move(application=application, verb=verb, actor=decision.signatory, reason=decision.reasons)
    decision.application = application
    letter = decision_letter(decision, sent_at=now)
    decision.letter = store(
        checked=check_bytes(content=letter.content, name=f"lettre-{decision.number}.pdf"),
        purpose="decision_letter",
        about=f"decision:{decision.pk}",
        organisation_id=application.organisation_id,
        actor=actor,
    )
    decision.notified_at, decision.notified_by = now, actor
    decision.save(update_fields=["letter", "notified_at", "notified_by"])
    record(
        actor=actor,
        action="decision.notify",
        subject=f"application:{application.pk}",
        data={
            "decision": decision.number,
            "letter": letter.kind,
            "template": letter.version,
            "sha256": decision.letter.sha256,
        },
    )
    born = decision.decided_at if decision.is_implicit else now
    write_to_applicant(
        application,
        f"decisions/emails/{'implicit' if decision.is_implicit else decision.outcome}.txt",
        {
            "decision": decision,
            "total_cents": granted_cents(decision),
            "remedies": remedies_of(
                application, in_paris(born).date(), implicit=decision.is_implicit
            ),
        },
        path="decisions:letter",
    )
    return decision


@transaction.atomic
def withdraw(*, decision: Decision, why: str, actor: Any, now: datetime) -> WithdrawnDecision:
    """Take a decision back before the organisation knows it: the money returns at once.

    A refusal born of silence may be taken back too, since a written decision may replace it.
    """
    application = locked(decision.application)
    fresh = _fresh(decision, application)
    person = actor_on(actor, in_paris(now).date())
    require(access.may_withdraw(person, application), NotYours)
    if fresh.notified_at is not None and not fresh.is_implicit:
        raise AlreadyTold(
            "L'organisation a reçu cette décision : elle ne se retire plus ici. Une décision qui "
            "donne des droits ne se retire que dans les cas prévus par la loi (CRPA, L. 242-1)."
        )
    if not why.strip():
        raise NoReason("Dites pourquoi cette décision est retirée.", field="why")
    taken = granted_cents(fresh)
    hold_under_ceiling(person, application.department, taken, doing="vous retirez une aide de")
    return _take_back(fresh, application, why.strip(), actor, now)


def _take_back(
    decision: Decision, application: Application, why: str, actor: Any, now: datetime
) -> WithdrawnDecision:
    content = content_of(decision)
    for award in decision.awards.select_related("reservation").order_by("pk"):
        ledger.void(
            key=uuid5(decision.key, f"withdraw:{award.pk}"),
            reservation=award.reservation,
            day=in_paris(now).date(),
            actor=actor,
            reason=f"Décision {decision.number} retirée",
        )
    kept = WithdrawnDecision.objects.create(
        application=application,
        number=decision.number,
        key=decision.key,
        content=content,
        why=why,
        withdrawn_by=actor,
        withdrawn_at=now,
    )
    record(
        actor=actor,
        action="decision.withdraw",
        subject=f"application:{application.pk}",
        reason=why,
        data=content,
    )
    if decision.is_implicit:
        move(application=application, verb="resume", actor=actor, reason=why)
    decision.awards.all().delete()
    decision.delete()
    return kept


def content_of(decision: Decision) -> dict[str, Any]:
    """A decision whole, for the journal."""
    awards = decision.awards.values_list("envelope_id", "expense_class", "amount_cents")
    return {
        "decision": decision.number,
        "outcome": decision.outcome,
        "implicit": decision.is_implicit,
        "signatory": decision.signatory_id,
        "reasons": decision.reasons,
        "conditions": decision.conditions,
        "awards": [list(award) for award in awards],
    }


def _fresh(decision: Decision, application: Application) -> Decision:
    fresh = Decision.objects.select_for_update().filter(pk=decision.pk).first()
    if fresh is None:
        raise AlreadyTold("Cette décision vient d'être retirée. Rechargez la page.")
    fresh.application = application
    return fresh


def _waiting(decision: Decision) -> tuple[Decision, Application]:
    application = locked(decision.application)
    fresh = _fresh(decision, application)
    if fresh.notified_at is not None:
        raise AlreadyTold("Cette décision est déjà notifiée : la lettre est partie une fois.")
    return fresh, application
