"""Invoices that a report counts, and those that another report counts too."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor
from ensemblier.base.refusal import Refusal
from ensemblier.fund.monitoring import access
from ensemblier.fund.monitoring.actions import EDITABLE, NotTheCertifier
from ensemblier.fund.monitoring.models import DeclaredInvoice, Report
from ensemblier.fund.review.actions import actor_on, require

MOST = 500


class InvoiceRefused(Refusal):
    """The invoice cannot be declared in this report."""


class Twice(NamedTuple):
    """An invoice found in another report. `where` is empty when this person may not read it."""

    invoice: DeclaredInvoice
    where: str


def digest_of(*, siren: str, number: str, dated_on: date, amount_cents: int) -> str:
    """The same paper gives the same digest however it is typed: case, spaces, dashes, zeros."""
    plain = unicodedata.normalize("NFKD", number).upper()
    plain = re.sub(r"[^A-Z0-9]", "", plain)
    plain = re.sub(r"(?<![0-9])0+(?=[0-9])", "", plain)
    text = "|".join((siren, plain, dated_on.isoformat(), str(amount_cents)))
    return hashlib.sha256(text.encode()).hexdigest()


def siren_is_right(siren: str) -> bool:
    """Nine digits whose key is right (Luhn), or La Poste's own."""
    if not re.fullmatch(r"[0-9]{9}", siren):
        return False
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(siren)))
    return sum(n // 10 + n % 10 for n in doubled) % 10 == 0


@transaction.atomic
def declare(
    *,
    report: Report,
    supplier: str,
    siren: str,
    number: str,
    dated_on: date,
    amount_cents: int,
    code: str,
    actor: Any,
    now: datetime,
) -> DeclaredInvoice:
    """Count an invoice in a report, while it may still change."""
    report = _open(report, actor, now)
    if not siren_is_right(siren):
        raise InvoiceRefused(
            "Le SIREN du fournisseur compte 9 chiffres, et sa clé doit être juste : relisez la "
            "facture.",
            field="siren",
        )
    if dated_on > in_paris(now).date():
        raise InvoiceRefused("Cette facture est datée dans le futur.", field="dated_on")
    if report.invoices.count() >= MOST:
        raise InvoiceRefused(f"Un bilan compte au plus {MOST} factures : groupez les petites.")
    digest = digest_of(siren=siren, number=number, dated_on=dated_on, amount_cents=amount_cents)
    if report.invoices.filter(digest=digest).exists():
        raise InvoiceRefused("Cette facture est déjà dans ce bilan.", field="number")
    row = DeclaredInvoice.objects.create(
        report=report,
        supplier=supplier,
        supplier_siren=siren,
        number=number,
        dated_on=dated_on,
        amount_cents=amount_cents,
        code=code,
        digest=digest,
        declared_by=actor,
        declared_at=now,
    )
    record(
        actor=actor, action="report.invoice", subject=f"report:{report.pk}", data={"row": row.pk}
    )
    return row


@transaction.atomic
def withdraw(*, invoice: DeclaredInvoice, actor: Any, now: datetime) -> None:
    """Take an invoice out of a report that may still change."""
    report = _open(invoice.report, actor, now)
    number = invoice.pk
    DeclaredInvoice.objects.filter(pk=number, report=report).delete()
    record(
        actor=actor,
        action="report.invoice_out",
        subject=f"report:{report.pk}",
        data={"row": number},
    )


def _open(report: Report, actor: Any, now: datetime) -> Report:
    report = Report.objects.select_for_update().get(pk=report.pk)
    require(
        access.may_write(actor_on(actor, in_paris(now).date()), report),
        NotTheCertifier,
    )
    if report.state not in EDITABLE:
        raise InvoiceRefused("Ce bilan est déposé : ses factures ne changent plus.")
    return report


def twice(invoices: Iterable[DeclaredInvoice], actor: Actor) -> dict[int, list[Twice]]:
    """By invoice: where else the same paper is declared. A report one may not read is not named."""
    mine = {row.digest: row for row in invoices}
    reports = {row.report_id for row in mine.values()}
    others = DeclaredInvoice.objects.filter(digest__in=mine).exclude(report__in=reports)
    found: dict[int, list[Twice]] = {}
    known: dict[int, str] = {}
    rows = others.select_related(
        "report__agreement__decision__application__organisation",
        "report__agreement__decision__application__department",
        "report__agreement__decision__application__call__owner",
    )
    for row in rows.order_by("pk")[:MOST]:
        if row.report_id not in known:
            allowed = access.may_read_report(actor, row.report).allowed
            known[row.report_id] = (
                f"{row.report.name} de la convention {row.report.agreement.number}"
                if allowed
                else ""
            )
        found.setdefault(mine[row.digest].pk, []).append(Twice(row, known[row.report_id]))
    return found
