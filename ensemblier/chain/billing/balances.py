"""What is left to pay of each document, and who owes it: totals, credit notes, settlements."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from ensemblier.base.chains.models import Chain
from ensemblier.base.ledger.models import AccountKind
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.models import Document, DocumentKind, DocumentLine, Settlement
from ensemblier.chain.billing.rules import PAID

UNPAID, PART, SETTLED, TAKEN = "unpaid", "part", "paid", "taken"
STATES = {
    UNPAID: "à régler",
    PART: "réglée en partie",
    SETTLED: "réglée",
    TAKEN: "prise sur la convention",
}


# What somebody pays: all but calls whose parts left an agreement when the lines were shared.
TO_SETTLE = Q(paid_by__in=("", AccountKind.FUNDER))


def with_due(rows: QuerySet[Document]) -> QuerySet[Any]:
    """Each document with what was settled, what credit notes take off, and what is left."""
    settled = Settlement.objects.filter(document=OuterRef("pk")).order_by().values("document")
    corrected = (
        Document.objects.filter(corrects=OuterRef("pk"), kind=DocumentKind.CREDIT_NOTE)
        .order_by()
        .values("corrects")
    )
    # A grower's own invoice has no credit note of ours: what was delivered and undone since comes
    # off it all the same.
    undone = (
        DocumentLine.objects.filter(
            document=OuterRef("pk"),
            kind=DocumentKind.RECEIVED,
            movement__undone_by__isnull=False,
        )
        .order_by()
        .values("document")
    )
    found: QuerySet[Any] = rows.annotate(
        settled_cents=_sum(settled, "cents"),
        corrected_cents=_sum(corrected, "total_cents") - _sum(undone, "cents"),
        paid_by=_paid_by(),
    ).annotate(due_cents=F("total_cents") + F("corrected_cents") - F("settled_cents"))
    return found


def _paid_by() -> Case:
    """The kind of account that pays a call; "" for any other document. One line is enough: a call
    is of one payer."""
    kinds = DocumentLine.objects.filter(document=OuterRef("pk")).order_by()
    first = Subquery(kinds.values("share__payer__account__kind")[:1])
    when = When(kind=DocumentKind.FUNDER_CALL, then=Coalesce(first, Value("")))
    return Case(when, default=Value(""), output_field=CharField())


def _sum(rows: QuerySet[Any], field: str) -> Coalesce:
    total = Subquery(rows.annotate(sum=Sum(field)).values("sum"), output_field=BigIntegerField())
    return Coalesce(total, 0, output_field=BigIntegerField())


def in_state(rows: QuerySet[Any], state: str) -> QuerySet[Any]:
    """Of `with_due`: those that somebody pays, in this state."""
    rows = rows.filter(kind__in=PAID)
    if state == TAKEN:
        return rows.exclude(TO_SETTLE)
    rows = rows.filter(TO_SETTLE)
    if state == SETTLED:
        return rows.filter(due_cents=0)
    rows = rows.exclude(due_cents=0)
    return rows.filter(settled_cents=0) if state == UNPAID else rows.exclude(settled_cents=0)


def state_of(row: Any) -> str:
    """Of a document of `with_due`; "" when nobody pays it."""
    if row.kind not in PAID:
        return ""
    if row.paid_by not in ("", AccountKind.FUNDER):
        return TAKEN
    if row.due_cents == 0:
        return SETTLED
    return PART if row.settled_cents else UNPAID


def due_of(document: Document) -> int:
    found: int = with_due(Document.objects.filter(pk=document.pk)).values_list(
        "due_cents", flat=True
    )[0]
    return found


def waiting(rows: QuerySet[Document]) -> QuerySet[Any]:
    """Those that money may still be noted for, with what is left. The parts of a call that an
    agreement pays are taken when the line is shared: nobody settles it."""
    return with_due(rows).filter(TO_SETTLE, kind__in=PAID).exclude(due_cents=0)


def to_settle(chain: Chain, owner: Organisation) -> QuerySet[Any]:
    """What this organisation is owed or owes in the chain, oldest first."""
    asks = Q(kind__in=[DocumentKind.INVOICE, DocumentKind.FUNDER_CALL], issuer=owner)
    owes = Q(kind__in=PAID, recipient=owner)
    rows = waiting(Document.objects.filter(asks | owes, chain=chain))
    return rows.select_related("seller", "recipient").order_by("day", "pk")
