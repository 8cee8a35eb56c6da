"""Pages of files: mine, starting one, reading one, sending it, its receipt, withdrawing it."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.people.access import guard, signed_in
from ensemblier.base.people.models import Organisation
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.rules import in_short, zonings_of
from ensemblier.fund.applications import access, actions, content, showing
from ensemblier.fund.applications.forms import FileForm, StartForm, WithdrawForm
from ensemblier.fund.applications.models import (
    EDITABLE,
    MOVES,
    Application,
    Receipt,
    SeatRole,
    State,
)
from ensemblier.fund.applications.nexts import Next, next_thing
from ensemblier.fund.applications.panels import panels_of
from ensemblier.fund.applications.reading import (
    filled,
    load,
    load_call,
    load_to_read,
    load_whole,
    with_rules,
)
from ensemblier.fund.calls.instants import instant
from ensemblier.fund.calls.models import Call

MOST = 200


@require_safe
@guard(signed_in)
def mine(request: HttpRequest) -> HttpResponse:
    """The files of my organisations, each with the next thing to do."""
    now = timezone.now()
    actor = request.actor  # type: ignore[attr-defined]
    homes, seats = actor.organisations(*access.MEMBERS), access.seats_of(actor)
    mine = Q(organisation__in=homes) | Q(pk__in=seats)
    rows = with_rules(Application.objects.filter(mine))[:MOST] if homes or seats else []

    def next_of(row: Application) -> Next:
        if row.organisation_id in homes or seats.get(row.pk) == SeatRole.EDITOR:
            return next_thing(row, now)
        return Next(f"Votre place sur ce dossier : {SeatRole(seats[row.pk]).label}.")

    context = {
        "rows": [
            (row, showing.BADGES[State(row.state)], next_of(row), total(row))
            for row in filled(rows)
        ],
        "calls": Call.objects.open_at(now)[:3] if homes else [],
        "has_home": bool(homes or seats),
        "several": len(homes) > 1 or bool(seats),
    }
    return render(request, "applications/mine.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_start, load=load_call)
def start(request: HttpRequest, call: Call) -> HttpResponse:
    """A title and an organisation, then the draft is there."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    homes = Organisation.objects.filter(pk__in=actor.organisations(*access.MEMBERS))
    options = {"organisations": homes, "initial": {"organisation": homes.first()}}
    form = (
        StartForm(request.POST, **options)
        if request.method == "POST"
        else unchecked(StartForm, request, **options)
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.start(actor=actor.user, call=call, now=now, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"Votre dossier {made.number} est ouvert.")
            return redirect("applications:step", made.number, "projet")
    context = {
        "call": call,
        "form": form,
        "is_open": call.is_open(now),
        "opens": instant(call.opens_at, call.zone),
        "closes": instant(call.closes_at, call.zone),
        "is_past": now >= call.closes_at,
    }
    status = 422 if form.errors else 200
    return render(request, "applications/start.html", context, status=status)


@require_safe
@guard(access.may_read, load=load_to_read)
def detail(request: HttpRequest, application: Application) -> HttpResponse:
    """The whole file, for all who may read it."""
    actor = request.actor  # type: ignore[attr-defined]
    member = access.is_member(actor, application)
    years, asked = showing.asked_by_class(application)
    zones = zonings_of(application.commune, timezone.localdate()) if application.commune_id else []
    context = {
        "application": application,
        "badge": showing.BADGES[State(application.state)],
        "is_member": member,
        "is_desk": access.is_reader(actor, application) and not member,
        "can_edit": access.writes(actor, application) and application.state in EDITABLE,
        "can_withdraw": member and (application.state, "withdraw") in MOVES,
        "next": next_thing(application, timezone.now()) if member else None,
        **showing.content_of(application),
        "zones": in_short(zones),
        "chart": showing.who_pays(application),
        "charges": [line for line in application.lines.all() if line.side == "charge"],
        "resources": [line for line in application.lines.all() if line.side == "resource"],
        "years": years,
        "asked": asked,
        "total": total(application),
        "history": showing.history(application),
    }
    context["panels"] = panels_of(application, request.actor)  # type: ignore[attr-defined]
    return render(request, "applications/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_send, load=load_whole)
def file(request: HttpRequest, application: Application) -> HttpResponse:
    """Send the file. A second click finds the receipt of the first."""
    sending = reverse("applications:step", args=[application.number, "envoi"])
    if request.method != "POST":
        return redirect(sending)
    form = FileForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Cette page était incomplète. Relisez votre dossier et déposez-le.")
        return redirect(sending)
    try:
        actions.file(
            application=application,
            actor=request.user,
            now=timezone.now(),
            key=form.cleaned_data["key"],
            version=form.cleaned_data["version"],
            accepts_commitments=form.cleaned_data["accepts_commitments"],
        )
    except actions.StaleVersion:
        messages.error(
            request,
            "Le dossier a changé depuis que vous l'avez relu. Relisez-le, puis déposez-le.",
        )
        return redirect(sending)
    except actions.MoveRefused:
        return redirect("applications:detail", application.number)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect(sending)
    return redirect("applications:receipt", application.number)


@require_safe
@guard(access.may_read, load=load)
def receipt(request: HttpRequest, application: Application) -> HttpResponse:
    """The proof of filing, made to be printed."""
    found = Receipt.objects.select_related("filed_by").filter(application=application).first()
    if found is None:
        raise Http404
    context = {
        "application": application,
        "receipt": found,
        "filed_at": instant(found.filed_at, application.call.zone),
        "papers": found.content["papers"],
        "annexes": [
            (annex["title"], len(annex["rows"]), content.digest(annex))
            for annex in found.content.get("annexes", [])
        ],
    }
    return render(request, "applications/receipt.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_act, load=load)
def withdraw(request: HttpRequest, application: Application) -> HttpResponse:
    """Ask once more, then withdraw."""
    form = (
        WithdrawForm(request.POST) if request.method == "POST" else unchecked(WithdrawForm, request)
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw(
                application=application,
                actor=request.user,
                now=timezone.now(),
                reason=form.cleaned_data["reason"],
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"Le dossier {application.number} est retiré.")
            return redirect("applications:mine")
    context = {
        "title": "Retirer ce dossier",
        "eyebrow": f"Dossier {application.number} · {application.title}",
        "will_happen": [
            "Le dossier sort de la procédure. Vous ne pourrez pas revenir en arrière.",
            "Il reste lisible dans « Mes dossiers ».",
        ],
        "form": form,
        "button": "Retirer le dossier",
        "danger": True,
        "cancel_url": reverse("applications:detail", args=[application.number]),
    }
    return render(request, "pages/confirm.html", context, status=422 if form.errors else 200)


def total(application: Application) -> int:
    return sum(part.amount_cents for part in application.asked.all())
