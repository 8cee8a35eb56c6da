"""Who may open a page: actors, answers, and the guard that every view wears."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, NamedTuple

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ensemblier.base.people.models import Mandate, Role


class Answer(NamedTuple):
    """Yes, or no with the reason. A no without a reason hides that the thing exists (404)."""

    allowed: bool
    reason: str = ""


YES = Answer(True)
HIDDEN = Answer(False)


class Actor:
    """The person behind a request, with the mandates in force today."""

    def __init__(self, user: Any, *, day: Any, strong: bool = False) -> None:
        self.user = user
        self.day = day
        self.strong = strong
        self.is_anonymous = not user.is_authenticated

    @cached_property
    def mandates(self) -> list[Mandate]:
        if self.is_anonymous:
            return []
        rows = Mandate.objects.on(self.day).filter(user=self.user)
        return list(rows.select_related("organisation").order_by("pk"))

    def has(self, *roles: Role) -> bool:
        """Holds one of these roles, anywhere."""
        return any(mandate.role in roles for mandate in self.mandates)

    def organisations(self, *roles: Role) -> set[int]:
        """Ids of the organisations for which one of these roles is held."""
        return {m.organisation_id for m in self.mandates if m.role in roles}

    def covers(self, department: Any, *roles: Role) -> bool:
        """Holds one of these roles on a territory that contains this department."""
        return any(
            (m.region_id is None or m.region_id == department.region_id)
            and (m.department_id is None or m.department_id == department.pk)
            for m in self.mandates
            if m.role in roles
        )


def actor_of(request: HttpRequest) -> Actor:
    return Actor(request.user, day=timezone.localdate())


def guard(
    predicate: Callable[..., Answer],
    *,
    load: Callable[..., Any] | None = None,
    public: bool = False,
) -> Callable[..., Any]:
    """Wrap a view: load its object, ask the predicate, then call the view or refuse.

    Anonymous people are sent to sign in unless the page is public.
    """

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            actor = getattr(request, "actor", None) or actor_of(request)
            request.actor = actor  # type: ignore[attr-defined]
            if actor.is_anonymous and not public:
                return redirect_to_login(request.get_full_path())
            arguments = (load(request, **kwargs),) if load else ()
            answer = predicate(actor, *arguments)
            if not answer.allowed and not answer.reason:
                raise Http404
            if not answer.allowed:
                return render(request, "pages/refused.html", {"reason": answer.reason}, status=403)
            return view(request, *arguments) if load else view(request, **kwargs)

        guarded.access = predicate  # type: ignore[attr-defined]
        return guarded

    return wrap


def everyone(actor: Actor, *_: Any) -> Answer:
    """Open to all."""
    return YES


def signed_in(actor: Actor, *_: Any) -> Answer:
    """Open to whoever has an account."""
    return Answer(not actor.is_anonymous, "Connectez-vous pour ouvrir cette page.")
