"""Pages of those who share a file: seats, who is there now, comments."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ensemblier.base.people.access import YES, Actor, Answer, everyone, guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import access, comments, seats
from ensemblier.fund.applications.company_forms import CommentForm, SeatForm
from ensemblier.fund.applications.models import (
    Application,
    Comment,
    Seat,
    SeatInvitation,
    SeatRole,
)
from ensemblier.fund.applications.reading import load
from ensemblier.fund.applications.rules import NAMES

OF_FILE = ("application__call", "application__organisation", "application__department")


def may_see_people(actor: Actor, application: Application) -> Answer:
    """Those of the file see who else is; the organisation alone changes it."""
    return access.may_read_comments(actor, application)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(may_see_people, load=load)
def people(request: HttpRequest, application: Application) -> HttpResponse:
    """Who has a seat, who is invited; one form to invite."""
    actor = request.actor  # type: ignore[attr-defined]
    owner = access.is_member(actor, application)
    form = SeatForm(request.POST) if request.method == "POST" else unchecked(SeatForm, request)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = seats.invite(
                application=application, actor=actor.user, now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"L'invitation est envoyée à {invitation.email}.")
            return redirect("applications:people", application.number)
    now = timezone.now()
    waiting = application.seat_invitations.filter(
        accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now
    )
    context = {
        "application": application,
        "owner": owner,
        "form": form,
        "seats": application.seats.select_related("user", "given_by"),
        "waiting": waiting.select_related("invited_by") if owner else [],
        "roles": SeatRole.choices,
        "helper": getattr(application, "help_mandate", None),
    }
    status = 422 if form.errors else 200
    return render(request, "applications/people.html", context, status=status)


def load_seat(request: HttpRequest, number: str, pk: int) -> Seat:
    rows = Seat.objects.select_related("user", *OF_FILE)
    return get_object_or_404(rows, pk=pk, application__number=number)


def may_change_seat(actor: Actor, seat: Seat) -> Answer:
    """The organisation; for leaving, the person seated."""
    if not actor.is_anonymous and seat.user_id == actor.user.pk:
        return YES
    return access.may_act(actor, seat.application)


@require_POST
@guard(may_change_seat, load=load_seat)
def seat_change(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Another role, or no seat at all."""
    role, number = request.POST.get("role", ""), seat.application.number
    try:
        if role:
            seats.change(seat=seat, role=role, actor=request.user, now=timezone.now())
            messages.success(request, f"{seat.user} : {seat.get_role_display()}.")
        else:
            seats.remove(seat=seat, actor=request.user, now=timezone.now())
            messages.success(request, f"{seat.user} n'a plus accès à ce dossier.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    if not role and seat.user_id == request.user.pk:
        return redirect("applications:mine")
    return redirect("applications:people", number)


def load_invitation(request: HttpRequest, number: str, pk: int) -> SeatInvitation:
    rows = SeatInvitation.objects.select_related(*OF_FILE)
    return get_object_or_404(rows, pk=pk, application__number=number)


def may_withdraw(actor: Actor, invitation: SeatInvitation) -> Answer:
    return access.may_act(actor, invitation.application)


@require_POST
@guard(may_withdraw, load=load_invitation)
def seat_withdraw(request: HttpRequest, invitation: SeatInvitation) -> HttpResponse:
    try:
        seats.withdraw_invitation(invitation=invitation, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"L'invitation de {invitation.email} est annulée.")
    return redirect("applications:people", invitation.application.number)


def load_token(request: HttpRequest, token: str) -> tuple[str, SeatInvitation | None]:
    return token, seats.find(token)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(everyone, load=load_token, public=True)
def seat_accept(request: HttpRequest, loaded: tuple[str, SeatInvitation | None]) -> HttpResponse:
    """What is offered; taken up by POST, once signed in with the address invited."""
    token, offer = loaded
    if over := seats.why_over(offer, timezone.now()):
        return render(request, "applications/seat.html", {"over": over}, status=410)
    assert offer is not None
    if request.method == "POST" and request.user.is_authenticated:
        try:
            seat = seats.accept(token=token, user=request.user, now=timezone.now())
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect(request.path)
        request.session.cycle_key()  # the session can do more than before: its id changes
        messages.success(
            request, f"Vous avez une place sur ce dossier : {seat.get_role_display()}."
        )
        return redirect("applications:detail", offer.application.number)
    same = request.user.is_authenticated and request.user.email == offer.email
    context = {"offer": offer, "same": same, "here": request.path}
    return render(request, "applications/seat.html", context)


def load_presence(request: HttpRequest, number: str, step: str) -> Application:
    if step not in NAMES:
        raise Http404
    request.step = step  # type: ignore[attr-defined]
    return load(request, number)


@require_POST
@guard(access.may_read_comments, load=load_presence)
def presence(request: HttpRequest, application: Application) -> HttpResponse:
    """Said by an open page every minute: who else is there, who saved last."""
    step = request.step  # type: ignore[attr-defined]
    context = {
        "others": seats.note_presence(
            application=application, user=request.user, step=step, now=timezone.now()
        ),
        "saved": seats.last_saved(application, step),
        "count": comments.open_count(application, step),
        "application": application,
        "step": step,
        "names": NAMES,
    }
    return render(request, "applications/presence.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_read_comments, load=load)
def comment_list(request: HttpRequest, application: Application) -> HttpResponse:
    """All the threads of the file, and one form to start another."""
    actor = request.actor  # type: ignore[attr-defined]
    initial = {"step": request.GET.get("etape", "projet")}
    form = (
        CommentForm(request.POST)
        if request.method == "POST"
        else unchecked(CommentForm, request, initial=initial)
    )
    if request.method == "POST" and form.is_valid():
        try:
            comments.comment(
                application=application, actor=actor.user, now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Le commentaire est écrit.")
            return redirect("applications:comments", application.number)
    context = {
        "application": application,
        "threads": comments.threads(application),
        "form": form,
        "can_comment": access.may_comment(actor, application).allowed,
        "can_share": access.writes(actor, application),
    }
    status = 422 if form.errors else 200
    return render(request, "applications/comments.html", context, status=status)


def load_comment(request: HttpRequest, number: str, pk: int) -> Comment:
    rows = Comment.objects.select_related(*OF_FILE).filter(thread__isnull=True)
    return get_object_or_404(rows, pk=pk, application__number=number)


def may_touch(actor: Actor, comment: Comment) -> Answer:
    return access.may_comment(actor, comment.application)


VERBS: dict[str, tuple[Any, str]] = {
    "resolve": (comments.resolve, "Ce commentaire est réglé."),
    "reopen": (comments.reopen, "Ce commentaire est de nouveau ouvert."),
    "share": (comments.share, "Le service instructeur peut lire ce fil."),
    "unshare": (comments.unshare, "Ce fil n'est plus partagé."),
}


@require_POST
@guard(may_touch, load=load_comment)
def comment_act(request: HttpRequest, comment: Comment) -> HttpResponse:
    """Answer a thread, settle it, open it again, share it or not."""
    verb, now = request.POST.get("verb", ""), timezone.now()
    try:
        if verb in VERBS:
            act, done = VERBS[verb]
            act(comment=comment, actor=request.user, now=now)
        else:
            done = "Votre réponse est écrite."
            comments.comment(
                application=comment.application,
                step=comment.step,
                body=request.POST.get("body", ""),
                actor=request.user,
                now=now,
                thread=comment,
            )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return redirect("applications:comments", comment.application.number)
