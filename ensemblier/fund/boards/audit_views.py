"""The auditor's pages: any figure on a past day, a payment to its evidence, a sample."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ensemblier.base.people.access import guard
from ensemblier.engines.sampling import BadSample, Method, Sample, draw
from ensemblier.fund.boards import access, asking, lists
from ensemblier.fund.boards.board import board_of
from ensemblier.fund.boards.evidence import Row, chain, paid_until, rows_until, units, whole
from ensemblier.fund.boards.exports import FORMATS, download
from ensemblier.fund.boards.facts import facts_on
from ensemblier.fund.boards.views import STATES, exports_of
from ensemblier.fund.payments.models import Payment

PAGE_ROWS = 25
MOST_DRAWN = 500
STRATA = {"": "sans strate", "departement": "par département", "annee": "par année de versement"}


@require_safe
@guard(access.may_audit)
def audit(request: HttpRequest) -> HttpResponseBase:
    """The whole fund as it stood at the end of a day, and its payments."""
    asked = asking.read(request.GET, timezone.localdate())
    rows = paid_until(asked.day)
    if asked.format:
        if request.GET.get("liste") == "versements":
            return download(request, lists.of_payments(rows.iterator(chunk_size=500)), asked.format)
        facts = facts_on(asked.day, today=asked.today, with_effects=False)
        return download(request, lists.of_files(facts.files, f"dossiers-{asked.day}"), asked.format)
    facts = facts_on(asked.day, today=asked.today, with_effects=False)
    board = board_of(facts)
    page = Paginator(rows_until(asked.day), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "facts": facts,
        "board": board,
        "steps": [(s, cents, count, asked.query(etape=s.key)) for s, cents, count in board.steps],
        "states": [(value, STATES[value], count) for value, count in board.states],
        "page": page,
        "payments": [Row(*row) for row in page.object_list],
        "exports": exports_of(asked.query()),
        "payment_exports": exports_of(asked.query(liste="versements")),
    }
    return render(request, "boards/audit.html", context)


def load_payment(request: HttpRequest, pk: int) -> Payment:
    found = whole(Payment.objects.filter(pk=pk)).first()
    if found is None:
        raise Http404
    return found


@require_safe
@guard(access.may_trace, load=load_payment)
def evidence(request: HttpRequest, payment: Payment) -> HttpResponseBase:
    """From a paid euro back to the papers."""
    context = {
        "payment": payment,
        "application": payment.instalment.agreement.decision.application,
        "chain": chain(payment),
    }
    return render(request, "boards/evidence.html", context)


@require_safe
@guard(access.may_audit)
def sample(request: HttpRequest) -> HttpResponseBase:
    """Payments drawn with a seed: the same again for whoever types the same."""
    asked = asking.read(request.GET, timezone.localdate())
    values = _values(request)
    drawn: Sample | None = None
    fault = ""
    if "graine" in request.GET:
        try:
            drawn = draw(
                units((Row(*row) for row in rows_until(asked.day)), by=values["strates"]),
                values["taille"],
                seed=values["graine"],
                method=Method(values["methode"]),
                by_stratum=bool(values["strates"]),
            )
        except BadSample as error:
            fault = str(error)
    names = [int(row.unit.key[1:]) for row in drawn.drawn] if drawn else []
    payments = {row.pk: row for row in whole(Payment.objects.filter(pk__in=names))}
    rows = (
        [(row, payments[pk]) for row, pk in zip(drawn.drawn, names, strict=True)] if drawn else []
    )
    if drawn and asked.format in FORMATS:
        hits = {payment.pk: row.hits for row, payment in rows}
        return download(
            request, lists.of_payments([payment for _, payment in rows], hits), asked.format
        )
    query = asked.query(**values)
    context = {
        "asked": asked,
        "values": values,
        "methods": [(method.value, method.label) for method in Method],
        "strata": STRATA.items(),
        "drawn": drawn,
        "rows": rows,
        "fault": fault,
        "exports": exports_of(query),
        "most": MOST_DRAWN,
    }
    return render(request, "boards/sample.html", context, status=422 if fault else 200)


def _values(request: HttpRequest) -> dict[str, Any]:
    """What was typed, kept; what means nothing becomes the usual value."""
    size = request.GET.get("taille", "25").strip()
    method = request.GET.get("methode", Method.RANDOM)
    strata = request.GET.get("strates", "")
    return {
        "graine": request.GET.get("graine", "").strip()[:80],
        "taille": min(int(size), MOST_DRAWN) if size.isdecimal() and len(size) < 9 else 0,
        "methode": method if method in set(Method) else Method.RANDOM.value,
        "strates": strata if strata in STRATA else "",
    }
