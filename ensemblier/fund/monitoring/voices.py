"""Three voices side by side, and the people's answers with small counts hidden."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ensemblier.engines.disclosure import PEOPLE, Fact, protect
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Effect
from ensemblier.fund.monitoring.models import Evaluation, Mark, VoiceCount
from ensemblier.fund.monitoring.questions import QUESTIONS, Question

HIDDEN = "moins de 11, ou caché avec"


class Line(NamedTuple):
    """One criterion or useful effect, and what each voice says of it."""

    label: str
    criterion: int | None
    effect: str
    carrier: Mark | None
    visit: Mark | None
    people: list[tuple[str, str]]  # question, and its answers in a sentence


class Asked(NamedTuple):
    """One question at one moment: its answers as shown, None where hidden, and how many people."""

    question: Question
    moment: str
    answers: list[tuple[str, int | None]]
    total: int | None

    @property
    def sentence(self) -> str:
        if self.total is None:
            return "Trop peu de réponses pour les montrer."
        shown = [f"{label} {people}" for label, people in self.answers if people is not None]
        hidden = sum(people is None for _, people in self.answers)
        said = ", ".join(shown) or "réponses cachées"
        tail = " ; le reste est caché, trop peu de personnes" if hidden else ""
        return f"{said} (sur {self.total}){tail}"


def answers(counts: Iterable[VoiceCount], *, safe: bool = True) -> list[Asked]:
    """By question and moment. `safe` hides counts under 11, and enough others with them.

    The organisation alone reads its own counts as they are: it typed them.
    """
    known: dict[tuple[str, str], dict[str, int]] = {}
    for row in counts:
        known.setdefault((row.question, row.moment), {})[row.answer] = row.people
    found = []
    for question in QUESTIONS:
        for moment in question.moments:
            given = known.get((question.code, moment), {})
            if sum(given.values()):
                found.append(_asked(question, moment, given, safe))
    return found


def _asked(question: Question, moment: str, given: dict[str, int], safe: bool) -> Asked:
    shown: dict[Any, int | None] = {(code,): people for code, people in given.items()}
    shown[(None,)] = sum(given.values())
    if safe:
        facts = [Fact((code,), people, people) for code, people in given.items()]
        shown = dict(protect(facts, [(0,)], PEOPLE).shown)
    listed = [(label, shown.get((code,), 0)) for code, label in question.answers]
    return Asked(question, moment, listed, shown[(None,)])


def lines(agreement: Agreement, evaluation: Evaluation | None, *, safe: bool) -> list[Line]:
    """The criteria of the call, then the useful effects that the file announced."""
    application = agreement.decision.application
    marks = list(evaluation.marks.all()) if evaluation else []
    asked = answers(evaluation.counts.all(), safe=safe) if evaluation else []
    effects = dict.fromkeys(row.effect for row in application.effects.all())
    found = [
        Line(f"{c.code} {c.label}", c.pk, "", *_of(marks, c.pk, ""), [])
        for c in application.call.criteria.all()
    ]
    for effect in effects:
        said = [(a.question.text, a.sentence) for a in asked if a.question.effect == effect]
        label = str(Effect(effect).label).capitalize()
        found.append(Line(label, None, effect, *_of(marks, None, effect), said))
    return found


def _of(marks: list[Mark], criterion: int | None, effect: str) -> tuple[Mark | None, Mark | None]:
    by_voice = {m.voice: m for m in marks if (m.criterion_id, m.effect) == (criterion, effect)}
    return by_voice.get(Mark.Voice.CARRIER), by_voice.get(Mark.Voice.VISIT)
