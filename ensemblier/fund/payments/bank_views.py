"""What a bank says of transfers: given as a file, shown line by line, applied once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.bank.iso import KINDS, day_of
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.fund.payments import access, bank_reports, bank_undo
from ensemblier.fund.payments.confirming import confirm
from ensemblier.fund.payments.file_views import load_payer
from ensemblier.fund.payments.forms import BankReportForm, ConfirmForm, ReasonForm
from ensemblier.fund.payments.models import BankReport, PaymentOrder

# What would happen, and once applied what happened; the most pressing first.
OUTCOMES = {
    "back": ("stop", "Reviendra"),
    "confirm": ("info", "Sera confirmé"),
    "look": ("stop", "À vérifier"),
    "early": ("wait", "Fichier pas encore envoyé"),
    "barred": ("wait", "Pas par vous"),
    "invalid": ("stop", "Illisible"),
    "unmatched": ("stop", "Ne correspond à rien"),
    "heard": ("info", "Rien à noter"),
    "known": ("done", "Déjà noté"),
}
DONE = {"back": ("stop", "Revenu"), "confirm": ("done", "Confirmé")}
UNDONE = {"back": ("draft", "Revenu, défait"), "confirm": ("draft", "Confirmé, défait")}
STATES = {"read": "wait", "applied": "done", "undone": "draft"}
MOST = 500


def load_report(request: HttpRequest, pk: int) -> BankReport:
    rows = BankReport.objects.select_related("payer", "read_by", "ended_by")
    return get_object_or_404(rows, pk=pk)


def kind_of(report: BankReport) -> str:
    """« Relevé de compte (camt.053) »."""
    return KINDS[report.version[:8]][1]


@guard(access.may_pay_by_file, load=load_payer)
def bank_reports_of(request: HttpRequest, payer: Organisation) -> HttpResponse:
    """Give a file of the bank, and see the earlier ones."""
    form: Any = BankReportForm()
    status = 200
    if request.method == "POST":
        form, status = BankReportForm(request.POST, request.FILES), 422
        if form.is_valid():
            upload = form.cleaned_data["paper"]
            try:
                report = bank_reports.read_report(
                    content=upload.read(),
                    name=upload.name or "retour.xml",
                    payer=payer,
                    actor=request.user,
                    now=timezone.now(),
                )
                return redirect("payments:bank_report", pk=report.pk)
            except Refusal as refusal:
                form.refuse(refusal)
    rows = BankReport.objects.filter(payer=payer).select_related("read_by")[:50]
    context = {
        "payer": payer,
        "form": form,
        "rows": [(row, kind_of(row), STATES[row.state]) for row in rows],
    }
    return render(request, "payments/bank_reports.html", context, status=status)


@guard(access.may_see_bank_report, load=load_report)
def bank_report(request: HttpRequest, report: BankReport) -> HttpResponse:
    """What each line would do, or did."""
    actor = request.actor  # type: ignore[attr-defined]
    fresh = report.state == BankReport.State.READ
    lines = _planned(report, actor) if fresh else _done(report)
    words = OUTCOMES | {"applied": DONE, "undone": UNDONE}.get(report.state, {})
    order = list(OUTCOMES)
    lines.sort(key=lambda line: order.index(line["outcome"]))
    counts = Counter(line["outcome"] for line in lines)
    context = {
        "report": report,
        "what": kind_of(report),
        "kind": STATES[report.state],
        "lines": [(line, *words[line["outcome"]]) for line in lines[:MOST]],
        "more": max(0, len(lines) - MOST),
        "counts": [(*words[name], counts[name]) for name in OUTCOMES if counts[name]],
        "to_apply": counts["back"] + counts["confirm"],
        "works": access.may_apply_bank_report(actor, report).allowed,
    }
    return render(request, "payments/bank_report.html", context)


def _planned(report: BankReport, actor: Any) -> list[dict[str, Any]]:
    return [
        _line(entry.line.reference, entry.outcome, entry.words, entry.order)
        | {"said_cents": entry.line.amount_cents, "on": entry.line.on}
        for entry in bank_reports.plan(report, actor)
    ]


def _done(report: BankReport) -> list[dict[str, Any]]:
    keys = [row["order"] for row in report.rows if "order" in row]
    orders = PaymentOrder.objects.select_related(
        "file", "payment__instalment__agreement", "share__party__agreement"
    )
    known = orders.in_bulk(keys)
    return [
        _line(row["reference"], row["outcome"], row["words"], known.get(row.get("order", 0)))
        | {
            "said_cents": row.get("amount_cents"),
            "on": day_of(row.get("on", "")),
        }
        for row in report.rows
    ]


def _line(reference: str, outcome: str, words: str, order: PaymentOrder | None) -> dict[str, Any]:
    return {"reference": reference, "outcome": outcome, "words": words, "order": order}


@guard(access.may_apply_bank_report, load=load_report)
def apply(request: HttpRequest, report: BankReport) -> HttpResponse:
    """Apply what the page showed."""
    actor = request.actor  # type: ignore[attr-defined]
    planned = bank_reports.plan(report, actor)
    back = [p.order.amount_cents for p in planned if p.outcome == "back" and p.order]
    confirmed = sum(1 for p in planned if p.outcome == "confirm")
    return confirm(
        request,
        back=reverse("payments:bank_report", args=[report.pk]),
        form_class=ConfirmForm,
        act=lambda typed: bank_reports.apply_report(
            report=report, actor=request.user, now=timezone.now(), **typed
        ),
        words={
            "title": "Appliquer ce retour de la banque",
            "eyebrow": report.name,
            "will_happen": _consequences(back, confirmed),
            "button": "Appliquer ce retour",
            "done": "Le retour de la banque est appliqué.",
        },
    )


@guard(access.may_apply_bank_report, load=load_report)
def undo(request: HttpRequest, report: BankReport) -> HttpResponse:
    """Undo all that the bank's file did."""
    return confirm(
        request,
        back=reverse("payments:bank_report", args=[report.pk]),
        form_class=ReasonForm,
        act=lambda typed: bank_undo.undo_report(
            report=report, actor=request.user, now=timezone.now(), **typed
        ),
        words={
            "title": "Défaire ce retour de la banque",
            "eyebrow": report.name,
            "will_happen": _undone(report),
            "button": "Défaire ce retour",
            "danger": True,
            "done": "Le retour de la banque est défait.",
        },
    )


def _undone(report: BankReport) -> list[str]:
    """What the file did, and what undoing it does to each of them."""
    if report.state != BankReport.State.APPLIED:
        return ["Ce retour n'est pas appliqué : il n'y a rien à défaire."]
    did = Counter(row["outcome"] for row in report.rows)
    keys = [row["order"] for row in report.rows if row["outcome"] == "back"]
    back = PaymentOrder.objects.filter(pk__in=keys).values_list("amount_cents", "payment")
    number, cents = len(back), sum(amount for amount, _ in back)
    said = []
    if number:
        said.append(
            f"Le versement de {euros(cents)} noté revenu est de nouveau noté payé."
            if number == 1
            else f"Les {number} versements notés revenus, {euros(cents)} en tout, sont de nouveau "
            "notés payés."
        )
        if any(payment for _, payment in back):  # what a co-funder pays is in no book of ours
            said.append(
                "Une écriture de plus le dit, à la date d'aujourd'hui ; l'ancienne reste lisible. "
                "Le délai légal se lit comme sans ce fichier."
            )
        said += [
            "Chaque organisation concernée reçoit un message.",
            "Un compte arrêté le reste : un autre s'enregistre, à deux personnes.",
        ]
    if did["confirm"] == 1:
        said.append("Un virement noté exécuté par la banque ne l'est plus.")
    elif did["confirm"]:
        said.append(f"{did['confirm']} virements notés exécutés par la banque ne le sont plus.")
    return [
        *said,
        "Si quelque chose a suivi une seule ligne, rien n'est défait et la page dit quoi.",
    ]


def _consequences(back: list[int], confirmed: int) -> list[str]:
    said = []
    if back:
        said += [
            f"{len(back)} versement(s) reviennent, pour {euros(sum(back))} : une écriture inverse "
            "pour chacun, qui ne s'efface plus.",
            "Leurs échéances redeviennent « à payer » ; un compte en cause n'est plus utilisé.",
            "Chaque organisation reçoit un message avec le motif de la banque.",
        ]
    if confirmed:
        said.append(f"{confirmed} virement(s) sont notés exécutés par la banque.")
    return [
        *said,
        "Les autres lignes ne font rien. Le même fichier déposé deux fois ne fait rien.",
        "Le retour peut être défait tant que rien ne l'a suivi.",
    ]
