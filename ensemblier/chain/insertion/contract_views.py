"""Pages of one contract of insertion: its hours, an undoing, its end. Its structure only."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.people.access import guard
from ensemblier.chain.insertion import access, actions
from ensemblier.chain.insertion.forms import HoursForm, LeaveForm, UndoHoursForm
from ensemblier.chain.insertion.models import HourEntry, InsertionContract
from ensemblier.chain.insertion.wording import said_minutes

PAGE = require_http_methods(["GET", "HEAD", "POST"])


def load_contract(request: HttpRequest, pk: int) -> InsertionContract:
    rows = InsertionContract.objects.select_related(
        "agreement__organisation", "participant__chain__lead"
    )
    return get_object_or_404(rows, pk=pk)


def page_of(contract: InsertionContract) -> str:
    return reverse("insertion:contract", args=[contract.pk])


@require_safe
@guard(access.may_hold, load=load_contract)
def contract(request: HttpRequest, contract: InsertionContract) -> HttpResponse:
    entries = contract.hours.select_related("undone_by").order_by("-day", "-pk")
    context = {
        "chain": contract.participant.chain,
        "contract": contract,
        "page": Paginator(entries, 50).get_page(request.GET.get("page")),
        "weekly": said_minutes(contract.weekly_minutes),
        "training": contract.training_share // 100,
    }
    return render(request, "insertion/contract.html", context)


@PAGE
@guard(access.may_hold, load=load_contract)
def note_hours(request: HttpRequest, contract: InsertionContract) -> HttpResponse:
    form = filled(request, HoursForm, today=timezone.localdate())

    def act(_: dict[str, Any]) -> HourEntry:
        entry = form.entry()
        return actions.note_hours(
            contract=contract, now=timezone.now(), actor=request.user, **entry
        )

    return form_page(
        request,
        form,
        act,
        chain=contract.participant.chain,
        title="Noter des heures",
        lead=f"{contract.participant}, {said_minutes(contract.weekly_minutes)} par semaine.",
        back=page_of(contract),
        done=lambda row: f"{said_minutes(row.minutes)} sont notées.",
    )


def load_entry(request: HttpRequest, pk: int) -> HourEntry:
    rows = HourEntry.objects.select_related(
        "contract__agreement__organisation", "contract__participant__chain__lead"
    )
    return get_object_or_404(rows, pk=pk)


@PAGE
@guard(access.may_undo, load=load_entry)
def undo_hours(request: HttpRequest, entry: HourEntry) -> HttpResponse:
    def act(data: dict[str, Any]) -> HourEntry:
        return actions.undo_hours(entry=entry, now=timezone.now(), actor=request.user, **data)

    return form_page(
        request,
        filled(request, UndoHoursForm),
        act,
        chain=entry.contract.participant.chain,
        title="Annuler des heures",
        lead=f"{entry.get_kind_display().capitalize()}, {said_minutes(entry.minutes)} le "
        f"{entry.day:%d/%m/%Y}. Elles restent au livre, avec leur contraire.",
        button="Annuler ces heures",
        back=page_of(entry.contract),
        done="Les heures sont annulées.",
    )


@PAGE
@guard(access.may_hold, load=load_contract)
def leave(request: HttpRequest, contract: InsertionContract) -> HttpResponse:
    def act(data: dict[str, Any]) -> InsertionContract:
        return actions.leave(contract=contract, actor=request.user, **data)

    return form_page(
        request,
        filled(request, LeaveForm, today=timezone.localdate()),
        act,
        chain=contract.participant.chain,
        title="Noter une sortie",
        lead=f"{contract.participant} : vers quoi, et quel jour. Une sortie ne se change plus.",
        back=page_of(contract),
        done="La sortie est notée.",
    )
