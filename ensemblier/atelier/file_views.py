"""A plan as files: spreadsheets that compute, read back after a look, and two pages for a board."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.atelier import access
from ensemblier.atelier.board import board_pdf
from ensemblier.atelier.forms import TextForm, UploadForm
from ensemblier.atelier.models import EconomicPlan
from ensemblier.atelier.queries import Shown
from ensemblier.atelier.rows import values_of
from ensemblier.atelier.views import one, shown_or_404
from ensemblier.atelier.wording import changes as differences
from ensemblier.base.files.limits import MAX_BYTES, ODS, PDF, XLSX
from ensemblier.base.files.live_sheets import as_ods, as_xlsx
from ensemblier.base.files.tables import read_table
from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.engines.economics import BadPlan, book, changes, compute, plan_text, with_values


def attached(found: Shown, content: bytes, media: str, ending: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media)
    name = f"plan-{slugify(found.plan.title)[:40]}-v{found.version.number}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@guard(access.may_read, load=one)
def ods(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    found = shown_or_404(request, plan)
    return attached(found, as_ods(book(compute(found.read))), ODS, "ods")


@require_safe
@guard(access.may_read, load=one)
def xlsx(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    found = shown_or_404(request, plan)
    return attached(found, as_xlsx(book(compute(found.read))), XLSX, "xlsx")


@require_safe
@guard(access.may_read, load=one)
def toml(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    found = shown_or_404(request, plan)
    return attached(found, found.version.text.encode(), "application/toml", "toml")


@require_safe
@guard(access.may_read, load=one)
def pdf(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """Two pages for a board."""
    found = shown_or_404(request, plan)
    return attached(found, board_pdf(found, now=timezone.now()), PDF, "pdf")


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_read, load=one)
def files(request: HttpRequest, plan: EconomicPlan) -> HttpResponse:
    """What to download; a spreadsheet given back shows what it changes before anything is kept."""
    found = shown_or_404(request, plan)
    form: Any = UploadForm()
    context: dict[str, Any] = {"shown": found, "here": "files"}
    if request.method == "POST" and found.writes:
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            context |= dry_run(found, form)
    context["form"] = form
    return render(request, "atelier/files.html", context, status=422 if form.errors else 200)


def dry_run(found: Shown, form: Any) -> dict[str, Any]:
    """What the spreadsheet would change, and the form that would keep it. Nothing is written."""
    sent = form.cleaned_data["table"]
    if getattr(sent, "too_big", False):
        form.add_error("table", f"Ce fichier dépasse {MAX_BYTES // 1_000_000} Mo.")
        return {}
    plan = found.read
    try:
        table = read_table(content=sent.read(), name=sent.name)
        moved = changes([table.heading, *table.rows], plan)
        text = plan_text(with_values(plan, moved).data)
    except Refusal as refusal:
        form.add_error("table", refusal.message)
        return {}
    except BadPlan as error:
        form.add_error("table", str(error))
        return {}
    if not moved:
        return {"same": True}
    ready = TextForm(
        initial={
            "text": text,
            "opened": found.scenario.version,
            "why": f"Tableur {sent.name}"[:200],
        }
    )
    return {"differences": differences(found.data, values_of(text)), "ready": ready}
