"""Pages of the signatory: drafts to sign together, letters to send, decisions taken back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Role
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions import access, drafting, notifying
from ensemblier.fund.decisions.models import Decision, DecisionDraft
from ensemblier.fund.decisions.scenario_forms import SignManyForm, WithdrawForm
from ensemblier.fund.programme.figures import figures_by_envelope
from ensemblier.fund.programme.models import Envelope
from ensemblier.fund.review import access as review
from ensemblier.fund.review.views import load

PAGE_ROWS = 50


def drafts_for(request: HttpRequest) -> Any:
    rows = DecisionDraft.objects.filter(
        application__in=Application.objects.filter(review.in_sight(request.actor))  # type: ignore[attr-defined]
    )
    return rows.select_related(
        "application__organisation", "application__call", "scenario", "prepared_by"
    ).order_by("application__call", "application__number")


@require_safe
@guard(access.may_open_inbox)
def drafts(request: HttpRequest) -> HttpResponse:
    """What was prepared, and what was signed and not told yet."""
    page = Paginator(drafts_for(request), PAGE_ROWS).get_page(request.GET.get("page"))
    held = Decision.objects.filter(
        notified_at__isnull=True,
        application__in=Application.objects.filter(review.in_sight(request.actor)),  # type: ignore[attr-defined]
    )
    context = {
        "page": page,
        "rows": [(row, sum(a[2] for a in row.awards)) for row in page.object_list],
        "held": held.select_related("application__organisation", "signatory").annotate(
            total=Sum("awards__amount_cents")
        )[:PAGE_ROWS],
        "may_sign": request.actor.has(Role.SIGNATORY),  # type: ignore[attr-defined]
    }
    return render(request, "decisions/drafts.html", context)


def may_sign(actor: Any) -> Any:
    answer = access.may_open_inbox(actor)
    if answer.allowed and not actor.has(Role.SIGNATORY):
        return access.ONLY_SIGNATORY
    return answer


@require_http_methods(["POST"])
@guard(may_sign)
def sign_many(request: HttpRequest) -> HttpResponse:
    """Confirm, then sign each draft by itself; what fails is told line by line."""
    wanted = _wanted(request)
    rows = {row.pk: row for row in drafts_for(request).filter(pk__in=list(wanted))}
    chosen = [(rows[pk], version) for pk, version in wanted.items() if pk in rows]
    confirmed = "agrees" in request.POST or "confirm" in request.POST
    form = SignManyForm(request.POST if confirmed else None)
    if not chosen and not confirmed:
        messages.error(request, "Cochez au moins un projet de décision.")
        return redirect("decisions:drafts")
    if confirmed and form.is_valid():
        signed = drafting.sign_many(
            drafts=chosen,
            actor=request.user,
            now=timezone.now(),
            notify=not form.cleaned_data["hold"],
        )
        gone = len(wanted) - len(chosen)
        return render(request, "decisions/signed.html", {"signed": signed, "gone": gone})
    context = {"form": form, **_bundle([row for row, _ in chosen])}
    return render(request, "decisions/sign_many.html", context)


def _wanted(request: HttpRequest) -> dict[int, int]:
    """ "pk:version" of each ticked draft, a hundred at most."""
    found = {}
    for text in request.POST.getlist("draft")[: drafting.MOST]:
        pk, _, version = text.partition(":")
        if pk.isdecimal() and version.isdecimal() and len(pk) < 19 and len(version) < 10:
            found[int(pk)] = int(version)
    return found


def _bundle(rows: list[DecisionDraft]) -> dict[str, Any]:
    taken: dict[int, int] = defaultdict(int)
    for row in rows:
        for pk, _, cents in row.awards:
            taken[pk] += cents
    envelopes = list(Envelope.objects.filter(pk__in=taken).select_related("programme", "region"))
    books = figures_by_envelope(envelopes)
    return {
        "rows": [(row, sum(a[2] for a in row.awards)) for row in rows],
        "total": sum(taken.values()),
        "envelopes": [
            (e, taken[e.pk], books[e.pk].available, books[e.pk].available - taken[e.pk])
            for e in envelopes
        ],
    }


def decision_of(application: Application) -> Decision:
    found = Decision.objects.select_related("signatory").filter(application=application).first()
    if found is None:
        raise Http404
    found.application = application
    return found


@require_http_methods(["POST"])
@guard(access.may_notify, load=load)
def notify(request: HttpRequest, application: Application) -> HttpResponse:
    decision = decision_of(application)
    try:
        notifying.notify(decision=decision, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"La lettre de la décision {decision.number} est partie.")
    return redirect("decisions:letter", application.number)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_withdraw, load=load)
def withdraw(request: HttpRequest, application: Application) -> HttpResponse:
    decision = decision_of(application)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            notifying.withdraw(
                decision=decision,
                why=form.cleaned_data["why"],
                actor=request.user,
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"La décision {decision.number} est retirée.")
            return redirect("review:file", application.number)
    context = {"application": application, "decision": decision, "form": form}
    return render(request, "decisions/withdraw.html", context)
