"""Pages of the people who take part: known by their own organisation, counted by the others."""

from __future__ import annotations

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
from ensemblier.base.people.access import Actor, guard
from ensemblier.chain.activities import access, actions, queries, rules
from ensemblier.chain.activities.forms import HoursForm, ParticipantForm, SignUpForm
from ensemblier.chain.activities.models import Activity, Participant
from ensemblier.chain.activities.views import MOST, home, load_activity

PAGE = require_http_methods(["GET", "HEAD", "POST"])


def listing(chain: Chain) -> str:
    return reverse("activities:people", args=[chain.slug])


def load_participant(request: HttpRequest, pk: int) -> Participant:
    rows = Participant.objects.filter(erased_at__isnull=True)
    return get_object_or_404(rows.select_related("chain__lead", "organisation"), pk=pk)


@require_safe
@guard(access.may_keep_people, load=load_chain)
def people(request: HttpRequest, chain: Chain) -> HttpResponse:
    """The people that the organisations of who reads know, by alias."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = queries.participants_of(chain, chains.own_organisations(actor, chain))
    page = Paginator(rows.order_by("alias", "pk"), 50).get_page(request.GET.get("page"))
    shown = [(row, rules.duration(row.total)) for row in page.object_list]
    return render(request, "activities/people.html", {"chain": chain, "page": page, "rows": shown})


@PAGE
@guard(access.may_keep_people, load=load_chain)
def add_participant(request: HttpRequest, chain: Chain) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return form_page(
        request,
        filled(request, ParticipantForm, mine=chains.own_organisations(actor, chain)),
        lambda data: actions.add_participant(chain=chain, actor=request.user, **data),
        chain=chain,
        title="Ajouter une personne",
        lead="Un nom d'usage suffit. Les autres membres et les financeurs lisent des nombres.",
        button="Ajouter",
        back=listing(chain),
        done="La personne est ajoutée. Inscrivez-la depuis une activité.",
    )


@PAGE
@guard(access.may_sign_up, load=load_activity)
def sign_up(request: HttpRequest, activity: Activity) -> HttpResponse:
    """Sign up somebody this organisation knows; who runs the activity may do it out of hours."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    mine = chains.own_organisations(actor, activity.chain)
    known = Participant.objects.filter(
        chain=activity.chain, organisation__in=mine, erased_at__isnull=True
    ).exclude(participations__activity=activity)
    runs = access.may_run(actor, activity).allowed
    now = None if runs else timezone.now()
    return form_page(
        request,
        filled(request, SignUpForm, known=known.order_by("alias", "pk")),
        lambda data: actions.sign_up(activity=activity, now=now, actor=request.user, **data),
        chain=activity.chain,
        title="Inscrire une personne",
        lead=f"{activity.title}, {rules.slot(activity.starts_at, activity.ends_at)}.",
        button="Inscrire",
        back=home(activity),
        done="La personne est inscrite.",
    )


@PAGE
@guard(access.may_sign_up, load=load_activity)
def hours(request: HttpRequest, activity: Activity) -> HttpResponse:
    """The sheet of the day: how long each person of this organisation was there."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    mine = chains.own_organisations(actor, activity.chain)
    rows = activity.participations.filter(participant__organisation__in=mine)
    rows = rows.select_related("participant", "activity").order_by("participant__alias", "pk")
    form = filled(request, HoursForm, rows=list(rows[:MOST]))
    return form_page(
        request,
        form,
        lambda data: actions.record_sheet(
            sheet=form.sheet(), now=timezone.now(), actor=request.user
        ),
        chain=activity.chain,
        title="Relever les heures",
        lead=f"{activity.title}, {rules.slot(activity.starts_at, activity.ends_at)}. "
        "Écrivez 2 h 30 ou 150 ; 0 pour une personne qui n'est pas venue.",
        back=home(activity),
        done="Les heures sont notées.",
    )


@PAGE
@guard(access.may_erase, load=load_participant)
def erase(request: HttpRequest, participant: Participant) -> HttpResponse:
    chain = participant.chain
    return form_page(
        request,
        filled(request, ReasonForm),
        lambda data: actions.erase_participant(
            participant=participant, now=timezone.now(), actor=request.user, **data
        ),
        chain=chain,
        title="Effacer une personne",
        lead=f"« {participant.alias} » : son nom d'usage disparaît, et rien ne le rendra. Les "
        "heures restent, sans personne derrière.",
        button="Effacer",
        back=listing(chain),
        done="Le nom est effacé. Les totaux n'ont pas changé.",
    )
