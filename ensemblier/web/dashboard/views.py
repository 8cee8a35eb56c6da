"""The dashboard: one screen per role, what waits first, then figures."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ensemblier.base.notices.models import Message
from ensemblier.base.people.access import Actor, guard, signed_in
from ensemblier.base.people.models import Claim, Role
from ensemblier.fund.jury.access import taken_part_in
from ensemblier.fund.review.listing import BADGES
from ensemblier.web.dashboard import figures
from ensemblier.web.dashboard.waiting import MEMBERS, for_jury, waiting_for
from ensemblier.web.operations.actions import stopped_tasks


@require_safe
@guard(signed_in)
def index(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    juries = list(taken_part_in(actor))
    things = [*(for_jury(actor) if juries else []), *waiting_for(actor, now)]
    context: dict[str, Any] = {"first": things[0] if things else None, "others": things[1:]}
    # A juror drawn by lot may hold no mandate: the menu, drawn from mandates, has no entry for it.
    context["juries"] = juries
    if not actor.all_mandates and not context["juries"]:
        context |= newcomer(actor)
    if actor.has(*MEMBERS):
        own, rows = figures.own_files(actor)
        context |= {"own": own, "rows": [(row, BADGES.get(row.state, "draft")) for row in rows]}
    if actor.has(Role.PROGRAMME):
        context |= programme()
    elif actor.has(Role.SIGNATORY):
        context["standings"] = figures.left_in_envelopes()
    if actor.has(Role.AUDITOR):
        context["books"] = figures.books()
    if actor.has(Role.SUPPORT):
        waiting = Message.objects.waiting().count()
        context["machine"] = {"messages": waiting, "tasks": stopped_tasks(now).count()}
    return render(request, "dashboard/index.html", context)


def newcomer(actor: Actor) -> dict[str, Any]:
    """Who acts for nobody yet is shown the ways in, never an empty screen."""
    claims = Claim.objects.filter(user=actor.user, state=Claim.State.PENDING)
    names = claims.values_list("organisation__name", flat=True)
    return {"newcomer": True, "claims": list(names[:5])}


def programme() -> dict[str, Any]:
    """For whoever answers for the programme: from the envelopes to the cash."""
    lines = figures.envelope_lines()
    total = figures.total_of(lines)
    return {
        "lines": lines,
        "total": total,
        "bar": figures.money_bar(total),
        "delays": figures.delays(),
        "map": figures.map_of_files(),
    }
