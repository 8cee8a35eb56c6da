"""Pages beside a file: declaration, thread, colleague, experts, visits."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ensemblier.base.people.access import HIDDEN, Actor, Answer, everyone, guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.review import access, desk, experts, forms, interests, thread, visits
from ensemblier.fund.review.models import ExpertInvitation, Interest, VisitChecklist
from ensemblier.fund.review.views import declared, form_page, load, page

OF_FILE = ("organisation", "department", "call", "commune")


@guard(access.may_declare, load=load)
def declare(request: HttpRequest, application: Application) -> HttpResponse:
    """Say whether one has a link, before opening the file."""
    known = Interest.objects.filter(application=application, user=request.user).first()
    context = {"application": application, "known": known}
    if request.method != "POST":
        form = unchecked(forms.InterestForm, request)
        return render(request, "review/declare.html", {**context, "form": form})
    form = forms.InterestForm(request.POST)
    if form.is_valid():
        try:
            done = interests.declare(
                application=application,
                actor=request.user,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            if done.recused:
                messages.warning(request, "Votre lien est noté : vous êtes déporté de ce dossier.")
            else:
                messages.success(request, "Votre déclaration est notée.")
            return redirect("review:file", application.number)
    return page(request, "review/declare.html", {**context, "form": form})


def load_interest(request: HttpRequest, number: str, pk: int) -> Interest:
    rows = Interest.objects.select_related("user", *(f"application__{name}" for name in OF_FILE))
    return get_object_or_404(rows, pk=pk, application__number=number)


def may_lift(actor: Actor, interest: Interest) -> Answer:
    return access.may_lift(actor, interest.application)


@guard(may_lift, load=load_interest)
def lift(request: HttpRequest, interest: Interest) -> HttpResponse:
    words = {
        "title": f"Lever le déport de {interest.user}",
        "button": "Lever ce déport",
        "sentences": [
            f"Lien déclaré : {interest.get_kind_display()}. {interest.reason}",
            "Cette personne pourra de nouveau lire les avis et instruire ou décider.",
            "Votre nom et votre motif restent dans le journal.",
        ],
    }

    def act(kept: dict[str, Any]) -> None:
        interests.lift(interest=interest, actor=request.user, now=timezone.now(), **kept)

    done = "Le déport est levé."
    return form_page(request, interest.application, forms.ReasonForm, act, words, done)


@guard(access.may_read_thread, load=load)
def messages_of(request: HttpRequest, application: Application) -> HttpResponse:
    """The thread of a file, and the form to write in it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    writes = access.may_write_thread(actor, application)
    from_desk = thread.writes_for_desk(actor, application)
    is_member = application.organisation_id in actor.organisations(*access.MEMBERS)
    if not is_member and access.owes_declaration(actor, application):
        return redirect("review:declare", application.number)
    rows = thread.messages_for(actor, application).select_related("author", "file").order_by("pk")
    read = thread.last_read(request.user, application)
    form: Any = None
    if writes.allowed:
        form = unchecked(forms.MessageForm, request, desk=from_desk)
    if request.method == "POST":
        if not writes.allowed:
            return render(request, "pages/refused.html", {"reason": writes.reason}, status=403)
        form = forms.MessageForm(request.POST, request.FILES, desk=from_desk)
        if form.is_valid() and _posted(request, application, form):
            return redirect("review:thread", application.number)
    items = [
        {"row": row, "is_new": row.pk > read and row.author_id != request.user.pk} for row in rows
    ]
    context = {
        "application": application,
        "items": items,
        "unread": sum(item["is_new"] for item in items),
        "form": form,
        "is_member": is_member,
    }
    return page(request, "review/thread.html", context)


def _posted(request: HttpRequest, application: Application, form: Any) -> bool:
    kept = form.cleaned_data
    try:
        thread.post(
            application=application,
            body=kept["body"],
            is_internal=kept.get("is_internal", False),
            file=kept["file"],
            actor=request.user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    messages.success(request, "Votre message est envoyé.")
    return True


@guard(access.may_read_thread, load=load)
@require_POST
def mark_read(request: HttpRequest, application: Application) -> HttpResponse:
    thread.mark_read(application=application, actor=request.user, now=timezone.now())
    messages.success(request, "Les messages sont marqués comme lus.")
    return redirect("review:thread", application.number)


@guard(access.may_instruct, load=load)
@declared
def assign(request: HttpRequest, application: Application) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    words = {
        "title": "Attribuer ce dossier",
        "button": "Attribuer",
        "sentences": ["Cette personne instruit désormais le dossier.", "Rien d'autre ne change."],
    }

    def act(kept: dict[str, Any]) -> None:
        desk.assign(application=application, actor=request.user, now=timezone.now(), **kept)

    people = desk.colleagues(actor)
    return form_page(
        request,
        application,
        forms.AssignForm,
        act,
        words,
        "Le dossier est attribué.",
        people=people,
    )


@guard(access.may_instruct, load=load)
@declared
def invite_expert(request: HttpRequest, application: Application) -> HttpResponse:
    words = {
        "title": "Inviter un expert",
        "button": "Envoyer l'invitation",
        "sentences": [
            "La personne reçoit un lien par e-mail, valable 30 jours.",
            "Elle lit ce dossier et rend un avis, sans voir ceux des autres ni les échanges.",
        ],
        "experts": ExpertInvitation.objects.filter(application=application).select_related(
            "accepted_by"
        ),
        "now": timezone.now(),
    }

    def act(kept: dict[str, Any]) -> None:
        experts.invite_expert(
            application=application, actor=request.user, now=timezone.now(), **kept
        )

    done = "L'invitation est envoyée."
    return form_page(request, application, forms.ExpertForm, act, words, done)


def load_expert(request: HttpRequest, number: str, pk: int) -> ExpertInvitation:
    rows = ExpertInvitation.objects.select_related(*(f"application__{name}" for name in OF_FILE))
    return get_object_or_404(rows, pk=pk, application__number=number)


def may_withdraw_expert(actor: Actor, invitation: ExpertInvitation) -> Answer:
    return access.may_instruct(actor, invitation.application)


@guard(may_withdraw_expert, load=load_expert)
@require_POST
def withdraw_expert(request: HttpRequest, invitation: ExpertInvitation) -> HttpResponse:
    try:
        experts.withdraw_expert(invitation=invitation, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "L'invitation est annulée.")
    return redirect("review:invite_expert", invitation.application.number)


@guard(everyone, public=True)
def expert(request: HttpRequest, token: str) -> HttpResponse:
    """The invitation of an expert, as its link opens it."""
    invitation = experts.find(token)
    over = experts.why_over(invitation, timezone.now())
    if request.method == "POST" and request.user.is_authenticated and not over:
        try:
            done = experts.accept_expert(token=token, user=request.user, now=timezone.now())
        except Refusal as refusal:
            over = refusal.message
        else:
            return redirect("review:file", done.application.number)
    same = (
        invitation is not None
        and request.user.is_authenticated
        and request.user.email == invitation.email
    )
    context = {"offer": invitation, "over": over, "same": same, "here": request.path}
    status = 404 if invitation is None else 422 if request.method == "POST" else 200
    return render(request, "review/expert.html", context, status=status)


@guard(access.may_see_opinions, load=load)
@declared
def visits_of(request: HttpRequest, application: Application) -> HttpResponse:
    """The visits of a file, and the form to open one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    writes = access.may_instruct(actor, application)
    context: dict[str, Any] = {
        "application": application,
        "visits": application.visits.select_related("author"),  # type: ignore[attr-defined]
    }
    form: Any = unchecked(forms.VisitDayForm, request) if writes.allowed else None
    if request.method == "POST":
        if not writes.allowed:
            return render(request, "pages/refused.html", {"reason": writes.reason}, status=403)
        form = forms.VisitDayForm(request.POST)
        if form.is_valid():
            try:
                visit = visits.plan_visit(
                    application=application,
                    actor=request.user,
                    now=timezone.now(),
                    **form.cleaned_data,
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                return redirect("review:visit", application.number, visit.pk)
    return page(request, "review/visits.html", {**context, "form": form})


def load_visit(request: HttpRequest, number: str, pk: int) -> VisitChecklist:
    rows = VisitChecklist.objects.select_related(
        "author", *(f"application__{name}" for name in OF_FILE)
    )
    return get_object_or_404(rows, pk=pk, application__number=number)


def may_read_visit(actor: Actor, visit: VisitChecklist) -> Answer:
    answer = access.may_see_opinions(actor, visit.application)
    return answer if answer.allowed or answer.reason else HIDDEN


@guard(may_read_visit, load=load_visit)
def visit(request: HttpRequest, visit: VisitChecklist) -> HttpResponse:
    """The questions of a visit: a plain form, which a phone with a poor network sends once."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    writes = access.may_instruct(actor, visit.application)
    context = {"application": visit.application, "visit": visit, "answers": visits.ANSWERS}
    if visit.finished_at or not writes.allowed:
        if request.method == "POST":
            reason = writes.reason or "Cette visite est terminée : elle ne change plus."
            return render(request, "pages/refused.html", {"reason": reason}, status=403)
        return render(request, "review/visit.html", {**context, "read": visits.told(visit)})
    initial = forms.VisitForm.initial_of(visit)
    if request.method != "POST":
        form = unchecked(forms.VisitForm, request, grid=visits.grid(), initial=initial)
        return render(request, "review/visit.html", {**context, "form": form})
    form = forms.VisitForm(request.POST, grid=visits.grid())
    if form.is_valid():
        kept, finish = form.cleaned_data, "finish" in request.POST
        try:
            visits.save_visit(
                visit=visit,
                present=kept["present"],
                answers=form.answers(),
                conclusion=kept["conclusion"],
                finish=finish,
                version=kept["version"],
                actor=request.user,
                now=timezone.now(),
            )
        except visits.StaleVisit as refusal:
            form.data = form.data.copy()
            fresh = VisitChecklist.objects.get(pk=visit.pk)
            form.data["version"] = str(fresh.version)
            form.refuse(refusal)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "La visite est terminée." if finish else "C'est enregistré.")
            return redirect("review:visit", visit.application.number, visit.pk)
    return page(request, "review/visit.html", {**context, "form": form})
