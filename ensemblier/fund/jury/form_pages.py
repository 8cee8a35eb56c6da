"""One form on one page, in a jury: shown, then done, then back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.jury.models import AgendaItem, JurorExpense, Jury, Seat, Sitting

SITTINGS = Sitting.objects.select_related("jury__call", "jury__chair", "jury__envelope__account")


def one(rows: Any, **known: Any) -> Any:
    found = rows.filter(**known).first()
    if found is None:
        raise Http404
    return found


def load_jury(request: HttpRequest, pk: int) -> Jury:
    jury: Jury = one(Jury.objects.select_related("call", "chair", "envelope__account"), pk=pk)
    return jury


def load_sitting(request: HttpRequest, pk: int) -> Sitting:
    sitting: Sitting = one(SITTINGS, pk=pk)
    return sitting


def load_item(request: HttpRequest, pk: int) -> AgendaItem:
    item: AgendaItem = one(
        AgendaItem.objects.select_related(
            "sitting__jury__call", "application__call", "application__organisation"
        ),
        pk=pk,
    )
    return item


def load_expense(request: HttpRequest, pk: int) -> JurorExpense:
    expense: JurorExpense = one(
        JurorExpense.objects.select_related("seat__jury", "seat__user", "sitting__jury__call"),
        pk=pk,
    )
    return expense


def load_seat(request: HttpRequest, pk: int) -> Seat:
    seat: Seat = one(Seat.objects.select_related("jury__call", "user", "college"), pk=pk)
    return seat


def form_page(
    request: HttpRequest,
    form_class: Any,
    act: Callable[[Any], Any],
    *,
    words: dict[str, Any],
    done: str,
    back: str,
    **options: Any,
) -> HttpResponse:
    """`words`: title, button, eyebrow, and sentences; `act` takes the valid form."""
    if request.method == "POST":
        form = form_class(request.POST, request.FILES, **options)
    else:
        form = unchecked(form_class, request, **options)
    if request.method == "POST" and form.is_valid():
        try:
            act(form)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, done)
            return redirect(back)
    context = {"form": form, "back": back, **words}
    status = 422 if request.method == "POST" else 200
    return render(request, "jury/form.html", context, status=status)


def do(request: HttpRequest, act: Callable[[], Any], done: str, back: str) -> HttpResponse:
    """A button without a form."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return redirect(back)
