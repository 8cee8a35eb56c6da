"""Pure rules of envelopes: what may be delegated to what."""

from __future__ import annotations

from ensemblier.fund.programme.models import Envelope


def narrower_fault(child: Envelope, parent: Envelope) -> str:
    """Why `parent` may not delegate to `child`; empty when it may."""
    if (child.programme_id, child.year, child.strand) != (
        parent.programme_id,
        parent.year,
        parent.strand,
    ):
        return "Une délégation reste dans le même programme, la même année et le même volet."
    if parent.department_id and child.department_id != parent.department_id:
        return "Un département ne délègue qu'à l'intérieur de son territoire."
    if parent.region_id and child.region_id != parent.region_id:
        return "Une région ne délègue qu'à ses départements."
    if parent.expense_class and child.expense_class != parent.expense_class:
        return "L'argent réservé à une dépense ne change pas de destination en étant délégué."
    if _shape(child) == _shape(parent):
        return "Choisissez un territoire plus petit, ou une seule sorte de dépense."
    return ""


def _shape(envelope: Envelope) -> tuple[object, ...]:
    return (envelope.region_id, envelope.department_id, envelope.expense_class)
