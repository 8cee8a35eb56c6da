"""The papers of a file: what may be joined, what is still expected, and what each one answers."""

from __future__ import annotations

from typing import Any, NamedTuple

from ensemblier.base.people.models import OrganisationKind
from ensemblier.fund.applications.forms import sentence_case
from ensemblier.fund.applications.models import Application, Attachment
from ensemblier.fund.applications.rules import LETTER, OTHER_PAPER, PAPERS, is_joined
from ensemblier.fund.calls.models import Question

USUAL = [kind for kind, _ in PAPERS]


class Chosen(NamedTuple):
    """What a person says they join: the kind, who or what it is about, and the question."""

    kind: str
    about: str = ""
    question: Question | None = None


class Expected(NamedTuple):
    """A paper the file waits for, as the page lists it."""

    label: str
    is_joined: bool
    required: bool


def questions(application: Application) -> list[Question]:
    return [row for row in application.call.questions.all() if row.kind == Question.Kind.FILE]


def writers(application: Application) -> list[str]:
    """Who may send a letter: members of the group, then partners."""
    names = [row.name for row in application.group_members.all()]
    return list(dict.fromkeys(names + [row.name for row in application.partners.all()]))


def choices(application: Application) -> list[Any]:
    """The list of what may be joined, by groups; a value is a kind, then what it is about."""
    call = [
        (f"{OTHER_PAPER}|{row.label}", row.label)
        for row in application.call.papers.all()
        if row.kind == OTHER_PAPER
    ]
    call += [(f"question|{row.code}", row.label) for row in questions(application)]
    letters = [(f"{LETTER}|{name}", f"Lettre de {name}") for name in writers(application)]
    groups: list[Any] = [("Pièces habituelles", sentence_case(Attachment.Kind.choices))]
    if call:
        groups.append(("Demandées par cet appel", call))
    if letters:
        groups.append(("Lettres", letters))
    return groups


def chosen(application: Application, value: str) -> Chosen:
    kind, _, about = value.partition("|")
    if kind == "question":
        question = next(row for row in questions(application) if row.code == about)
        return Chosen(OTHER_PAPER, question.label[:160], question)
    return Chosen(kind, about)


def expected(application: Application) -> list[Expected]:
    """What every call asks, what this one asks, and a letter of each member of the group."""
    joined = [(row.kind, row.about) for row in application.attachments.all()]
    names = dict(Attachment.Kind.choices)
    is_association = application.organisation.kind == OrganisationKind.ASSOCIATION
    asked = [
        Expected(str(names[kind]), is_joined(kind, "", joined), True)
        for kind in USUAL
        if kind != Attachment.Kind.STATUTES or is_association
    ]
    asked += [
        Expected(row.label, is_joined(row.kind, row.label, joined), row.required)
        for row in application.call.papers.all()
        if row.kind not in USUAL
    ]
    asked += [
        Expected(row.label, (OTHER_PAPER, row.label[:160]) in joined, row.required)
        for row in questions(application)
    ]
    return asked + [
        Expected(f"lettre de {row.name}", (LETTER, row.name) in joined, True)
        for row in application.group_members.all()
    ]
