"""Bank statements of a chain's lead: given as a file, shown line by line, confirmed by a person."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.chains.form_pages import filled
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing import access, statements
from ensemblier.chain.billing.forms import StatementForm
from ensemblier.chain.billing.models import BankStatement, Document

OUTCOMES = {
    "sure": ("info", "À confirmer"),
    "likely": ("wait", "À vérifier"),
    "look": ("stop", "À voir"),
    "unmatched": ("draft", "Sans pièce"),
    "known": ("done", "Déjà noté"),
    "invalid": ("stop", "Illisible"),
    "done": ("done", "Réglé"),
    "left": ("draft", "Laissé de côté"),
}
MOST = 500


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write, load=load_chain)
def bank(request: HttpRequest, chain: Chain) -> HttpResponse:
    """Give an extract of the lead's account, and see the earlier ones."""
    form = filled(request, StatementForm)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["paper"]
        try:
            statement = statements.read_statement(
                chain=chain,
                owner=chain.lead,
                content=upload.read(),
                name=upload.name or "releve",
                columns=form.columns(),
                actor=request.user,
                now=timezone.now(),
            )
            return redirect("billing:statement", pk=statement.pk)
        except Refusal as refusal:
            form.refuse(Refusal(refusal.message, field=refusal.field or "paper"))
    page = Paginator(chain.bank_statements.defer("rows"), 50).get_page(request.GET.get("page"))
    context = {"chain": chain, "form": form, "page": page}
    return render(request, "billing/bank.html", context, status=422 if form.errors else 200)


def load_statement(request: HttpRequest, pk: int) -> BankStatement:
    rows = BankStatement.objects.select_related("chain__lead", "owner")
    return get_object_or_404(rows, pk=pk)


@require_safe
@guard(access.may_read_statement, load=load_statement)
def statement(request: HttpRequest, row: BankStatement) -> HttpResponse:
    return _shown(request, row)


@require_http_methods(["POST"])
@guard(access.may_read_statement, load=load_statement)
def apply(request: HttpRequest, row: BankStatement) -> HttpResponse:
    """Settle the lines that were ticked."""
    try:
        key = UUID(request.POST.get("key", ""))
        chosen = dict(_ticked(text) for text in request.POST.getlist("line"))
    except ValueError:
        return _shown(request, row, "Ce formulaire est abîmé. Rechargez la page et recommencez.")
    try:
        statements.apply_statement(
            key=key,
            statement=row,
            chosen=chosen,
            actor=request.user,
            today=timezone.localdate(),
            now=timezone.now(),
        )
    except Refusal as refusal:
        return _shown(request, row, refusal.message, chosen)
    messages.success(request, f"{len(chosen)} ligne(s) confirmée(s). Les autres ne font rien.")
    return redirect("billing:statement", pk=row.pk)


def _ticked(text: str) -> tuple[int, int]:
    """« 3-45 »: the rank of a line, and the document that the page named beside it."""
    rank, _, document = text.partition("-")
    if not (text.isascii() and rank.isdigit() and document.isdigit() and len(text) < 25):
        raise ValueError(text[:30])
    return int(rank), int(document)


def _shown(
    request: HttpRequest, row: BankStatement, fault: str = "", chosen: dict[int, int] | None = None
) -> HttpResponse:
    fresh = row.state == BankStatement.State.READ
    lines = _planned(row, chosen) if fresh else _done(row)
    order = list(OUTCOMES)
    lines.sort(key=lambda line: (order.index(line["outcome"]), line["line"].rank))
    counts = [
        (*OUTCOMES[name], sum(1 for line in lines if line["outcome"] == name)) for name in OUTCOMES
    ]
    # What may be confirmed is always there; the rest is cut where it only tells.
    open_lines = [line for line in lines if line["document"]]
    others = [line for line in lines if not line["document"]]
    shown = open_lines + others[: max(0, MOST - len(open_lines))]
    context = {
        "chain": row.chain,
        "statement": row,
        "lines": shown,
        "more": len(lines) - len(shown),
        "counts": [count for count in counts if count[2]],
        "to_confirm": fresh and bool(open_lines),
        "key": request.POST.get("key") or uuid4(),
        "fault": fault,
    }
    return render(request, "billing/statement.html", context, status=422 if fault else 200)


def _planned(row: BankStatement, chosen: dict[int, int] | None) -> list[dict[str, Any]]:
    found, documents = statements.plan(row, timezone.localdate())
    return [
        {
            "line": each.line,
            "outcome": each.outcome,
            "badge": OUTCOMES[each.outcome],
            "words": each.words,
            "document": documents[each.document] if each.document is not None else None,
            # Only what names its document is ticked before a person looked.
            "ticked": each.outcome == "sure"
            if chosen is None
            else each.document is not None and chosen.get(each.line.rank) == each.document,
        }
        for each in found
    ]


def _done(row: BankStatement) -> list[dict[str, Any]]:
    known = Document.objects.select_related("seller", "recipient").in_bulk(
        [each["document"] for each in row.rows if "document" in each]
    )
    return [
        {
            "line": statements.line_of(each),
            "outcome": each["outcome"],
            "badge": OUTCOMES[each["outcome"]],
            "words": each["said"],
            "document": known.get(each.get("document", 0)),
        }
        for each in row.rows
    ]
