"""Pages of help under a mandate: begin, the record, its confirmation, its end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ensemblier.base.people.access import Actor, Answer, everyone, guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import access, content, helping, showing
from ensemblier.fund.applications.company_forms import ConfirmForm, HelpForm, SignedPaperForm
from ensemblier.fund.applications.models import Application, HelpMandate
from ensemblier.fund.applications.reading import filled, load_call, with_rules
from ensemblier.fund.calls.instants import instant
from ensemblier.fund.calls.models import Call


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_help, load=load_call)
def begin(request: HttpRequest, call: Call) -> HttpResponse:
    """Who asks, who speaks for it, how it agreed: then the draft is there."""
    now = timezone.now()
    form = (
        HelpForm(request.POST, request.FILES)
        if request.method == "POST"
        else unchecked(HelpForm, request, initial={"given_on": timezone.localdate()})
    )
    if request.method == "POST" and form.is_valid():
        try:
            mandate = helping.begin_for(call=call, actor=request.user, now=now, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            made = mandate.application
            messages.success(
                request, f"Le dossier {made.number} est ouvert au nom de {made.organisation}."
            )
            return redirect("applications:step", made.number, "projet")
    context = {
        "call": call,
        "form": form,
        "is_open": call.is_open(now),
        "closes": instant(call.closes_at, call.zone),
    }
    status = 422 if form.errors else 200
    return render(request, "applications/help_begin.html", context, status=status)


def load_mandate(request: HttpRequest, number: str) -> HelpMandate:
    rows = HelpMandate.objects.select_related(
        "helper", "paper", "confirmed_paper", "ended_by", "application__call",
        "application__organisation", "application__department",
    )  # fmt: skip
    found = rows.filter(application__number=number).first()
    if found is None:
        raise Http404
    return found


def may_see_mandate(actor: Actor, mandate: HelpMandate) -> Answer:
    return access.may_read(actor, mandate.application)


def may_work_on_mandate(actor: Actor, mandate: HelpMandate) -> Answer:
    """Who types asks for the confirmation; the organisation, or who types, puts an end to it."""
    return access.may_send(actor, mandate.application)


@require_http_methods(["GET", "HEAD"])
@guard(may_see_mandate, load=load_mandate)
def record(request: HttpRequest, mandate: HelpMandate) -> HttpResponse:
    return show(request, mandate, SignedPaperForm())


def show(request: HttpRequest, mandate: HelpMandate, form: Any, status: int = 200) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    application = mandate.application
    context = {
        "mandate": mandate,
        "application": application,
        "form": form,
        "is_helper": mandate.helper_id == actor.user.pk and not mandate.ended_at,
        "is_owner": access.is_member(actor, application),
        "is_confirmed": helping.is_confirmed(mandate),
        "address": helping.confirmer(mandate, timezone.now()),
        "is_draft": application.state == "draft",
    }
    return render(request, "applications/help.html", context, status=status)


@require_POST
@guard(may_work_on_mandate, load=load_mandate)
def ask(request: HttpRequest, mandate: HelpMandate) -> HttpResponse:
    """Send the link to the representative."""
    try:
        helping.ask_confirmation(mandate=mandate, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Le lien est envoyé.")
    return redirect("applications:help", mandate.application.number)


@require_POST
@guard(may_work_on_mandate, load=load_mandate)
def paper(request: HttpRequest, mandate: HelpMandate) -> HttpResponse:
    """The confirmation signed on paper."""
    form = SignedPaperForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, mandate, form, status=422)
    try:
        helping.confirm_by_paper(
            mandate=mandate, paper=form.cleaned_data["paper"], actor=request.user,
            now=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        form.refuse(refusal)
        return show(request, mandate, form, status=422)
    messages.success(request, "La confirmation signée est jointe : le dossier peut être déposé.")
    return redirect("applications:help", mandate.application.number)


@require_POST
@guard(may_work_on_mandate, load=load_mandate)
def end(request: HttpRequest, mandate: HelpMandate) -> HttpResponse:
    """The helper has no access any more, at once."""
    try:
        helping.end(mandate=mandate, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{mandate.helper} n'écrit plus dans ce dossier.")
    if mandate.helper_id == request.user.pk:
        return redirect("applications:mine")
    return redirect("applications:help", mandate.application.number)


def load_token(request: HttpRequest, token: str) -> tuple[str, HelpMandate | None]:
    return token, helping.find(token)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(everyone, load=load_token, public=True)
def confirm(request: HttpRequest, loaded: tuple[str, HelpMandate | None]) -> HttpResponse:
    """The representative reads the file and says yes: the link is theirs, no account is needed."""
    token, mandate = loaded
    if over := helping.why_over(mandate, timezone.now()):
        return render(request, "applications/help_confirm.html", {"over": over}, status=410)
    assert mandate is not None
    rows = with_rules(Application.objects.filter(pk=mandate.application_id))
    application = filled(rows)[0]
    seen = content.digest(content.confirmable(application))
    form = (
        ConfirmForm(request.POST)
        if request.method == "POST"
        else ConfirmForm(initial={"seen": seen})
    )
    if request.method == "POST" and form.is_valid():
        try:
            helping.confirm_by_link(token=token, seen=form.cleaned_data["seen"], now=timezone.now())
        except Refusal as refusal:
            form = ConfirmForm(initial={"seen": seen})
            messages.error(request, refusal.message)
        else:
            return render(request, "applications/help_confirm.html", {"done": mandate})
    years, asked = showing.asked_by_class(application)
    context = {
        "mandate": mandate,
        "application": application,
        "form": form,
        "here": request.path,
        "years": years,
        "asked": asked,
        "total": sum(part.amount_cents for part in application.asked.all()),
        "chart": showing.who_pays(application),
        **showing.content_of(application),
    }
    status = 422 if form.errors else 200
    return render(request, "applications/help_confirm.html", context, status=status)
