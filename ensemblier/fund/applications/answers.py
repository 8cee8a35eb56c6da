"""Answers to the call's own questions: read, asked for when they are shown, kept one a question.

An answer is a text; several choices are one a line; a number is also kept as a number. A question
shown after another one is only asked when that other one is shown, and has the answer it waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from ensemblier.fund.applications.models import Answer, Application
from ensemblier.fund.calls.models import Question

Kind = Question.Kind
MOST, CENT = Decimal(10) ** 12, Decimal("0.01")


class Given(NamedTuple):
    """A question as it is read: its words, and its answer as people write it."""

    label: str
    text: str


def questions(application: Application) -> list[Question]:
    return list(application.call.questions.all())


def read(application: Application) -> dict[str, str]:
    """Code -> answer, of the questions that have one; a file is known by its digest."""
    codes = {question.pk: question.code for question in questions(application)}
    found = {row.question_id: row for row in application.answers.all()}
    return {code: found[pk].text for pk, code in codes.items() if pk in found and found[pk].text}


def shown(asked: Sequence[Question], given: Mapping[str, str]) -> list[Question]:
    """The questions to answer, given the answers so far; each one waits on an earlier one."""
    found: dict[str, Question] = {}
    for question in asked:
        first = question.shown_when_code
        if not first or (first in found and waits_for(question, given.get(first, ""))):
            found[question.code] = question
    return list(found.values())


def waits_for(question: Question, answer: str) -> bool:
    """One of the choices made is the one it waits for; any answer when it names none."""
    if not question.shown_when_value:
        return bool(answer)
    return question.shown_when_value in answer.splitlines()


def read_shown(application: Application) -> dict[str, str]:
    """The answers of the questions that are asked: what is sent."""
    found = read(application)
    return {
        row.code: found[row.code]
        for row in shown(questions(application), found)
        if row.code in found
    }


def lacking(application: Application) -> list[Question]:
    """Questions that must be answered, and are not."""
    asked = questions(application)
    if not asked:
        return []
    given = read(application)
    return [row for row in shown(asked, given) if row.required and not given.get(row.code)]


def given(application: Application) -> list[Given]:
    """What was answered, for whoever reads: only the questions that were shown."""
    if not application.answers.all():
        return []
    found = read_shown(application)
    return [
        Given(row.label, found[row.code]) for row in questions(application) if row.code in found
    ]


def fault(question: Question, text: str) -> str:
    """What this question cannot hold, in French; "" when nothing is wrong."""
    if not text:
        return ""
    if question.kind == Kind.NUMBER and number_of(text) is None:
        return f"« {text[:30]} » n'est pas un nombre. Écrivez par exemple 12 ou 12,5."
    if question.kind in (Kind.CHOICE, Kind.MULTIPLE):
        wrong = [line for line in text.splitlines() if line not in question.options]
        if wrong:
            return f"« {wrong[0][:30]} » n'est pas dans la liste de cette question."
    return ""


def number_of(text: str) -> Decimal | None:
    """12,5 or 1 200: as people write numbers."""
    bare = "".join(text.split()).replace(",", ".")
    try:
        value = Decimal(bare)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= MOST or value != value.quantize(CENT):
        return None
    return value


def write(fresh: Application, wanted: Mapping[str, str]) -> None:
    """Keep these answers; a file already joined to its question stays."""
    by_code = {question.code: question for question in questions(fresh)}
    for code, question in by_code.items():
        text = wanted.get(code, "")
        if question.kind == Kind.FILE:
            continue
        if not text:
            Answer.objects.filter(application=fresh, question=question).delete()
            continue
        number = number_of(text) if question.kind == Kind.NUMBER else None
        Answer.objects.update_or_create(
            application=fresh, question=question, defaults={"text": text, "number": number}
        )


def first_fault(asked: Iterable[Question], wanted: Mapping[str, str]) -> tuple[str, str] | None:
    """The first answer that cannot be kept: its code and why."""
    for question in asked:
        if said := fault(question, wanted.get(question.code, "")):
            return question.code, said
    return None
