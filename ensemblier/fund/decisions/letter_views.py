"""Pages of the words of letters, of delegations of signature, and of notices with their answers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.engines.law.remedies import reply_due
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions import access, contradictory, delegations, letters
from ensemblier.fund.decisions.models import Delegation, LetterTemplate, Notice
from ensemblier.fund.decisions.scenario_forms import (
    DelegationForm,
    LetterForm,
    NoticeForm,
    ReplyForm,
)
from ensemblier.fund.review.views import load


def load_kind(request: HttpRequest, kind: str) -> str:
    if kind not in LetterTemplate.Kind.values:
        raise Http404
    return kind


@require_http_methods(["GET", "HEAD"])
@guard(access.may_write_letters)
def words(request: HttpRequest) -> HttpResponse:
    rows = [(kind, kind.label, letters.words_of(kind)) for kind in LetterTemplate.Kind]
    return render(request, "decisions/words.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@guard(lambda actor, kind: access.may_write_letters(actor), load=load_kind)
def rewrite(request: HttpRequest, kind: str) -> HttpResponse:
    current = letters.words_of(kind)
    if request.method == "POST":
        form = LetterForm(request.POST)
        if form.is_valid():
            try:
                row = letters.rewrite(
                    kind=kind,
                    body=form.cleaned_data["body"],
                    version=form.cleaned_data["version"],
                    actor=request.user,
                    now=timezone.now(),
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, f"La version {row.version} de la lettre est en service.")
                return redirect("decisions:words")
    else:
        initial = {"version": current.version, "body": current.body}
        form = unchecked(LetterForm, request, initial=initial)
    context = {
        "form": form,
        "label": LetterTemplate.Kind(kind).label,
        "version": current.version,
        "blanks": letters.BLANKS.items(),
    }
    return render(request, "decisions/rewrite.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_delegate)
def delegate(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    day = timezone.localdate()
    if request.method == "POST":
        form = DelegationForm(request.POST, day=day)
        if form.is_valid():
            kept = form.cleaned_data
            try:
                delegations.delegate(
                    mandate=kept["mandate"],
                    act=kept["act"],
                    ceiling_cents=kept["ceiling"],
                    starts=kept["starts"],
                    ends=kept["ends"],
                    actor=request.user,
                    now=now,
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, "La délégation est enregistrée.")
                return redirect("decisions:delegations")
    else:
        form = unchecked(DelegationForm, request, day=day)
    rows = Delegation.objects.select_related(
        "mandate__user", "mandate__region", "mandate__department", "given_by"
    ).order_by("-pk")[:100]
    context = {"form": form, "rows": [(row, delegations.sentence(row)) for row in rows]}
    return render(request, "decisions/delegations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_send_notice, load=load)
def notice_new(request: HttpRequest, application: Application) -> HttpResponse:
    if request.method == "POST":
        form = NoticeForm(request.POST)
        if form.is_valid():
            try:
                notice = contradictory.send_notice(
                    application=application,
                    about=f"application:{application.pk}",
                    actor=request.user,
                    now=timezone.now(),
                    **form.cleaned_data,
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, "La demande d'observations est envoyée.")
                return redirect("decisions:notice", notice.pk)
    else:
        form = unchecked(NoticeForm, request, initial={"due_on": reply_due(timezone.localdate())})
    return render(request, "decisions/notice_new.html", {"application": application, "form": form})


def load_notice(request: HttpRequest, pk: int) -> Notice:
    rows = Notice.objects.select_related(
        "application__organisation",
        "application__department",
        "application__call",
        "letter",
        "sent_by",
        "replied_by",
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_read_notice, load=load_notice)
def notice(request: HttpRequest, row: Notice) -> HttpResponse:
    """The notice, and the answer to it: the organisation writes it here."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    members = actor.organisations(*access.review.MEMBERS)
    may_reply = row.application.organisation_id in members and row.replied_at is None
    form = ReplyForm(request.POST) if request.method == "POST" else unchecked(ReplyForm, request)
    if request.method == "POST" and form.is_valid():
        try:
            contradictory.reply(
                notice=row,
                text=form.cleaned_data["reply"],
                actor=request.user,
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Vos observations sont enregistrées et transmises.")
            return redirect("decisions:notice", row.pk)
    context = {
        "notice": row,
        "application": row.application,
        "form": form,
        "may_reply": may_reply,
        "is_late": row.due_on < timezone.localdate(),
    }
    return render(request, "decisions/notice.html", context)
