"""The reports of a chain: the list, one that was sent, its rows, closing, sending, the files."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.ledger.export import write_fec
from ensemblier.base.ledger.models import Account
from ensemblier.base.pages.cells import harmless
from ensemblier.base.people.access import Actor, guard
from ensemblier.reports import access, actions
from ensemblier.reports.forms import BooksForm, CloseForm, SendForm, SufficiencyForm
from ensemblier.reports.models import ReportKind, SentReport
from ensemblier.reports.rows import line_pks, rows_of, untold
from ensemblier.reports.sections import Section, sections

PAGE = require_http_methods(["GET", "HEAD", "POST"])
A_PAGE = 50


def list_of(chain: Chain) -> str:
    return reverse("reports:list", args=[chain.slug])


def page_of(report: SentReport) -> str:
    return reverse("reports:detail", args=[report.pk])


def load_report(request: HttpRequest, pk: int) -> SentReport:
    rows = SentReport.objects.select_related("chain__lead", "recipient")
    return get_object_or_404(rows, pk=pk)


@require_safe
@guard(access.may_list, load=load_chain)
def index(request: HttpRequest, chain: Chain) -> HttpResponse:
    """Periods closed, reports sent, and what no report told yet."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    own = access.own_reports(actor, chain)
    rows = chain.reports.defer("content").select_related("recipient")
    rows = rows if own is None else rows.filter(recipient__in=own)
    context = {
        "chain": chain,
        "page": Paginator(rows.order_by("-last_day", "-sent_at", "-pk"), A_PAGE).get_page(
            request.GET.get("page")
        ),
        "closed": list(chain.closed_periods.order_by("-last_day")[:12]) if own is None else [],
        "untold": untold(chain) if own is None else [],
        "all": own is None,
        "leads": access.may_send(actor, chain).allowed,
    }
    return render(request, "reports/index.html", context)


@require_safe
@guard(access.may_read, load=load_report)
def detail(request: HttpRequest, report: SentReport) -> HttpResponse:
    """What was sent, as it was sent; each figure opens its rows."""
    found = sections(report)
    pages = {
        each.anchor: Paginator(each.rows, A_PAGE).get_page(request.GET.get("page"))
        for each in found
        if each.is_long
    }
    keys = [cell.line for page in pages.values() for row in page for cell in row if cell.line]
    others = SentReport.objects.defer("content").filter(
        chain=report.chain,
        kind=report.kind,
        recipient=report.recipient,
        first_day=report.first_day,
        last_day=report.last_day,
    )
    context = {
        "chain": report.chain,
        "report": report,
        "sections": [(each, pages.get(each.anchor)) for each in found],
        "longest": max(pages.values(), key=lambda page: page.paginator.num_pages, default=None),
        "lines": line_pks(keys),
        "versions": others.order_by("version"),
        "is_canteen": report.kind == ReportKind.CANTEEN,
    }
    return render(request, "reports/detail.html", context)


@require_safe
@guard(access.may_read, load=load_report)
def rows(request: HttpRequest, report: SentReport) -> HttpResponse:
    """The rows behind one figure."""
    found = rows_of(report, request.GET.get("chiffre", ""))
    if found is None:
        raise Http404
    page = Paginator(found.rows, A_PAGE).get_page(request.GET.get("page"))
    told = [list(zip(found.heads, found.write(row), strict=True)) for row in page]
    context = {"chain": report.chain, "report": report, "found": found}
    return render(request, "reports/rows.html", context | {"page": page, "told": told})


@PAGE
@guard(access.may_send, load=load_chain)
def close(request: HttpRequest, chain: Chain) -> HttpResponse:
    return form_page(
        request,
        filled(request, CloseForm),
        lambda data: actions.close_period(
            chain=chain, actor=request.user, now=timezone.now(), **data
        ),
        chain=chain,
        title="Clore une période",
        lead="Les chiffres de ces jours ne bougeront plus. Ce qui sera noté plus tard à leur sujet "
        "ira dans le compte rendu suivant. On ne rouvre pas une période close.",
        back=list_of(chain),
        button="Clore la période",
        done="La période est close. Ses comptes rendus peuvent partir.",
    )


@PAGE
@guard(access.may_send, load=load_chain)
def send(request: HttpRequest, chain: Chain) -> HttpResponse:
    options = {"chain": chain, "day": timezone.localdate(), "initial": _asked(request)}

    def act(data: dict[str, Any]) -> SentReport:
        facts = data | {"chain": chain, "actor": request.user, "now": timezone.now()}
        if facts["kind"] == ReportKind.FUNDER:
            facts.pop("kind")
            return actions.send_funder_report(**facts)
        return actions.send_figures(**facts)

    return form_page(
        request,
        filled(request, SendForm, **options),
        act,
        chain=chain,
        title="Envoyer un compte rendu",
        lead="Les chiffres sont lus dans ce qui est noté chaque jour, puis figés. Le destinataire "
        "les lit ici. Envoyer deux fois la même période fait une version de plus.",
        back=list_of(chain),
        button="Figer et envoyer",
        done=lambda report: f"Le compte rendu à {report.recipient} est envoyé.",
        goes_to=page_of,
    )


def _asked(request: HttpRequest) -> dict[str, Any]:
    """The funder of a link of the list."""
    asked = request.GET.get("a", "")
    return (
        {"recipient": int(asked)} if asked.isascii() and asked.isdigit() and len(asked) < 10 else {}
    )


@PAGE
@guard(access.may_send, load=load_chain)
def sufficiency(request: HttpRequest, chain: Chain) -> HttpResponse:
    options = {"chain": chain, "day": timezone.localdate()}
    return form_page(
        request,
        filled(request, SufficiencyForm, **options),
        lambda data: actions.send_sufficiency(
            chain=chain, actor=request.user, now=timezone.now(), **data
        ),
        chain=chain,
        title="Avant, après : manger à sa faim",
        lead="Comptez les réponses faites sur papier, sans nom. Un nombre de une à quatre "
        "personnes n'est pas gardé : il dirait qui a répondu.",
        back=list_of(chain),
        button="Figer et envoyer",
        done=lambda report: f"Les réponses sont envoyées à {report.recipient}.",
        goes_to=page_of,
    )


@require_safe
@guard(access.may_read, load=load_report)
def table(request: HttpRequest, report: SentReport) -> HttpResponse:
    """The report as a file for a spreadsheet, without any formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    for section in sections(report):
        _write(writer, section)
    return _file(out.getvalue(), f"compte-rendu-{report.pk}.csv", "text/csv")


def _write(writer: Any, section: Section) -> None:
    writer.writerow([harmless(section.title)])
    writer.writerow([harmless(head) for head in section.heads])
    writer.writerows([harmless(cell.text) for cell in row] for row in section.rows)
    writer.writerow([])


@require_safe
@guard(access.may_read, load=load_report)
def canteen(request: HttpRequest, report: SentReport) -> HttpResponse:
    """The purchase file that ma-cantine imports, as it was frozen."""
    if report.kind != ReportKind.CANTEEN:
        raise Http404
    out = io.StringIO()
    found = report.content["rows"]
    writer = csv.writer(out)
    if found:
        heads = list(found[0])
        writer.writerow(heads)
        writer.writerows([harmless(row[head]) for head in heads] for row in found)
    return _file(out.getvalue(), f"achats-ma-cantine-{report.pk}.csv", "text/csv")


@PAGE
@guard(access.may_send, load=load_chain)
def books(request: HttpRequest, chain: Chain) -> HttpResponse:
    """The entries of the chain for an accountant, in the tax office's format (FEC)."""
    form = filled(request, BooksForm)
    if request.method == "POST" and form.is_valid():
        out = io.StringIO()
        mine = Account.objects.filter(code__startswith=f"filiere-{chain.pk}-")
        # Every entry of a chain touches an account of its own. A payer's may be an agreement's, on
        # which other chains draw too: their entries are not for this one's eyes.
        only = set(mine.values_list("pk", flat=True))
        write_fec(out, only=only, **form.cleaned_data)
        name = f"{chain.lead.siret[:9] or 'filiere'}FEC{form.cleaned_data['last']:%Y%m%d}.txt"
        return _file(out.getvalue(), name, "text/plain")
    context = {"form": form, "chain": chain, "title": "Les écritures de la filière, au format FEC"}
    context |= {"back": list_of(chain), "button": "Télécharger"}
    context["lead"] = "Pour un logiciel de comptabilité. Les parts, les ventes et les achats."
    return render(request, "chains/form.html", context, status=422 if form.errors else 200)


def _file(text: str, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(text.encode("utf-8"), content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
