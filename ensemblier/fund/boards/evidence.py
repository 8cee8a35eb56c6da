"""From a paid euro to its evidence, step by step, with who did what and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse

from ensemblier.base.ledger.models import Block, Kind
from ensemblier.base.pages.formats import euros, euros_exact, in_paris
from ensemblier.engines.sampling import Unit
from ensemblier.fund.agreements.models import Agreement, Signature
from ensemblier.fund.boards.facts import end_of
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.review.models import Review

PATH = "instalment__agreement__decision__application"


class Proof(NamedTuple):
    """One link of the chain: what, when, by whom, how it is known, and where it is read."""

    title: str
    when: date | None
    who: str
    facts: tuple[str, ...]
    url: str = ""
    holds: bool = True


def whole(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments with all that the chain of proofs reads."""
    return rows.select_related(
        f"{PATH}__organisation",
        f"{PATH}__department__region",
        f"{PATH}__call",
        "instalment__agreement__pdf",
        "instalment__agreement__decision__signatory",
        "reservation",
        "settlement",
        "reserved_by",
        "settled_by",
    )


def _certified(payment: Payment, agreement: Agreement) -> Proof:
    """Somebody said that the service was done; another person paid."""
    cents = euros_exact(payment.reservation.cents)
    return Proof(
        "Service fait certifié",
        _date(payment.reserved_at),
        str(payment.reserved_by),
        (f"écriture {payment.reservation_id}, {cents} réservés",),
        reverse("payments:agreement", args=[agreement.number]),
        payment.reserved_by_id != payment.settled_by_id,
    )


def chain(payment: Payment) -> list[Proof]:
    """The links from the transfer back to the papers. Eight queries."""
    instalment = payment.instalment
    agreement = instalment.agreement
    decision = agreement.decision
    application = decision.application
    return [
        _paid(payment),
        _certified(payment, agreement),
        Proof(
            f"Échéance « {instalment.label} »",
            instalment.due_on,
            "",
            (f"{euros(instalment.amount_cents)} {instalment.get_release_display()}",),
            reverse("payments:where", args=[application.number]),
            payment.amount_cents == instalment.amount_cents,
        ),
        _agreed(agreement),
        Proof(
            f"Décision {decision.number}",
            _date(decision.decided_at),
            str(decision.signatory or "née du silence"),
            (
                f"{euros(sum(a.amount_cents for a in decision.awards.all()))} accordés",
                decision.reasons,
            ),
            reverse("decisions:letter", args=[application.number]),
        ),
        _opinions(application),
        Proof(
            f"Demande {application.number}, {application.title}",
            _date(application.filed_at),
            application.organisation.name,
            (
                f"{euros(sum(a.amount_cents for a in application.asked.all()))} demandés",
                *_receipt(application),
            ),
            reverse("review:file", args=[application.number]),
        ),
        _papers(application),
    ]


def _date(moment: datetime | None) -> date | None:
    return in_paris(moment).date() if moment else None


def _paid(payment: Payment) -> Proof:
    transfer = payment.settlement
    if transfer is None:
        title = f"Versement de {euros_exact(payment.amount_cents)}, pas encore fait"
        return Proof(title, None, "", ("rien n'est sorti du livre",), holds=False)
    block = Block.objects.filter(first_id__lte=transfer.pk, last_id__gte=transfer.pk)
    sealed = block.values_list("number", "sealed_at").first()
    seal = f"scellée dans le bloc {sealed[0]}" if sealed else "pas encore scellée"
    return Proof(
        f"Versement de {euros_exact(payment.amount_cents)}",
        transfer.day,
        str(payment.settled_by),
        (f"écriture {transfer.pk}, {seal}", f"empreinte {bytes(transfer.digest).hex()[:16]}…"),
        reverse("books:account", args=[transfer.credit_id]),
        transfer.cents == payment.amount_cents,
    )


def _agreed(agreement: Any) -> Proof:
    signatures = Signature.objects.filter(agreement=agreement).select_related("organisation")
    names = [f"signée par {row.organisation.name}" for row in signatures.order_by("pk")]
    sha = agreement.pdf.sha256[:16] if agreement.pdf else ""
    return Proof(
        f"Convention {agreement.number}",
        _date(agreement.signed_at),
        "",
        (*names, *((f"texte figé, empreinte {sha}…",) if sha else ("aucun texte gardé",))),
        reverse("agreements:detail", args=[agreement.number]),
        agreement.signed_at is not None,
    )


def _opinions(application: Any) -> Proof:
    rows = list(
        Review.objects.current()
        .filter(application=application)
        .select_related("reviewer")
        .order_by("given_at")
    )
    return Proof(
        "Avis rendus",
        _date(rows[-1].given_at) if rows else None,
        ", ".join(str(row.reviewer) for row in rows),
        tuple(
            f"{row.get_level_display()} {row.get_opinion_display()}, "
            f"{euros(row.proposed_cents or 0)} proposés"
            for row in rows
        )
        or ("aucun avis",),
        reverse("review:file", args=[application.number]),
        bool(rows),
    )


def _receipt(application: Any) -> tuple[str, ...]:
    receipt = getattr(application, "receipt", None)
    return (f"accusé de dépôt, empreinte {receipt.digest[:16]}…",) if receipt else ()


def _papers(application: Any) -> Proof:
    rows = list(application.attachments.select_related("file").order_by("pk"))
    return Proof(
        "Pièces jointes",
        None,
        "",
        tuple(
            f"{row.get_kind_display()} : {row.file.original_name}, empreinte "
            f"{row.file.sha256[:16]}…"
            for row in rows
        )
        or ("aucune pièce",),
        reverse("review:file", args=[application.number]),
        bool(rows),
    )


def paid_until(day: date) -> QuerySet[Payment]:
    """Payments whose money had left on that day, those that came back later too."""
    return (
        whole(Payment.objects.filter(settlement__day__lte=day, settlement__kind=Kind.POST))
        .filter(settled_at__lt=end_of(day))
        .order_by("settlement__day", "pk")
    )


class Row(NamedTuple):
    """A payment as a list shows it: a tenth of the work of a whole one."""

    pk: int
    amount_cents: int
    day: date
    label: str
    agreement: str
    organisation: str
    department: str


def rows_until(day: date) -> QuerySet[Payment]:
    """The same payments as `paid_until`, as plain rows in the order of `Row`."""
    return (
        paid_until(day)
        .select_related(None)
        .values_list(
            "pk",
            "amount_cents",
            "settlement__day",
            "instalment__label",
            "instalment__agreement__number",
            f"{PATH}__organisation__name",
            f"{PATH}__department",
        )
    )


def units(rows: Iterable[Row], *, by: str = "") -> list[Unit]:
    """Payments as a sample draws them; strata are departments or years of payment."""
    strata = {
        "": lambda row: "",
        "departement": lambda row: row.department or "National",
        "annee": lambda row: str(row.day.year),
    }
    return [Unit(f"V{row.pk}", row.amount_cents, strata[by](row)) for row in rows]
