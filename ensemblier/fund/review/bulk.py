"""One action on several files: what will be done and what will not, and why, before doing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from ensemblier.base.journal.models import Event
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import User
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.review import access, actions, desk, interests
from ensemblier.fund.review.models import Interest, Review

MOST = 50
VERBS = {
    "prendre": "Instruire moi-même",
    "attribuer": "Attribuer à un collègue",
    "complements": "Demander le même complément",
    "proposer": "Proposer à la décision",
}
NEEDED = {
    "prendre": (State.FILED,),
    "attribuer": desk.IN_HAND,
    "complements": (State.IN_REVIEW,),
    "proposer": (State.IN_REVIEW,),
}


class Line(NamedTuple):
    """One file: done or not, and the reason when it is not; `declares` when it needs a word."""

    application: Application
    refusal: str
    declares: bool = False


class Known(NamedTuple):
    """What is looked up once for all the files of a plan."""

    interests: dict[int, bool]
    decided: set[str]
    given: set[int]


def files(actor: Actor, numbers: Iterable[str]) -> list[Application]:
    """The chosen files that this person sees, in the order of their numbers."""
    from ensemblier.fund.review.listing import files_for

    rows = files_for(actor).filter(number__in=list(numbers)[:MOST])
    return list(
        rows.select_related("call", "organisation", "department", "commune").order_by("number")
    )


def plan(verb: str, chosen: list[Application], actor: Actor) -> list[Line]:
    """What would happen to each file, in three queries. The actions check again."""
    pks = [row.pk for row in chosen]
    declared = Interest.objects.filter(user=actor.user.pk, application__in=pks)
    subjects = [f"application:{pk}" for pk in pks]
    decided = Event.objects.filter(
        subject__in=subjects,
        actor_id=actor.user.pk,
        action__in=("application.fund", "application.refuse"),
    )
    given = Review.objects.current().filter(application__in=pks)
    known = Known(
        dict(declared.values_list("application", "recused")),
        set(decided.values_list("subject", flat=True)),
        set(given.order_by().values_list("application", flat=True)),
    )
    return [_line(verb, row, actor, known) for row in chosen]


def _line(verb: str, row: Application, actor: Actor, known: Known) -> Line:
    declares = verb != "attribuer" and row.pk not in known.interests
    return Line(row, _why_not(verb, row, actor, known), declares)


def _why_not(verb: str, row: Application, actor: Actor, known: Known) -> str:
    if not access.is_desk(actor, row):
        return "Il n'est pas de votre territoire."
    if access.belongs_to_applicant(actor, row):
        return "Il vient d'une organisation pour laquelle vous avez un mandat."
    if known.interests.get(row.pk):
        return "Vous vous êtes déporté sur ce dossier."
    if f"application:{row.pk}" in known.decided:
        return "Vous avez décidé sur ce dossier : qui décide n'instruit pas."
    if row.state not in NEEDED[verb]:
        return f"Il est « {row.get_state_display()} »."
    if verb == "proposer" and row.pk not in known.given:
        return "Aucun avis n'est rendu."
    return ""


def carry_out(
    verb: str,
    chosen: list[Application],
    *,
    actor: Any,
    now: datetime,
    has_no_link: bool = False,
    instructor: User | None = None,
    message: str = "",
    due_on: date | None = None,
    reason: str = "",
) -> list[Line]:
    """Do it, each file in a transaction of its own: one refusal never undoes the others."""
    acts: dict[str, Callable[[Application], Any]] = {
        "prendre": lambda row: actions.take(application=row, actor=actor, now=now),
        "attribuer": lambda row: desk.assign(
            application=row, instructor=_somebody(instructor), actor=actor, now=now
        ),
        "complements": lambda row: actions.ask_complements(
            application=row, due_on=due_on or now.date(), message=message, actor=actor, now=now
        ),
        "proposer": lambda row: actions.propose(
            application=row, actor=actor, now=now, reason=reason
        ),
    }
    found = []
    for row in chosen:
        try:
            with transaction.atomic():
                if verb != "attribuer":
                    _declare(row, actor, now, has_no_link)
                acts[verb](row)
        except Refusal as refusal:
            found.append(Line(row, refusal.message))
        else:
            found.append(Line(row, ""))
    return found


def _somebody(instructor: User | None) -> User:
    if instructor is None:
        raise desk.BadColleague("Choisissez une personne.", field="instructor")
    return instructor


def _declare(row: Application, actor: Any, now: datetime, has_no_link: bool) -> None:
    """Nobody acts on a file without having said whether they have a link with it."""
    if Interest.objects.filter(application=row, user=actor).exists():
        return
    if not has_no_link:
        raise interests.BadInterest(
            "Déclarez d'abord si vous avez un lien avec ce dossier : ouvrez-le, ou cochez la case."
        )
    interests.declare(application=row, kind=Interest.Kind.NONE, reason="", actor=actor, now=now)
