"""A till's file on screen: given, read with its faults, imported; and the month's end, followed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ensemblier.base.chains.form_pages import filled
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.formats import whole
from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing import access, month_end, tills
from ensemblier.chain.billing.forms import CloseMonthForm, TillForm, month_before
from ensemblier.chain.billing.models import MonthEnd, TillFile
from ensemblier.chain.billing.till_reading import COLUMNS

PAGE = require_http_methods(["GET", "HEAD", "POST"])
BADGES = {"read": "wait", "writing": "wait", "written": "done"}
A_PAGE = 50


@PAGE
@guard(access.may_write, load=load_chain)
def till(request: HttpRequest, chain: Chain) -> HttpResponse:
    """Give a till's file, and see the earlier ones."""
    form = filled(request, TillForm)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["paper"]
        try:
            file = tills.read_file(
                chain=chain,
                content=upload.read(),
                name=upload.name or "caisse",
                today=timezone.localdate(),
                actor=request.user,
                now=timezone.now(),
            )
            return redirect("billing:till_file", pk=file.pk)
        except Refusal as refusal:
            form.refuse(Refusal(refusal.message, field="paper"))
    rows = chain.till_files.defer("rows", "faults")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "chain": chain,
        "form": form,
        "columns": [(name, needed, words) for name, (needed, words) in COLUMNS.items()],
        "page": page,
        "rows": [(row, BADGES[row.state]) for row in page],
    }
    return render(request, "billing/till.html", context, status=422 if form.errors else 200)


def load_file(request: HttpRequest, pk: int) -> TillFile:
    rows = TillFile.objects.select_related("chain__lead").defer("rows")
    return get_object_or_404(rows, pk=pk)


@require_safe
@guard(access.may_read_till, load=load_file)
def till_file(request: HttpRequest, file: TillFile) -> HttpResponse:
    """What was read, fault by fault; then how far its writing is."""
    stuck = file.state == TillFile.State.WRITING and file.is_stuck(timezone.now())
    context = {
        "chain": file.chain,
        "file": file,
        "badge": BADGES[file.state],
        "page": Paginator(file.faults, A_PAGE).get_page(request.GET.get("page")),
        "may_import": file.state == TillFile.State.READ and not file.fault_count,
        "runs": file.state == TillFile.State.WRITING and not stuck,
        "stuck": stuck,
        "phrase": f"{whole(file.done)} lignes traitées sur {whole(file.lines)}",
    }
    return render(request, "billing/till_file.html", context)


@require_POST
@guard(access.may_read_till, load=load_file)
def import_till(request: HttpRequest, file: TillFile) -> HttpResponse:
    """Write its lines, in the background."""
    try:
        tills.ask_import(file=file, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("billing:till_file", pk=file.pk)


@PAGE
@guard(access.may_write, load=load_chain)
def close_month(request: HttpRequest, chain: Chain) -> HttpResponse:
    """Ask for a month's end, and follow it."""
    here = reverse("billing:close_month", args=[chain.slug])
    today = timezone.localdate()
    form = filled(
        request, CloseMonthForm, initial={"until": month_before(today)["last"], "day": today}
    )
    if request.method == "POST" and form.is_valid():
        try:
            month_end.ask(chain=chain, actor=request.user, now=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "La clôture est lancée. Elle continue sans vous.")
            return redirect(here)
    run = chain.month_ends.first()
    context = {"chain": chain, "form": form, "run": run} | _progress(run)
    status = 422 if form.errors else 200
    return render(request, "billing/close_month.html", context, status=status)


def _progress(run: MonthEnd | None) -> dict[str, Any]:
    if run is None:
        return {"runs": False, "stuck": False}
    stuck = run.ended_at is None and month_end.is_stuck(run, timezone.now())
    on_lines = run.phase in (MonthEnd.Phase.SHARES, MonthEnd.Phase.SALES)
    done, in_all, what = (
        (run.lines, max(run.lines_in_all, run.lines), "lignes")
        if on_lines
        else (run.documents, max(run.documents_in_all, run.documents), "pièces")
    )
    return {
        "runs": run.ended_at is None and not stuck,
        "stuck": stuck,
        "done": done,
        "in_all": max(1, in_all),
        "phrase": f"{run.get_phase_display().capitalize()}\u00a0: {whole(done)} {what} "
        f"sur {whole(in_all)}",
        "growers": month_end.growers_who_wait(run)[:20] if run.ended_at else [],
        "sellers": month_end.sellers_who_wait(run)[:20] if run.ended_at else [],
    }
