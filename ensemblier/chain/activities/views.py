"""Pages of the activities: the agenda, one activity, and what moves it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.chains import access as chains
from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.chains.forms import ReasonForm
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.people.access import Actor, guard
from ensemblier.chain.activities import access, actions, gleaning, queries, rules
from ensemblier.chain.activities.forms import (
    ActivityForm,
    AgendaFilter,
    AgreementForm,
    MoveForm,
    ServeForm,
)
from ensemblier.chain.activities.models import Activity, Participation
from ensemblier.chain.commitments.forms import ConfirmForm

PAGE = require_http_methods(["GET", "HEAD", "POST"])
WHOLE = ("chain__lead", "site__keeper", "host", "moved_to", "iae_agreement")
MOST = 200  # people or promises that one page shows


def home(activity: Activity) -> str:
    return reverse("activities:detail", args=[activity.pk])


def load_activity(request: HttpRequest, pk: int) -> Activity:
    return get_object_or_404(Activity.objects.select_related(*WHOLE), pk=pk)


@require_safe
@guard(access.may_list, load=load_chain)
def index(request: HttpRequest, chain: Chain) -> HttpResponse:
    """The agenda: what comes next, with the places that are left."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = AgendaFilter(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    when, kind = asked.get("when", ""), asked.get("kind", "")
    rows = queries.agenda(chain, when=when, kind=kind, day=actor.day)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "chain": chain,
        "form": form,
        "page": page,
        "rows": [(row, rules.slot(row.starts_at, row.ends_at)) for row in page.object_list],
        "filtered": bool(when or kind),
        "leads": chains.leads(actor, chain),
        "knows": bool(chains.own_organisations(actor, chain)),
    }
    return render(request, "activities/index.html", context)


@PAGE
@guard(access.may_add, load=load_chain)
def new(request: HttpRequest, chain: Chain) -> HttpResponse:
    day, facts = timezone.localdate(), {"host": chain.lead_id}
    return form_page(
        request,
        filled(request, ActivityForm, chain=chain, day=day, initial=facts),
        lambda data: actions.plan(chain=chain, actor=request.user, **data),
        chain=chain,
        title="Prévoir une activité",
        lead="Une récolte, un glanage, un atelier, une tournée, une distribution, une commande "
        "groupée. Les heures sont celles de Paris.",
        back=reverse("activities:list", args=[chain.slug]),
        done=lambda activity: f"« {activity.title} » est à l'agenda.",
        goes_to=home,
        template="activities/new.html",
    )


@require_safe
@guard(access.may_see_activity, load=load_activity)
def detail(request: HttpRequest, activity: Activity) -> HttpResponse:
    """One activity: who comes, counted; what it serves; the people of who reads, by alias."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    mine = chains.own_organisations(actor, activity.chain)
    counts = queries.attendance(activity)
    people = sum(count for _, count, _ in counts)
    reads_all = chains.reads_all(actor, activity.chain)
    own = activity.participations.filter(participant__organisation__in=mine)
    context = {
        "chain": activity.chain,
        "activity": activity,
        "slot": rules.slot(activity.starts_at, activity.ends_at),
        "moved_from": activity.moved_from.order_by("pk").first(),
        "people": people,
        "taken": rules.taken(people, activity.places) if activity.places else "",
        "hours": rules.duration(sum(minutes for *_, minutes in counts)),
        "chart": attendance_bar(counts) if people else None,
        "own": [
            (row, "" if row.minutes is None else rules.duration(row.minutes))
            for row in own.select_related("participant").order_by("participant__alias", "pk")[:MOST]
        ],
        "served": [
            (row, reads_all or bool(mine & {row.giver_id, row.receiver_id}))
            for row in queries.served_by(activity, access.sides_seen(actor, activity))[:MOST]
        ],
        "runs": chains.leads(actor, activity.chain) or activity.host_id in mine,
        "knows": bool(mine),
        "is_planned": activity.state == Activity.State.PLANNED,
        "agrees": activity.kind == Activity.Kind.GLEANING and activity.state in gleaning.OPEN,
        "took_place": activity.state in (Activity.State.PLANNED, Activity.State.DONE),
    }
    return render(request, "activities/detail.html", context)


def attendance_bar(counts: list[tuple[str, int, int]]) -> StackedBar:
    """How many came in each capacity: a count, never a person."""
    names = dict(Participation.Nature.choices)
    people = sum(count for _, count, _ in counts)
    sentence = f"{people} personnes inscrites, à ces titres."
    return StackedBar(
        parts=[Part(str(names[nature]).capitalize(), count) for nature, count, _ in counts],
        sentence=sentence if people > 1 else "Une personne inscrite.",
        unit="",
    )


@PAGE
@guard(access.may_run, load=load_activity)
def move(request: HttpRequest, activity: Activity) -> HttpResponse:
    """Weather, a broken van: another date, where those who signed up follow."""
    facts = {"starts_at": activity.starts_at, "ends_at": activity.ends_at}
    return form_page(
        request,
        filled(request, MoveForm, initial=facts),
        lambda data: actions.move(activity=activity, actor=request.user, **data),
        chain=activity.chain,
        title="Déplacer une activité",
        lead=f"{activity.title}, {rules.slot(activity.starts_at, activity.ends_at)}. Les inscrits "
        "et les promesses suivent ; l'ancienne date reste lisible.",
        button="Déplacer",
        back=home(activity),
        done="L'activité est déplacée.",
        goes_to=home,
    )


@PAGE
@guard(access.may_run, load=load_activity)
def agreement(request: HttpRequest, activity: Activity) -> HttpResponse:
    """Write, complete or prolong the agreement of a gleaning, even one that took place."""
    facts = {name: getattr(activity, name) for name in gleaning.FIELDS}
    return form_page(
        request,
        filled(request, AgreementForm, initial=facts),
        lambda data: gleaning.agree(activity=activity, actor=request.user, **data),
        chain=activity.chain,
        title="Convention de glanage",
        lead=f"{activity.title}, {rules.slot(activity.starts_at, activity.ends_at)}. Personne ne "
        "glane sans convention ni assurance ce jour-là.",
        back=home(activity),
        done="La convention est notée.",
    )


@PAGE
@guard(access.may_run, load=load_activity)
def cancel(request: HttpRequest, activity: Activity) -> HttpResponse:
    return form_page(
        request,
        filled(request, ReasonForm),
        lambda data: actions.cancel(activity=activity, actor=request.user, **data),
        chain=activity.chain,
        title="Annuler une activité",
        lead=f"{activity.title}, {rules.slot(activity.starts_at, activity.ends_at)}. Les inscrits "
        "liront le motif.",
        button="Annuler cette activité",
        back=home(activity),
        done="L'activité est annulée.",
    )


@PAGE
@guard(access.may_run, load=load_activity)
def finish(request: HttpRequest, activity: Activity) -> HttpResponse:
    return form_page(
        request,
        filled(request, ConfirmForm),
        lambda data: actions.finish(activity=activity, actor=request.user),
        chain=activity.chain,
        title="Noter une activité faite",
        lead=f"{activity.title}, {rules.slot(activity.starts_at, activity.ends_at)}. Les heures se "
        "relèvent encore après.",
        button="Elle a eu lieu",
        back=home(activity),
        done="L'activité est notée comme faite. Relevez les heures.",
    )


@PAGE
@guard(access.may_run, load=load_activity)
def serve(request: HttpRequest, activity: Activity) -> HttpResponse:
    """Say which promise this activity serves."""

    def act(data: dict[str, Any]) -> Any:
        return actions.serve(activity=activity, actor=request.user, **data)

    return form_page(
        request,
        filled(request, ServeForm, promises=queries.may_be_served(activity)),
        act,
        chain=activity.chain,
        title="Servir une promesse",
        lead=f"{activity.title}, {rules.slot(activity.starts_at, activity.ends_at)}.",
        button="Servir",
        back=home(activity),
        done="L'activité sert cette promesse.",
    )
