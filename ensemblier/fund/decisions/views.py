"""Pages of the signatory: proposed files beside the envelopes, the decision, its letter."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Role
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.allocation.actions import outcome_of
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.decisions import access, actions, figures
from ensemblier.fund.decisions.easy import easy_lines
from ensemblier.fund.decisions.forms import DecisionForm
from ensemblier.fund.decisions.letter_pdf import blanks, kind_of
from ensemblier.fund.decisions.models import Decision, DecisionDraft
from ensemblier.fund.decisions.remedies import remedies_of
from ensemblier.fund.decisions.silence import clock_of
from ensemblier.fund.decisions.ways import ways_on
from ensemblier.fund.programme.models import Envelope
from ensemblier.fund.review import listing, reading
from ensemblier.fund.review.models import Review
from ensemblier.fund.review.views import load

PROPOSED = (
    Review.objects.filter(application=OuterRef("pk"), given_at__isnull=False)
    .order_by("-given_at", "-pk")
    .values("proposed_cents")[:1]
)


@guard(access.may_open_inbox)
def inbox(request: HttpRequest) -> HttpResponse:
    """Files waiting for a decision, beside what each envelope has left."""
    rows = (
        listing.files_for(request.actor)
        .filter(state=State.PROPOSED, decision__isnull=True)
        .annotate(asked_cents=listing.ASKED, given=listing.GIVEN, proposed=Subquery(PROPOSED))
        .order_by("call", "number")
        .values_list(*FILE_COLUMNS, named=True)
    )
    page = Paginator(rows, listing.PAGE_ROWS).get_page(request.GET.get("page"))
    envelopes = (
        Envelope.objects.filter(calls__isnull=False)
        .distinct()
        .select_related("programme", "region", "account")
    )
    context = {
        "page": page,
        "standings": figures.standings(envelopes),
        "may_decide": request.actor.has(Role.SIGNATORY),
        "may_share": access.may_share(request.actor).allowed,
        "is_officer": request.actor.has(Role.PROGRAMME),
    }
    return render(request, "decisions/inbox.html", context)


FILE_COLUMNS = (
    "number",
    "title",
    "organisation__name",
    "department__name",
    "call__title",
    "asked_cents",
    "proposed",
    "given",
)


@guard(access.may_decide, load=load)
def decide(request: HttpRequest, application: Application) -> HttpResponse:
    decided = Decision.objects.filter(application=application).exists()
    if request.method == "GET" and decided:
        return redirect("decisions:letter", application.number)
    prefetch_related_objects([application], "asked")
    asked = list(application.asked.all())
    every = application.call.envelopes.select_related(
        "programme", "region", "department", "account"
    )
    envelopes = [
        envelope
        for envelope in every
        if envelope.accepts(application.department, envelope.expense_class)
    ]
    parts = {"asked": asked, "envelopes": envelopes, "ways": ways_on(application, timezone.now())}
    draft = DecisionDraft.objects.filter(application=application).first()
    if request.method == "POST":
        return _decide(request, application, parts, draft)
    initial = DecisionForm.initial_of(application.version, asked, _proposed(application))
    if draft is not None:
        initial |= DecisionForm.initial_of_draft(draft, asked, envelopes)
    form = unchecked(DecisionForm, request, initial=initial, **parts)
    return _page(request, application, form, envelopes, draft)


def _decide(
    request: HttpRequest,
    application: Application,
    parts: dict[str, Any],
    draft: DecisionDraft | None,
) -> HttpResponse:
    form = DecisionForm(request.POST, **parts)
    status = 200
    if form.is_valid():
        kept = form.cleaned_data
        try:
            decision = actions.decide(
                key=kept["key"],
                application=application,
                actor=request.user,
                outcome=kept["outcome"],
                awards=form.grants(),
                reasons=kept["reasons"],
                now=timezone.now(),
                version=kept["version"],
                conditions=kept["conditions"],
                ways=kept["ways"],
                notify=not kept["hold"],
                departure=kept["departure"],
            )
        except actions.KeyReused as refusal:
            return _key_reused(request, application, form, refusal)
        except actions.StaleApplication as refusal:
            form.refuse(refusal)
            form.data = {**form.data.dict(), "version": _version(application)}
            status = 409
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"La décision {decision.number} est enregistrée.")
            return redirect("decisions:letter", application.number)
    return _page(request, application, form, parts["envelopes"], draft, status)


def _version(application: Application) -> int:
    return Application.objects.values_list("version", flat=True).get(pk=application.pk)


def _key_reused(
    request: HttpRequest, application: Application, form: DecisionForm, refusal: Refusal
) -> HttpResponse:
    kept = [
        (form[name].label, form.data.get(name, ""))
        for name in form.fields
        if not form[name].is_hidden and form.data.get(name)
    ]
    context = {
        "reason": refusal.message,
        "kept": kept,
        "back_url": request.path,
        "application": application,
    }
    return render(request, "pages/conflict.html", context, status=409)


def _proposed(application: Application) -> int | None:
    """The amount of the last opinion given."""
    given = application.reviews.current().order_by("-given_at", "-pk")
    return given.values_list("proposed_cents", flat=True).first()


def _page(
    request: HttpRequest,
    application: Application,
    form: DecisionForm,
    envelopes: list[Envelope],
    draft: DecisionDraft | None,
    status: int = 200,
) -> HttpResponse:
    years = {row.year for row in form.asked}
    given = application.reviews.current().select_related("reviewer")
    context = {
        "application": application,
        "form": form,
        "opinions": reading.opinions_of(application, list(given)),
        "standings": figures.standings([e for e in envelopes if e.year in years]),
        "total": sum(row.amount_cents for row in form.asked),
        "clock": clock_of(application, timezone.localdate()),
        "draft": draft,
        "jury": outcome_of(application),
    }
    return render(request, "decisions/decide.html", context, status=status)


@guard(access.may_read_letter, load=load)
def letter(request: HttpRequest, application: Application) -> HttpResponse:
    """The letter to the organisation, with the reasons and what it may do next."""
    decision = (
        Decision.objects.filter(application=application)
        .select_related("signatory", "letter")
        .prefetch_related("awards__envelope__programme")
        .first()
    )
    if decision is None:
        raise Http404
    awards = list(decision.awards.all())
    told = decision.notified_at or timezone.now()
    born = in_paris(decision.decided_at if decision.is_implicit else told).date()
    actor = request.actor
    context = {
        "application": application,
        "decision": decision,
        "awards": awards,
        "total": sum(award.amount_cents for award in awards),
        "remedies": remedies_of(application, born, implicit=decision.is_implicit),
        "easy": easy_lines(kind_of(decision), blanks(application, decision)),
        "may_notify": decision.notified_at is None
        and access.may_notify(actor, application).allowed,
        "may_withdraw": (decision.notified_at is None or decision.is_implicit)
        and access.may_withdraw(actor, application).allowed,
        "notices": application.notices.all(),
        "jury": outcome_of(application),
    }
    return render(request, "decisions/letter.html", context)
