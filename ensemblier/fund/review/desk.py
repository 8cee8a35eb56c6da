"""The desk's own tools: who instructs what, and searches kept under a name."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Mandate, Organisation, Role, User
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.review import access
from ensemblier.fund.review.actions import actor_on, assign_to, desk_on
from ensemblier.fund.review.models import SavedView

IN_HAND = (State.FILED, State.IN_REVIEW, State.INCOMPLETE)
# What a saved view may hold: the filters of the list, never its page.
KEPT = ("q", "etat", "appel", "departement", "zonage", "pour", "alerte", "tri")
MOST_VIEWS = 20


class BadColleague(Refusal):
    """This person may not instruct this file."""


class BadView(Refusal):
    """A view without a name, with a name already used, or one that is not yours."""


@transaction.atomic
def assign(*, application: Application, instructor: User, actor: Any, now: datetime) -> None:
    """Give a file to a colleague: they instruct it from now on."""
    desk_on(application, actor, now)
    day = in_paris(now).date()
    if application.state not in IN_HAND:
        raise BadColleague(
            f"Ce dossier est « {application.get_state_display()} » : il ne s'attribue plus."
        )
    answer = access.may_instruct(actor_on(instructor, day), application)
    if not answer.allowed:
        raise BadColleague(
            f"{instructor} ne peut pas instruire ce dossier. Choisissez une autre personne.",
            field="instructor",
        )
    assign_to(application, instructor, by=actor, now=now)


def colleagues(actor: Actor) -> QuerySet[User]:
    """Those to whom this person may give a file: same service, or same territory."""
    rows = Mandate.objects.on(actor.day).filter(role__in=access.DESK)
    if not actor.has(Role.PROGRAMME):
        own = [m for m in actor.mandates if m.role == Role.INSTRUCTOR]
        near = Q(organisation__in=[m.organisation_id for m in own])
        for mandate in own:
            if mandate.region_id:
                near |= Q(region=mandate.region_id) | Q(department__region=mandate.region_id)
            if mandate.department_id:
                near |= Q(department=mandate.department_id)
        rows = rows.filter(near)
    return User.objects.filter(pk__in=rows.values("user"), is_active=True).order_by("name", "pk")


def desks_of(actor: Actor) -> list[Organisation]:
    """The services in whose name this person instructs."""
    found = {m.organisation_id: m.organisation for m in actor.mandates if m.role in access.DESK}
    return list(found.values())


def views_for(actor: Actor) -> QuerySet[SavedView]:
    """One's own views, and those shared with one's desk."""
    desks = [desk.pk for desk in desks_of(actor)]
    rows = SavedView.objects.filter(Q(owner=actor.user.pk) | Q(desk__in=desks))
    return rows.order_by("name", "pk")[:MOST_VIEWS]


@transaction.atomic
def save_view(*, name: str, query: str, is_shared: bool, actor: Any, now: datetime) -> SavedView:
    """Keep the filters of the list under a name; shared, the whole desk finds it."""
    person = actor_on(actor, in_paris(now).date())
    desks = desks_of(person)
    if not name.strip():
        raise BadView("Donnez un nom à cette vue.", field="name")
    if is_shared and not desks:
        raise BadView("Vous n'êtes d'aucun service : gardez cette vue pour vous.", field="shared")
    if SavedView.objects.filter(owner=actor).count() >= MOST_VIEWS:
        raise BadView(f"Vous avez déjà {MOST_VIEWS} vues : retirez-en une d'abord.")
    pairs = [(key, value) for key, value in parse_qsl(query) if key in KEPT and value]
    view = SavedView(
        owner=actor,
        name=name.strip(),
        query=urlencode(pairs)[:400],
        desk=desks[0] if is_shared else None,
    )
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise BadView("Vous avez déjà une vue de ce nom.", field="name") from error
    _log(view, actor, "view.save")
    return view


@transaction.atomic
def drop_view(*, view: SavedView, actor: Any) -> None:
    """Forget one's own view."""
    if view.owner_id != actor.pk:
        raise BadView("Cette vue est celle d'une autre personne : elle seule peut la retirer.")
    _log(view, actor, "view.drop")
    view.delete()


def _log(view: SavedView, actor: Any, action: str) -> None:
    record(
        actor=actor,
        action=action,
        subject=f"view:{view.pk}",
        data={"name": view.name, "query": view.query, "desk": view.desk_id},
    )
