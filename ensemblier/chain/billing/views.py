"""Pages of the documents: the list, one document and its files, what is owed and by whom."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from ensemblier.base.chains import access as chains
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import Actor, guard
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing import access, calls
from ensemblier.chain.billing.balances import STATES, in_state, state_of, waiting, with_due
from ensemblier.chain.billing.einvoice import why_not
from ensemblier.chain.billing.einvoice_xml import FILE_NAME, xml_of
from ensemblier.chain.billing.forms import FilterForm
from ensemblier.chain.billing.lines_csv import csv_of, rows_of
from ensemblier.chain.billing.models import Document, DocumentKind
from ensemblier.chain.billing.pdf import document_pdf
from ensemblier.chain.billing.queries import undone_lines
from ensemblier.chain.billing.wording import left_out, percent_of, quantity

BADGES = {"unpaid": "wait", "part": "info", "paid": "done", "taken": "done"}
MOST_LINES = 200
MOST_PARTIES = 5
MOST_IN_MEMORY = 5_000_000


def told(rows: Any) -> list[dict[str, Any]]:
    """Documents as a list shows them: with their state."""
    found = []
    for row in rows:
        state = state_of(row)
        found.append({"row": row, "state": STATES.get(state, ""), "badge": BADGES.get(state, "")})
    return found


@require_safe
@guard(access.may_list, load=load_chain)
def index(request: HttpRequest, chain: Chain) -> HttpResponse:
    """The documents of a chain that this person may read, newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = FilterForm(request.GET)
    rows = _filtered(with_due(access.readable(actor, chain)), form)
    rows = rows.select_related("seller", "recipient").defer("content")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "chain": chain,
        "page": page,
        "rows": told(page.object_list),
        "form": form,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "leads": chains.leads(actor, chain),
    }
    return render(request, "billing/index.html", context, status=422 if form.errors else 200)


def _filtered(rows: QuerySet[Any], form: FilterForm) -> QuerySet[Any]:
    form.is_valid()
    data = form.cleaned_data
    if kind := data.get("nature"):
        rows = rows.filter(kind=kind)
    if state := data.get("etat"):
        rows = in_state(rows, state)
    if first := data.get("du"):
        rows = rows.filter(day__gte=first)
    if last := data.get("au"):
        rows = rows.filter(day__lte=last)
    return rows


def load_document(request: HttpRequest, pk: int) -> Document:
    rows = with_due(Document.objects.all()).select_related(
        "chain__lead", "issuer", "seller", "recipient", "payer", "corrects", "received_file"
    )
    found: Document = get_object_or_404(rows, pk=pk)
    return found


@require_safe
@guard(access.may_read, load=load_document)
def detail(request: HttpRequest, document: Any) -> HttpResponse:
    """One document: what was frozen, its files, its settlements, what may still be done."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    leads = chains.leads(actor, document.chain)
    content = document.content
    state = state_of(document)
    is_receipt = document.kind == DocumentKind.TAX_RECEIPT
    settlements = document.settlements.prefetch_related("undone_by")
    context = {
        "chain": document.chain,
        "document": document,
        "lines": [_line(row) for row in content["lines"][:MOST_LINES]],
        "more": max(0, len(content["lines"]) - MOST_LINES),
        "has_prices": document.kind != DocumentKind.DELIVERY_NOTE,
        "rates": [{**row, "percent": percent_of(row["rate"])} for row in content["vat"]],
        "state": STATES.get(state, ""),
        "badge": BADGES.get(state, ""),
        "not_electronic": why_not(content),
        "differences": content.get("differences"),
        "settlements": settlements,
        "corrections": document.corrections.all(),
        "leads": leads,
        "may_settle": leads and waiting(Document.objects.filter(pk=document.pk)).exists(),
        "may_credit": leads and undone_lines(document) and not is_receipt,
        "left_out": left_out(document.content),
        "gift_undone": leads and is_receipt and undone_lines(document),
    }
    return render(request, "billing/detail.html", context)


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "day": date.fromisoformat(row["day"]) if row.get("day") else None,
        "product": row["product"],
        "beside": ", ".join(
            str(row[k]) for k in ("structure", "lot", "reason", "why") if row.get(k)
        ),
        "quantity": quantity(row["milli"], row["unit"]),
        "percent": percent_of(row["vat_rate"]),
        "cents": row["cents"],
        "late": row.get("late", False),
    }


def _file(content: bytes, media_type: str, name: str) -> HttpResponse:
    """`name` may hold the number of somebody else's invoice: any sign at all."""
    answer = HttpResponse(content, content_type=media_type)
    safe = "".join(sign for sign in name if sign.isprintable())
    answer["Content-Disposition"] = content_disposition_header(True, safe)
    return answer


@require_safe
@guard(access.may_read, load=load_document)
def as_pdf(request: HttpRequest, document: Document) -> HttpResponse:
    if document.kind == DocumentKind.RECEIVED:
        return _no_file(
            request,
            document,
            "Cette facture est celle du producteur : son fichier est sur la page de la pièce.",
        )
    return _file(document_pdf(document), "application/pdf", f"{document.number}.pdf")


@require_safe
@guard(access.may_read, load=load_document)
def as_xml(request: HttpRequest, document: Document) -> HttpResponse:
    try:
        return _file(xml_of(document.content), "application/xml", FILE_NAME)
    except Refusal as refusal:
        return _no_file(request, document, refusal.message)


def _no_file(request: HttpRequest, document: Document, why: str) -> HttpResponse:
    context = {"chain": document.chain, "document": document, "why": why}
    return render(request, "billing/no_file.html", context, status=404)


@require_safe
@guard(access.may_read, load=load_document)
def as_csv(request: HttpRequest, document: Document) -> HttpResponseBase:
    """Line by line, also where the document itself tells the sums of many lines."""
    kind, name = "text/csv; charset=utf-8", f"{document.number}.csv"
    if "csv" not in document.content:
        return _file(csv_of(document.content).encode(), kind, name)
    whole = SpooledTemporaryFile(MOST_IN_MEMORY)  # noqa: SIM115  # closed with the answer
    for row in rows_of(calls.lines_of(document)):
        whole.write(row.encode())
    whole.seek(0)
    return FileResponse(whole, as_attachment=True, filename=name, content_type=kind)


@require_safe
@guard(access.may_list, load=load_chain)
def owed(request: HttpRequest, chain: Chain) -> HttpResponse:
    """Who owes what: to the lead, and by it; for a member, what concerns it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = waiting(access.readable(actor, chain))
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows.select_related("seller", "recipient").defer("content").order_by("day", "pk"):
        debtor, creditor = row.recipient.name, row.seller.name
        if row.due_cents < 0:
            debtor, creditor = creditor, debtor
        sums[debtor, creditor][0] += abs(row.due_cents)
        sums[debtor, creditor][1] += 1
    ranked = sorted(sums.items(), key=lambda item: (-item[1][0], item[0]))
    context = {
        "chain": chain,
        "rows": [(*who, *what) for who, what in ranked],
        "chart": _chart(ranked) if ranked else None,
    }
    return render(request, "billing/owed.html", context)


def _chart(ranked: list[tuple[tuple[str, str], list[int]]]) -> StackedBar:
    by_debtor: dict[str, int] = defaultdict(int)
    for (debtor, _), (cents, _) in ranked:
        by_debtor[debtor] += cents
    first, *_ = sorted(by_debtor.items(), key=lambda item: -item[1])
    parts = [Part(name, cents) for name, cents in sorted(by_debtor.items(), key=lambda i: -i[1])]
    rest = sum(part.value for part in parts[MOST_PARTIES:])
    shown = parts[:MOST_PARTIES] + ([Part("Autres", rest)] if rest else [])
    total = sum(part.value for part in parts)
    return StackedBar(
        shown, f"{euros(total)} restent à régler, dont {euros(first[1])} par {first[0]}."
    )
