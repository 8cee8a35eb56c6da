"""An agreement opened to the sales of a chain: parts of its lines are paid by the grant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger import drawing
from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.payments import access
from ensemblier.fund.payments.actions import PaymentRefused, check
from ensemblier.fund.review.actions import actor_on


@transaction.atomic
def open_to_lines(*, agreement: Agreement, reason: str, actor: Any, now: datetime) -> Agreement:
    """The chains that the organisation leads may name the account of this agreement in a scheme.

    Lines and instalments share one account, held above zero: no cent goes to both.
    """
    agreement = _held(agreement, actor, now)
    if agreement.state != Agreement.State.SIGNED:
        raise PaymentRefused("Seule une convention signée par tous s'ouvre aux ventes.")
    decision = agreement.decision
    drawing.give(
        account=decision.account,
        holder=decision.application.organisation,
        reason=reason,
        actor=actor,
        now=now,
    )
    return _noted("agreement.open_to_lines", agreement, reason, actor)


@transaction.atomic
def end_lines(*, agreement: Agreement, reason: str, actor: Any, now: datetime) -> Agreement:
    """No line takes anything more on it; what was taken stays, what is undone comes back."""
    agreement = _held(agreement, actor, now)
    drawing.end(account=agreement.decision.account, reason=reason, actor=actor, now=now)
    return _noted("agreement.end_lines", agreement, reason, actor)


def _held(agreement: Agreement, actor: Any, now: datetime) -> Agreement:
    found = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    check(access.may_open_lines(actor_on(actor, in_paris(now).date()), found))
    return found


def _noted(action: str, agreement: Agreement, reason: str, actor: Any) -> Agreement:
    record(actor=actor, action=action, subject=f"agreement:{agreement.pk}", reason=reason)
    return agreement
