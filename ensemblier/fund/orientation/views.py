"""Two pages: the questions, then the answer. The answers live in the address, nowhere else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ensemblier.base.people.access import everyone, guard
from ensemblier.fund.calls.instants import instant
from ensemblier.fund.orientation.forms import AnswersForm
from ensemblier.fund.orientation.guide import guide
from ensemblier.fund.orientation.reading import open_calls
from ensemblier.fund.orientation.rules import ELIGIBLE, TO_CHECK, orient, read

BADGES = {ELIGIBLE: ("done", "Oui"), TO_CHECK: ("wait", "À vérifier")}
ELSEWHERE_BADGE = ("info", "Un autre guichet")
BADGE_OF_REASON = {"ok": "done", "check": "wait", "wrong": "info"}
WORD_OF_REASON = {"ok": "Pour", "check": "À vérifier", "wrong": "Ailleurs"}


@require_safe
@guard(everyone, public=True)
def ask(request: HttpRequest) -> HttpResponse:
    """The questions, with what was answered when one comes back to change it."""
    form = AnswersForm(initial=_initial(request))
    return render(request, "orientation/ask.html", {"form": form})


def _initial(request: HttpRequest) -> dict[str, object]:
    return {
        question.code: request.GET.getlist(question.code)
        if question.many
        else request.GET.get(question.code, "")
        for question in guide().questions
    }


@require_safe
@guard(everyone, public=True)
def answer(request: HttpRequest) -> HttpResponse:
    """The verdict with its reasons, the calls that fit, and the other ways."""
    form = AnswersForm(request.GET)
    if not form.is_valid():
        return render(request, "orientation/ask.html", {"form": form}, status=422)
    now = timezone.now()
    given = {code: value for code, value in form.cleaned_data.items() if value}
    answers = read(guide(), given)
    advice = orient(guide(), answers, day=timezone.localdate(now), calls=open_calls(now))
    kind, word = BADGES.get(advice.verdict, ELSEWHERE_BADGE)
    context = {
        "advice": advice,
        "kind": kind,
        "word": word,
        "reasons": [
            (BADGE_OF_REASON[row.verdict], WORD_OF_REASON[row.verdict], row)
            for row in advice.reasons
        ],
        "calls": [
            (
                row,
                instant(row.call.closes_at, row.call.zone),
                instant(row.call.opens_at, row.call.zone) if row.call.opens_at > now else "",
            )
            for row in advice.calls
        ],
        "said": _said(answers),
        "guide": guide(),
        "kept": request.GET.urlencode(),
        "day": timezone.localdate(now),
    }
    return render(request, "orientation/answer.html", context)


def _said(answers: dict[str, frozenset[str]]) -> list[tuple[str, str]]:
    """What was answered, for the printed page."""
    return [
        (
            question.label,
            " ; ".join(label for code, label in question.options if code in answers[question.code]),
        )
        for question in guide().questions
        if question.code in answers
    ]
