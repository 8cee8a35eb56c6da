"""The tour: its twelve steps, and entering as somebody (demonstration only)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer, guard
from ensemblier.base.people.models import User
from ensemblier.base.people.sessions import demo_sign_in
from ensemblier.web.demo.accounts import BY_KEY
from ensemblier.web.tour.progress import Progress, tour_file
from ensemblier.web.tour.stages import PASSAGES, STAGES, Passage

SESSION = "tour"
NOT_YET = (
    "Le dossier de la visite n'en est pas encore là : faites d'abord les étapes d'avant. Vous "
    "pouvez déjà regarder ce que ce rôle voit."
)


def in_demo(actor: Actor) -> Answer:
    """The tour exists in the demonstration only."""
    return YES if settings.DEMO else HIDDEN


@require_safe
@guard(in_demo, public=True)
def index(request: HttpRequest) -> HttpResponse:
    application = tour_file()
    context: dict[str, Any] = {"application": application}
    if application is not None:
        progress = Progress(application)
        steps = described(progress, set(where(request).get("seen", [])))
        context |= {
            "steps": steps,
            "is_over": all(step["state"] == "done" for step in steps),
            "is_refused": progress.is_refused,
        }
    return render(request, "tour/index.html", context)


@require_POST
@guard(in_demo, public=True)
def enter(request: HttpRequest, key: str) -> HttpResponse:
    """Become somebody, and land on the page where their part is done."""
    application = tour_file()
    if key not in PASSAGES or application is None:
        raise Http404
    _, passage = PASSAGES[key]
    seen = [*where(request).get("seen", []), key]
    if passage.account:
        demo_sign_in(request, get_object_or_404(User, email=BY_KEY[passage.account].email))
    else:
        request.session.flush()
    request.session[SESSION] = {"passage": key, "seen": sorted(set(seen))}
    progress = Progress(application)
    if passage.ready and not passage.ready(progress):
        messages.info(request, NOT_YET)
        return redirect("dashboard:index")
    return redirect(passage.address(progress))


def where(request: HttpRequest) -> dict[str, Any]:
    """Where this browser is in the tour."""
    return request.session.get(SESSION) or {}


def bar(request: HttpRequest) -> dict[str, Any] | None:
    """For the strip at the top of every page: who, and which step."""
    if not settings.DEMO or not hasattr(request, "session"):
        return None
    known = PASSAGES.get(where(request).get("passage", ""))
    if known is None:
        return None
    stage, passage = known
    return {
        "role": passage.role,
        "task": passage.task,
        "number": stage.number,
        "total": len(STAGES),
    }


def described(progress: Progress, seen: set[str]) -> list[dict[str, Any]]:
    """Each step with its state: done, current (the first that is not), or todo."""
    steps: list[dict[str, Any]] = []
    reached = False
    for stage in STAGES:
        passages = [
            {"passage": passage, "done": is_done(passage, progress, seen)}
            for passage in stage.passages
        ]
        done = all(row["done"] for row in passages)
        state = "done" if done else "todo" if reached else "current"
        reached = reached or not done
        mark_next(passages, state)
        steps.append({"stage": stage, "state": state, "passages": passages})
    return steps


def mark_next(passages: list[dict[str, Any]], state: str) -> None:
    """The one button that moves the tour on."""
    left = [row for row in passages if not row["done"]]
    for row in passages:
        row["next"] = state == "current" and row is left[0]


def is_done(passage: Passage, progress: Progress, seen: set[str]) -> bool:
    return passage.done(progress) if passage.done else passage.key in seen
