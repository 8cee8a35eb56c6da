"""A project's card: pictures, short sentences, three questions, a recording."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.journal.actions import record
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.jury import access, rules
from ensemblier.fund.jury.actions import check_may
from ensemblier.fund.jury.models import CardText, Jury, LanguageReview, Poll, ProjectCard
from ensemblier.fund.jury.pictures import PICTURES
from ensemblier.fund.jury.words import LANGUAGES

PURPOSE = "jury_recording"


class BadCard(Refusal):
    """The card is too long, or misses a picture or a question."""


class NotReviewed(Refusal):
    """A language opens once people have read it."""


class Words(NamedTuple):
    """What a card says in one language."""

    title: str
    sentences: Sequence[str]
    questions: Sequence[str]


@transaction.atomic
def write_card(
    *,
    jury: Jury,
    application: Application,
    language: str,
    words: Words,
    pictures: Sequence[str],
    actor: Any,
    now: datetime,
    recording: CheckedFile | None = None,
) -> ProjectCard:
    """Write a project's card in one language; frozen once a vote on it has opened."""
    check_may(actor, now, access.may_run, jury)
    _check_card(jury, application, language, words, pictures)
    if Poll.objects.filter(sitting__agenda=application).exists():
        raise BadCard("Un vote a commencé sur ce projet : sa fiche ne change plus.")
    card, _ = ProjectCard.objects.select_for_update().get_or_create(
        application=application, defaults={"pictures": list(pictures)}
    )
    card.pictures = list(pictures)
    if recording is not None:
        card.recording = store(
            checked=recording, purpose=PURPOSE, about=f"application:{application.pk}", actor=actor
        )
    card.save()
    fields = {"title": words.title.strip(), "sentences": list(words.sentences),
              "questions": [line.strip() for line in words.questions]}  # fmt: skip
    CardText.objects.update_or_create(card=card, language=language, defaults=fields)
    record(
        actor=actor,
        action="jury.card",
        subject=f"application:{application.pk}",
        data={"language": language},
    )
    return card


def _check_card(
    jury: Jury, application: Application, language: str, words: Words, pictures: Sequence[str]
) -> None:
    if application.call_id != jury.call_id:
        raise BadCard("Ce dossier est celui d'un autre appel.")
    if language not in LANGUAGES:
        raise BadCard("Cette langue n'est pas prête.", field="language")
    if not words.title.strip() or rules.words_in(words.title) > 8:
        raise BadCard("Donnez au projet un nom simple, de 8 mots au plus.", field="title")
    if fault := rules.fault_of_sentences(words.sentences):
        raise BadCard(fault, field="sentences")
    if len([line for line in words.questions if line.strip()]) != rules.QUESTIONS:
        raise BadCard("Écrivez trois questions, une par ligne.", field="questions")
    if fault := next(filter(None, (rules.fault_of_sentences([q]) for q in words.questions)), ""):
        raise BadCard(fault, field="questions")
    if len(set(pictures)) != rules.PICTURES or set(pictures) - set(PICTURES):
        raise BadCard("Choisissez cinq pictogrammes différents.", field="pictures")


@transaction.atomic
def review_language(
    *, language: str, readers: int, note: str, jury: Jury, actor: Any, now: datetime
) -> LanguageReview:
    """Say that people read the screens in this language: it may be chosen from now on."""
    check_may(actor, now, access.may_run, jury)
    if language not in LANGUAGES:
        raise NotReviewed("Cette langue n'a pas encore ses mots.", field="language")
    if readers < 1 or not note.strip():
        raise NotReviewed(
            "Dites combien de personnes ont relu, et ce qu'elles ont dit.", field="readers"
        )
    row, _ = LanguageReview.objects.update_or_create(
        language=language,
        defaults={
            "readers": readers,
            "note": note.strip(),
            "reviewed_by": actor,
            "reviewed_at": now,
        },
    )
    record(actor=actor, action="jury.language", subject=f"language:{language}", reason=note.strip())
    return row


def open_languages() -> list[str]:
    """French, and those that people have read."""
    reviewed = set(LanguageReview.objects.values_list("language", flat=True))
    return [code for code in LANGUAGES if code == "fr" or code in reviewed]


class Tongue(NamedTuple):
    """A language of a card, as its office sees it: written or not, offered to jurors or not."""

    code: str
    name: str
    is_written: bool
    is_open: bool
    is_current: bool


def tongues(written: Collection[str], current: str) -> list[Tongue]:
    """Every language that has its words. One query."""
    offered = open_languages()
    return [
        Tongue(code, row.name, code in written, code in offered, code == current)
        for code, row in LANGUAGES.items()
    ]
