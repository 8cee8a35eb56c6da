"""Pure rules of orientation: answers in, a verdict with its reasons and the ways on out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

Case = tuple[tuple[str, frozenset[str]], ...]
Answers = Mapping[str, frozenset[str]]

ELIGIBLE, TO_CHECK, ELSEWHERE = "eligible", "to_check", "elsewhere"
SENTENCES = {
    ELIGIBLE: "Oui, le fonds semble fait pour votre projet.",
    TO_CHECK: "Peut-être. Il y a des points à vérifier avant de déposer un dossier.",
    ELSEWHERE: "Ce fonds n'est pas le bon guichet. D'autres le sont.",
}
OK, CHECK, WRONG = "ok", "check", "wrong"
ROWS = re.compile(r"^[TQ]\d+[^:;]*[:;] ")
# What everybody is asked: without an answer to these, nothing is certain.
NEEDED = ("what", "people", "support", "carrier")


class UnknownAnswer(ValueError):
    """An answer that the guide does not offer."""


@dataclass(frozen=True)
class Question:
    code: str
    label: str
    help: str
    many: bool
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Check:
    """What an answer means for the fund: a reason for, a point to check, or the wrong vehicle."""

    when: Case
    verdict: str
    reason: str
    source: str


@dataclass(frozen=True)
class Vehicle:
    """Another way to pay for a project, from a day to a day."""

    code: str
    name: str
    any: tuple[Case, ...]
    why: str
    who: str
    since: date
    until: date | None
    source: str

    @property
    def reference(self) -> str:
        """The source without the numbers of the mission's rows, which mean nothing to readers."""
        return ROWS.sub("", self.source)

    def runs_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Guide:
    version: str
    since: date
    source: str
    questions: tuple[Question, ...]
    checks: tuple[Check, ...]
    vehicles: tuple[Vehicle, ...]


@dataclass(frozen=True)
class OpenCall:
    """A published call as orientation needs it; `conditions` by class of expenses."""

    slug: str
    title: str
    strand: str
    opens_at: datetime
    closes_at: datetime
    zone: str
    watch: tuple[str, ...]
    conditions: Mapping[str, str]


@dataclass(frozen=True)
class FittingCall:
    call: OpenCall
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """The whole answer; `vehicles` is never empty."""

    verdict: str
    sentence: str
    reasons: tuple[Check, ...]
    unanswered: tuple[str, ...]
    calls: tuple[FittingCall, ...]
    vehicles: tuple[Vehicle, ...]


def read(guide: Guide, given: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """The answers of the guide's questions; a code or a value it does not know is refused."""
    asked = {question.code: question for question in guide.questions}
    answers = {}
    for code, raw in given.items():
        question = asked.get(code)
        if question is None:
            raise UnknownAnswer(f"La question « {code[:40]} » n'existe pas.")
        values = [raw] if isinstance(raw, str) else list(raw)
        values = [value for value in values if value != ""]
        wrong = next((value for value in values if value not in dict(question.options)), None)
        if wrong is not None:
            raise UnknownAnswer(
                f"« {str(wrong)[:40]} » n'est pas une réponse à « {question.label} » : "
                f"choisissez parmi {', '.join(code for code, _ in question.options)}."
            )
        if len(values) > 1 and not question.many:
            raise UnknownAnswer(f"Une seule réponse à « {question.label} ».")
        if values:
            answers[code] = frozenset(values)
    return answers


def holds(case: Case, answers: Answers) -> bool:
    """Every question named in the case was answered with one of its values."""
    return all(answers.get(code, frozenset()) & values for code, values in case)


def orient(guide: Guide, answers: Answers, *, day: date, calls: Sequence[OpenCall] = ()) -> Advice:
    """The verdict of the fund with its reasons, the calls that fit, and the other vehicles."""
    reasons = sorted(
        (check for check in guide.checks if holds(check.when, answers)),
        key=lambda check: (WRONG, CHECK, OK).index(check.verdict),
    )
    missing = tuple(
        question.label
        for question in guide.questions
        if question.code in NEEDED and question.code not in answers
    )
    verdict = _verdict({check.verdict for check in reasons}, bool(missing))
    fitting = () if verdict == ELSEWHERE else tuple(_fitting(calls, answers))
    vehicles = tuple(
        vehicle
        for vehicle in guide.vehicles
        if vehicle.runs_on(day) and any(holds(case, answers) for case in vehicle.any)
    )
    return Advice(verdict, SENTENCES[verdict], tuple(reasons), missing, fitting, vehicles)


def _verdict(found: set[str], has_missing: bool) -> str:
    if WRONG in found:
        return ELSEWHERE
    return TO_CHECK if CHECK in found or has_missing else ELIGIBLE


CONDITIONS = {
    "envelope": "Dans cet appel, votre dépense n'est payée que si l'enveloppe le permet.",
    "subsidiary": "Dans cet appel, votre dépense vient en complément des autres.",
    "accessory": "Dans cet appel, votre dépense doit être indispensable, et petite.",
}
NOT_PAID = "Cet appel ne paie pas la dépense que vous avez choisie."


def strand_of(answers: Answers) -> str:
    """National for the heads of networks and what runs over several regions, local otherwise."""
    nobody: frozenset[str] = frozenset()
    national = "network" in answers.get("carrier", nobody) or "country" in answers.get(
        "scale", nobody
    )
    return "national" if national else "local"


def _fitting(calls: Sequence[OpenCall], answers: Answers) -> Iterable[FittingCall]:
    strand = strand_of(answers)
    money = next(iter(answers.get("money", ())), "")
    for call in sorted(calls, key=lambda call: call.closes_at):
        if call.strand != strand:
            continue
        notes = []
        if money and money not in call.conditions:
            notes.append(NOT_PAID)
        elif call.conditions.get(money):
            notes.append(CONDITIONS[call.conditions[money]])
        if set(call.watch) & answers.get("zone", frozenset()):
            notes.append("Cet appel regarde de près les territoires comme le vôtre.")
        yield FittingCall(call, tuple(notes))
