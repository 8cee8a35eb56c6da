"""Pure rules of a call: who sees which question, what is wrong with them, its length, its seal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

# Below this, a call says why it is short. The call of 2023 lasted 50 days; the "Fonds Marianne"
# (IGA 2023, Sénat n° 829) went from two months to three weeks and was blamed for it.
LEAST_DAYS = 30
LISTS = ("choice", "multiple")
LONGEST_LIST = 30


class Asked(Protocol):
    """What the rules read of a question."""

    code: str
    label: str
    kind: str
    options: Sequence[str]
    shown_when_code: str
    shown_when_value: str


Q = TypeVar("Q", bound=Asked)


def shown(questions: Iterable[Q], answers: Mapping[str, Any]) -> list[Q]:
    """The questions to show, in order, given the answers by code.

    A question that waits for another is shown when that one is itself shown and was answered with
    the awaited value (for several choices: when the value is among them).
    """
    seen: list[Q] = []
    codes: set[str] = set()
    for question in questions:
        awaited = question.shown_when_code
        if awaited:
            given = answers.get(awaited)
            values = [given] if isinstance(given, str) else list(given or ())
            if awaited not in codes or question.shown_when_value not in values:
                continue
        seen.append(question)
        codes.add(question.code)
    return seen


def fault_of(question: Asked, earlier: Sequence[Asked]) -> tuple[str, str] | None:
    """The field at fault and what to do about it, None when the question is sound."""
    return fault_of_options(question) or fault_of_condition(question, earlier)


def fault_of_options(question: Asked) -> tuple[str, str] | None:
    options = list(question.options)
    if question.kind not in LISTS:
        if options:
            return "options", "Cette sorte de réponse n'a pas de liste. Videz la liste des choix."
        return None
    if not 2 <= len(options) <= LONGEST_LIST:
        return "options", f"Écrivez de 2 à {LONGEST_LIST} choix, un par ligne."
    if len(set(options)) != len(options):
        return "options", "Deux choix sont les mêmes. Gardez-en un seul."
    return None


def fault_of_condition(question: Asked, earlier: Sequence[Asked]) -> tuple[str, str] | None:
    if not question.shown_when_code:
        if question.shown_when_value:
            return "shown_when_code", "Dites de quelle question dépend cette réponse."
        return None
    found = next((row for row in earlier if row.code == question.shown_when_code), None)
    if found is None:
        return (
            "shown_when_code",
            f"« {question.label} » attend la réponse à une question qui ne vient pas avant elle. "
            "Placez-la après, ou retirez la condition.",
        )
    if found.kind not in LISTS:
        return "shown_when_code", "Seule une question à choix peut en faire paraître une autre."
    if question.shown_when_value not in found.options:
        return (
            "shown_when_value",
            f"« {question.shown_when_value} » n'est pas un choix de « {found.label} ». "
            f"Ses choix : {', '.join(found.options)}.",
        )
    return None


def first_fault(questions: Sequence[Asked]) -> str:
    """What is wrong with a list of questions, "" when every one is sound."""
    for rank, question in enumerate(questions):
        fault = fault_of(question, questions[:rank])
        if fault:
            return f"Question {rank + 1}, « {question.label} » : {fault[1]}"
    return ""


def days_to_answer(*, published: datetime, opens: datetime, closes: datetime) -> int:
    """Whole days during which a file can be filed, once the call is known."""
    return max(0, (closes - max(published, opens)).days)


def is_short(*, published: datetime, opens: datetime, closes: datetime) -> bool:
    return days_to_answer(published=published, opens=opens, closes=closes) < LEAST_DAYS


def canonical(rules: Mapping[str, Any]) -> bytes:
    """The rules as one text that never varies: what the seal is taken of."""
    text = json.dumps(rules, ensure_ascii=False, sort_keys=True, indent=1)
    return (text + "\n").encode()


def seal(rules: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(rules)).hexdigest()
