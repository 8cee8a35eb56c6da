"""Evaluating a project: opened, three voices written, people counted and never named, ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.monitoring import access
from ensemblier.fund.monitoring.models import Evaluation, Mark, VoiceCount
from ensemblier.fund.monitoring.questions import QUESTIONS
from ensemblier.fund.review.actions import actor_on, require

MOST_PEOPLE = 1_000_000


class EvaluationRefused(Refusal):
    """The evaluation cannot be opened, changed or ended so."""


class NotYourVoice(Refusal):
    """The organisation writes its voice, the desk its own; nobody writes for the other."""


@transaction.atomic
def open_evaluation(*, agreement: Agreement, actor: Any, now: datetime) -> Evaluation:
    """Open the evaluation; opening it twice gives the same one."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    require(access.may_evaluate(_person(actor, now), agreement), NotYourVoice)
    if agreement.state not in (Agreement.State.SIGNED, Agreement.State.CLOSED):
        raise EvaluationRefused("Une évaluation s'ouvre sur une convention signée.")
    known = Evaluation.objects.filter(agreement=agreement).first()
    if known:
        return known
    row = Evaluation.objects.create(agreement=agreement, opened_by=actor, opened_at=now)
    record(actor=actor, action="evaluation.open", subject=f"agreement:{agreement.pk}")
    return row


@transaction.atomic
def write_marks(
    *,
    evaluation: Evaluation,
    voice: str,
    marks: Mapping[tuple[int | None, str], tuple[str, str]],
    actor: Any,
    now: datetime,
) -> Evaluation:
    """One voice on criteria and useful effects. `marks`: (criterion, effect) -> (level, text)."""
    evaluation = _open(evaluation)
    answer = access.may_speak(_person(actor, now), evaluation, voice)
    require(answer, NotYourVoice)
    for (criterion, effect), (level, text) in marks.items():
        if not level and not text.strip():
            Mark.objects.filter(
                evaluation=evaluation, voice=voice, criterion=criterion, effect=effect
            ).delete()
            continue
        Mark.objects.update_or_create(
            evaluation=evaluation,
            voice=voice,
            criterion_id=criterion,
            effect=effect,
            defaults={"level": level, "text": text, "author": actor, "written_at": now},
        )
    return _grown(evaluation, actor, "evaluation.marks", {"voice": voice})


@transaction.atomic
def count_voices(
    *,
    evaluation: Evaluation,
    method: str,
    asked_on: date | None,
    words: str,
    changed: str,
    counts: Mapping[tuple[str, str, str], int | None],
    actor: Any,
    now: datetime,
) -> Evaluation:
    """What people answered, as numbers. `counts`: (question, moment, answer) -> people."""
    evaluation = _open(evaluation)
    require(access.may_speak(_person(actor, now), evaluation, Mark.Voice.CARRIER), NotYourVoice)
    known = {
        (question.code, moment, answer)
        for question in QUESTIONS
        for moment in question.moments
        for answer, _ in question.answers
    }
    for (question, moment, answer), people in counts.items():
        if (question, moment, answer) not in known:
            raise EvaluationRefused("Cette réponse ne fait pas partie des questions posées.")
        rows = {"evaluation": evaluation, "question": question, "moment": moment, "answer": answer}
        if people is None:
            VoiceCount.objects.filter(**rows).delete()
        elif not 0 <= people <= MOST_PEOPLE:
            raise EvaluationRefused("Un nombre de personnes va de 0 à 1 000 000.")
        else:
            VoiceCount.objects.update_or_create(**rows, defaults={"people": people})
    evaluation.method, evaluation.asked_on = method, asked_on
    evaluation.words, evaluation.changed = words, changed
    return _grown(evaluation, actor, "evaluation.count", {})


@transaction.atomic
def end_evaluation(*, evaluation: Evaluation, actor: Any, now: datetime) -> Evaluation:
    """The desk ends it once the organisation and the people were heard."""
    evaluation = _open(evaluation)
    require(access.may_speak(_person(actor, now), evaluation, Mark.Voice.VISIT), NotYourVoice)
    voices = set(evaluation.marks.values_list("voice", flat=True))
    if Mark.Voice.CARRIER not in voices:
        raise EvaluationRefused("L'organisation n'a encore rien écrit sur ses propres résultats.")
    if not evaluation.counts.exists() and not evaluation.words.strip():
        raise EvaluationRefused(
            "Les personnes concernées n'ont pas été entendues : posez les questions, ou dites "
            "pourquoi ce n'était pas possible."
        )
    evaluation.state, evaluation.done_by = Evaluation.State.DONE, actor
    evaluation.done_at = now
    return _grown(evaluation, actor, "evaluation.end", {})


def _person(actor: Any, now: datetime) -> Any:
    return actor_on(actor, in_paris(now).date())


def _open(evaluation: Evaluation) -> Evaluation:
    fresh = Evaluation.objects.select_for_update().get(pk=evaluation.pk)
    if fresh.state == Evaluation.State.DONE:
        raise EvaluationRefused("Cette évaluation est terminée : elle ne change plus.")
    return fresh


def _grown(evaluation: Evaluation, actor: Any, action: str, data: dict[str, Any]) -> Evaluation:
    evaluation.version += 1
    evaluation.save()
    subject = f"agreement:{evaluation.agreement_id}"
    record(actor=actor, action=action, subject=subject, data=data)
    return evaluation
