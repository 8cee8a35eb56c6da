"""Visits on site: a list of questions, answers and notes that may be filled on a phone."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.review.actions import desk_on
from ensemblier.fund.review.models import VisitChecklist

DATA = Path(__file__).parent / "data" / "visit.toml"
ANSWERS = {"yes": "oui", "partly": "en partie", "no": "non", "unseen": "pas vu"}


class BadVisit(Refusal):
    """A visit that cannot be kept as sent."""


class StaleVisit(BadVisit):
    """Saved elsewhere since the page was opened."""


class Question(NamedTuple):
    code: str
    text: str
    source: str


class Part(NamedTuple):
    title: str
    questions: tuple[Question, ...]


class Grid(NamedTuple):
    """The questions, and the name of their edition."""

    edition: str
    parts: tuple[Part, ...]

    @property
    def codes(self) -> list[str]:
        return [question.code for part in self.parts for question in part.questions]


@cache
def grid() -> Grid:
    data = tomllib.loads(DATA.read_text())
    return Grid(
        data["edition"],
        tuple(
            Part(
                part["title"],
                tuple(
                    Question(row["code"], row["text"], row.get("source", ""))
                    for row in part["questions"]
                ),
            )
            for part in data["parts"]
        ),
    )


def told(visit: VisitChecklist) -> list[tuple[str, list[tuple[Question, str, str]]]]:
    """The parts with what was answered, in words, to read or print."""
    return [
        (
            part.title,
            [
                (
                    question,
                    ANSWERS.get(visit.answers.get(question.code, {}).get("answer", ""), "—"),
                    visit.answers.get(question.code, {}).get("note", ""),
                )
                for question in part.questions
            ],
        )
        for part in grid().parts
    ]


@transaction.atomic
def plan_visit(
    *, application: Application, visited_on: date, actor: Any, now: datetime
) -> VisitChecklist:
    """Open the list of questions of a visit."""
    desk_on(application, actor, now)
    if application.filed_at and visited_on < in_paris(application.filed_at).date():
        raise BadVisit("Cette date est avant le dépôt du dossier.", field="visited_on")
    visit = VisitChecklist.objects.create(
        application=application, author=actor, visited_on=visited_on, edition=grid().edition
    )
    _log(visit, actor, "visit.plan", {"day": visited_on.isoformat()})
    return visit


@transaction.atomic
def save_visit(
    *,
    visit: VisitChecklist,
    present: str,
    answers: Mapping[str, Mapping[str, str]],
    conclusion: str,
    finish: bool,
    version: int,
    actor: Any,
    now: datetime,
) -> VisitChecklist:
    """Keep what was seen, whole or in part; finished, it does not change any more."""
    desk_on(visit.application, actor, now)
    fresh = VisitChecklist.objects.select_for_update().get(pk=visit.pk)
    if fresh.finished_at is not None:
        raise BadVisit("Cette visite est terminée : elle ne change plus.")
    if fresh.version != version:
        raise StaleVisit(
            "Cette visite a été enregistrée ailleurs depuis que vous avez ouvert la page. "
            "Ce que vous avez écrit est conservé ci-dessous : vérifiez, puis enregistrez."
        )
    if finish and not conclusion.strip():
        raise BadVisit("Écrivez votre conclusion avant de terminer la visite.", field="conclusion")
    kept = {
        code: {"answer": row.get("answer", ""), "note": row.get("note", "").strip()}
        for code, row in answers.items()
        if code in grid().codes
    }
    if any(row["answer"] not in ("", *ANSWERS) for row in kept.values()):
        raise BadVisit("Choisissez une réponse de la liste.")
    fresh.present, fresh.answers, fresh.conclusion = present.strip(), kept, conclusion.strip()
    fresh.version += 1
    fresh.finished_at = now if finish else None
    fresh.save()
    done = {"answers": kept, "version": fresh.version}
    _log(fresh, actor, "visit.finish" if finish else "visit.save", done)
    return fresh


def _log(visit: VisitChecklist, actor: Any, action: str, data: dict[str, Any]) -> None:
    record(
        actor=actor,
        action=action,
        subject=f"application:{visit.application_id}",
        reason=visit.conclusion,
        data={"visit": visit.pk, "edition": visit.edition, **data},
    )
