"""What an agreement gave, what came back, what is owed: read from payments and the books."""

from __future__ import annotations

from datetime import datetime

from ensemblier.base.ledger import drawing
from ensemblier.base.people.models import Organisation
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments.models import Payment, Refund


def payee_code(organisation: Organisation) -> str:
    return f"payee:{organisation.pk}"


def paid_cents(agreement: Agreement) -> int:
    """What was paid to the organisation under this agreement."""
    payments = Payment.objects.filter(instalment__agreement=agreement, state=Payment.State.PAID)
    return sum(payment.amount_cents for payment in payments)


def drawn_cents(agreement: Agreement) -> int:
    """What parts of a chain's lines took on the grant."""
    decision = agreement.decision
    return drawing.drawn_cents(decision.account, payee_code(decision.application.organisation))


def given_cents(agreement: Agreement) -> int:
    """What the grant gave: instalments paid, and parts of lines."""
    return paid_cents(agreement) + drawn_cents(agreement)


def returned_cents(agreement: Agreement) -> int:
    """What the organisation gave back, less what was given back to it: it had come back twice."""
    found = 0
    for kind, cents in agreement.refunds.values_list("kind", "amount_cents"):
        sign = {Refund.Kind.RECOVERY: 1, Refund.Kind.HANDBACK: -1}.get(kind, 0)
        found += sign * cents
    return found


def given_back_since(agreement: Agreement, instant: datetime) -> int:
    """What the organisation gave back from that instant on."""
    rows = agreement.refunds.filter(kind=Refund.Kind.RECOVERY, recorded_at__gte=instant)
    return sum(rows.values_list("amount_cents", flat=True))


def to_return_cents(agreement: Agreement) -> int:
    """What was paid and not justified by the accepted final report, less what came back."""
    final = agreement.reports.filter(kind=Report.Kind.FINAL, state=Report.State.ACCEPTED).first()
    justified = final.justified_cents if final and final.justified_cents is not None else 0
    justified += (final.kept_cents or 0) if final else 0  # what the agreement lets keep
    return max(0, given_cents(agreement) - justified - returned_cents(agreement))
