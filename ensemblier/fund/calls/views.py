"""Pages of the calls: read by everyone, written by the people in charge of the programme."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.people.access import everyone, guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.budget import percent
from ensemblier.fund.calls import access, actions
from ensemblier.fund.calls.asked import condition_of
from ensemblier.fund.calls.colleges import weights
from ensemblier.fund.calls.defaults import TEMPLATES, template, templates
from ensemblier.fund.calls.forms import CallForm, ExpensesForm, NewCallForm, initial_of
from ensemblier.fund.calls.instants import instant
from ensemblier.fund.calls.models import Call, Watch
from ensemblier.fund.programme.models import Envelope, Programme


def load(request: HttpRequest, slug: str) -> Call:
    found = Call.objects.select_related("programme", "owner").filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def state_of(call: Call, now: Any) -> tuple[str, str, str]:
    """Where a call is: colour, word, sentence."""
    if call.published_at is None:
        return "draft", "Brouillon", "Cet appel n'est pas publié."
    if now < call.opens_at:
        return "wait", "Bientôt", f"Ouvre le {instant(call.opens_at, call.zone)}."
    if now < call.closes_at:
        return "done", "Ouvert", f"Ouvert jusqu'au {instant(call.closes_at, call.zone)}."
    return "draft", "Fermé", f"A fermé le {instant(call.closes_at, call.zone)}."


@require_safe
@guard(everyone, public=True)
def index(request: HttpRequest) -> HttpResponse:
    """Open calls first, then those to come, then the closed ones."""
    now = timezone.now()
    writer = access.may_write(request.actor).allowed  # type: ignore[attr-defined]
    seen = Call.objects.all() if writer else Call.objects.published()
    rows = [(call, *state_of(call, now)) for call in seen.select_related("programme", "owner")]
    order = {"Ouvert": 0, "Bientôt": 1, "Brouillon": 2, "Fermé": 3}
    rows.sort(key=lambda row: order[row[2]])
    context = {
        "current": [row for row in rows if row[2] != "Fermé"],
        "past": [row for row in rows if row[2] == "Fermé"],
        "writer": writer,
    }
    return render(request, "calls/list.html", context)


def told(call: Call) -> dict[str, Any]:
    """What the page of a call says of its rules."""
    questions = list(call.questions.all())
    labels = {row.code: row.label for row in questions}
    kind, word, sentence = state_of(call, timezone.now())
    return {
        "call": call,
        "kind": kind,
        "word": word,
        "sentence": sentence,
        "opens": instant(call.opens_at, call.zone),
        "closes": instant(call.closes_at, call.zone),
        "rate": percent(call.max_rate_bp),
        "criteria": list(call.criteria.prefetch_related("parts")),
        "expenses": [(row, percent(row.cap_bp)) for row in call.expenses.all()],
        "envelopes": call.envelopes.select_related("programme", "region"),
        "papers": call.papers.all(),
        "colleges": weights(list(call.colleges.all())),
        "questions": [(row, condition_of(row, labels)) for row in questions],
        "desks": call.desks.select_related("organisation", "region"),
        "watch": [label for value, label in Watch.choices if value in call.watch],
    }


@require_safe
@guard(access.may_read, load=load, public=True)
def detail(request: HttpRequest, call: Call) -> HttpResponse:
    """The rules of a call, as they are frozen."""
    context = told(call) | {
        "notices": call.notices.all(),
        "published": instant(call.published_at, call.zone) if call.published_at else "",
        "writer": access.may_write(request.actor).allowed,  # type: ignore[attr-defined]
    }
    return render(request, "calls/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write)
def new(request: HttpRequest) -> HttpResponse:
    """Write a call; it starts with what its template or its strand gives, and the default grid."""
    chosen = request.GET.get("modele", "")
    options = {
        "programmes": Programme.objects.order_by("name"),
        "envelopes": Envelope.objects.select_related("programme", "region"),
        "initial": start_of(chosen if chosen in TEMPLATES else ""),
    }
    form = (
        NewCallForm(request.POST, **options)
        if request.method == "POST"
        else unchecked(NewCallForm, request, **options)
    )
    if request.method == "POST" and form.is_valid():
        call = _create(request, form)
        if call is not None:
            messages.success(request, "L'appel est écrit. Relisez-le avant de le publier.")
            return redirect("calls:detail", call.slug)
    context = {
        "form": form,
        "title": "Écrire un appel",
        "cancel_url": reverse("calls:list"),
        "templates": [(row, row.key == form["kind_template"].value()) for row in templates()],
    }
    return render(request, "calls/new.html", context, status=422 if form.errors else 200)


def start_of(key: str) -> dict[str, Any]:
    """What the form of a new call shows before anything is typed."""
    plain = {"zone": "Europe/Paris", "max_rate_bp": 8000, "strand": "local"}
    if not key:
        return {**plain, "has_silence_rule": True}
    model = template(key)
    return {
        **plain,
        "has_silence_rule": True,
        "kind_template": key,
        "strand": model.strand,
        "title": model.title,
        "description": model.description,
        "max_rate_bp": model.max_rate_bp,
        "watch": list(model.watch),
    }


def _create(request: HttpRequest, form: NewCallForm) -> Call | None:
    """The call, with its grid, or None and the refusal on the form."""
    fields = form.cleaned_data
    try:
        with transaction.atomic():
            call = actions.create_call(
                actor=request.user, owner=fields["programme"].owner, **fields
            )
            actions.apply_default_grid(call=call, actor=request.user)
    except Refusal as refusal:
        form.refuse(refusal)
        return None
    return call


def load_draft(request: HttpRequest, slug: str) -> Call:
    """A published call has no page to change it."""
    call = load(request, slug)
    if call.published_at is not None:
        raise Http404
    return call


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write, load=load_draft)
def edit(request: HttpRequest, call: Call) -> HttpResponse:
    envelopes = Envelope.objects.filter(programme=call.programme, strand=call.strand)
    options = {
        "envelopes": envelopes.select_related("programme", "region"),
        "initial": initial_of(call),
    }
    form = (
        CallForm(request.POST, **options)
        if request.method == "POST"
        else unchecked(CallForm, request, **options)
    )
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        chosen = fields.pop("envelopes")
        try:
            actions.change_call(actor=request.user, call=call, **fields)
            actions.set_envelopes(actor=request.user, call=call, envelopes=chosen)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "L'appel est enregistré.")
            return redirect("calls:detail", call.slug)
    return show_form(request, call, form, "Modifier l'appel")


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write, load=load_draft)
def expenses(request: HttpRequest, call: Call) -> HttpResponse:
    rows = list(call.expenses.all())
    form = (
        ExpensesForm(request.POST, expenses=rows)
        if request.method == "POST"
        else unchecked(ExpensesForm, request, expenses=rows)
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_expenses(actor=request.user, call=call, expenses=form.expenses())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Les dépenses financées sont enregistrées.")
            return redirect("calls:detail", call.slug)
    return show_form(request, call, form, "Les dépenses que l'appel finance")


def show_form(
    request: HttpRequest, call: Call, form: Any, title: str, *, cancel_url: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "call": call,
        "cancel_url": cancel_url or reverse("calls:detail", args=[call.slug]),
    }
    return render(request, "calls/form.html", context, status=422 if form.errors else 200)
