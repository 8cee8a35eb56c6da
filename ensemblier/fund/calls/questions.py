"""The call's own questions: added, changed, moved and removed while it is a draft."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.text import slugify

from ensemblier.base.journal.actions import record
from ensemblier.fund.calls.actions import CallRefused, lock_draft
from ensemblier.fund.calls.models import Call, Question
from ensemblier.fund.calls.rules import fault_of

FIELDS = frozenset(
    ["label", "help", "kind", "options", "required", "shown_when_code", "shown_when_value"]
)
MOST = 40


@transaction.atomic
def add_question(*, actor: Any, call: Call, **fields: Any) -> Question:
    """Ask one more question, after the others; its code is drawn from its words."""
    lock_draft(call)
    rows = list(call.questions.all())
    if len(rows) >= MOST:
        raise CallRefused(f"Un appel pose {MOST} questions au plus. Retirez-en une.")
    question = Question(call=call, position=len(rows) + 1)
    taken = {"ajouter", *(row.code for row in rows)}  # the first is a page of the site
    question.code = _free_code(str(fields.get("label", "")), taken)
    _fill(question, fields, rows)
    question.save()
    _note(actor, call, "add", question)
    return question


@transaction.atomic
def change_question(*, actor: Any, question: Question, **fields: Any) -> Question:
    """Change a question; the ones that wait for its answer must still find it."""
    lock_draft(question.call)
    rows = list(question.call.questions.all())
    before = [row for row in rows if row.position < question.position]
    _fill(question, fields, before)
    for waiting in rows:
        if waiting.shown_when_code == question.code and waiting.pk != question.pk:
            fault = fault_of(waiting, [*before, question])
            if fault:
                raise CallRefused(
                    f"La question « {waiting.label} » attend une réponse à celle-ci. {fault[1]}",
                    field="options",
                )
    question.save()
    _note(actor, question.call, "change", question)
    return question


@transaction.atomic
def move_question(*, actor: Any, question: Question, up: bool) -> None:
    """Exchange a question with its neighbour; at the end of the list nothing happens."""
    lock_draft(question.call)
    rows = list(question.call.questions.all())
    place = next(rank for rank, row in enumerate(rows) if row.pk == question.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    lower = max(place, other)
    for rank in (min(place, other), lower):
        fault = fault_of(rows[rank], rows[:rank])
        if fault:
            raise CallRefused(fault[1])
    _number(rows)
    _note(actor, question.call, "move", question)


@transaction.atomic
def remove_question(*, actor: Any, question: Question) -> None:
    """Remove a question that no other one waits for."""
    lock_draft(question.call)
    waiting = question.call.questions.filter(shown_when_code=question.code).first()
    if waiting is not None:
        raise CallRefused(
            f"La question « {waiting.label} » attend la réponse à celle-ci. "
            "Retirez d'abord sa condition."
        )
    _note(actor, question.call, "remove", question)
    call = question.call
    question.delete()
    _number(list(call.questions.all()))


def _fill(question: Question, fields: dict[str, Any], earlier: list[Question]) -> None:
    if unknown := set(fields) - FIELDS:
        raise TypeError(f"a question has no field named {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(question, name, value)
    Question.Kind(question.kind)
    fault = fault_of(question, earlier)
    if fault:
        raise CallRefused(fault[1], field=fault[0])


def _free_code(label: str, taken: set[str]) -> str:
    start = slugify(label)[:34].strip("-") or "question"
    rank, code = 1, start
    while code in taken:
        rank += 1
        code = f"{start}-{rank}"
    return code


def _number(rows: list[Question]) -> None:
    for rank, row in enumerate(rows, start=1):
        row.position = rank
    Question.objects.bulk_update(rows, ["position"])


def _note(actor: Any, call: Call, what: str, question: Question) -> None:
    record(
        actor=actor,
        action="call.question",
        subject=f"call:{call.pk}",
        data={"what": what, "code": question.code},
    )
