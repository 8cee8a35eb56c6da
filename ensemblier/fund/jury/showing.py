"""What the jury's pages show: cards in a language, a count that hides small colleges."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils.safestring import SafeString

from ensemblier.fund.applications.models import AskedAmount
from ensemblier.fund.calls.models import College
from ensemblier.fund.jury import pictures, rules
from ensemblier.fund.jury.cards import open_languages
from ensemblier.fund.jury.models import AgendaItem, CardText, Poll, ProjectCard, Sitting, Tally
from ensemblier.fund.jury.words import LANGUAGES, language_of

COOKIE = "ensemblier_jury_language"


class Drawn(NamedTuple):
    """A pictogram and its words."""

    svg: SafeString
    words: str


class Card(NamedTuple):
    """A project as a juror sees it; its words are French where nobody translated them."""

    item: AgendaItem
    lang: str
    dir: str
    title: str
    sentences: list[str]
    questions: list[str]
    pictures: list[Drawn]
    recording: Any
    asked_cents: int


def tongue(request: HttpRequest) -> dict[str, Any]:
    """The language of the juror's screens, among those that people have read."""
    allowed = open_languages()
    asked = request.COOKIES.get(COOKIE, "fr")
    code = asked if asked in allowed else "fr"
    language = language_of(code)
    return {
        "code": code,
        "dir": language.direction,
        "w": language.words,
        "languages": [(other, LANGUAGES[other].name, other == code) for other in allowed],
    }


def cards_of(items: list[AgendaItem], code: str) -> list[Card]:
    """The cards of these projects, in this language or else in French; three queries."""
    keys = [item.application_id for item in items]
    known = {row.application_id: row for row in ProjectCard.objects.filter(application__in=keys)
             .select_related("recording")}  # fmt: skip
    texts: dict[int, CardText] = {}
    rows = CardText.objects.filter(card__application__in=keys, language__in=("fr", code))
    for row in sorted(rows.select_related("card"), key=lambda text: text.language == code):
        texts[row.card.application_id] = row
    asked: dict[int, int] = defaultdict(int)
    for key, cents in AskedAmount.objects.filter(application__in=keys).values_list(
        "application", "amount_cents"
    ):
        asked[key] += cents
    return [_card(item, known.get(item.application_id), texts, asked, code) for item in items]


def _card(
    item: AgendaItem,
    card: ProjectCard | None,
    texts: dict[int, CardText],
    asked: dict[int, int],
    code: str,
) -> Card:
    text = texts.get(item.application_id)
    drawn = [pictures.PICTURES[key] for key in card.pictures] if card else []
    lang = text.language if text else "fr"
    return Card(
        item,
        lang,
        language_of(lang).direction,
        text.title if text else item.application.title,
        text.sentences if text else [],
        text.questions if text else [],
        [Drawn(pictures.svg(row.drawing), row.words(code)) for row in drawn],
        card.recording if card and code == "fr" else None,
        asked[item.application_id],
    )


class Line(NamedTuple):
    """How one project was received: supports, points, no, don't know."""

    number: int
    title: str
    supports: int
    points: int
    against: int
    unsure: int
    groups: list[tuple[str, int, int]]


class Count(NamedTuple):
    """The result of a poll; colleges of few ballots are told together."""

    lines: list[Line]
    ballots: int
    groups: list[tuple[str, int]]


def count_of(poll: Poll, sitting: Sitting, titles: dict[int, str]) -> Count:
    """What may be published of a closed poll (rules.merged)."""
    names = {row.pk: str(row) for row in College.objects.filter(call=sitting.jury.call_id)}
    ballots = list(poll.ballots.values_list("college_id", "points"))
    sizes: dict[int, int] = {}
    for college in sorted({key for key, _ in poll.tallies.values_list("college_id", "number")}):
        sizes[college] = sum(key == college for key, _ in ballots)
    groups = rules.merged(sizes) if sizes else []
    refused: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for row in Tally.objects.filter(poll=poll):
        refused[row.number][0] += row.against
        refused[row.number][1] += row.unsure
    lines = []
    for number, title in titles.items():
        given = [(college, points.get(str(number), 0)) for college, points in ballots]
        by_group = [
            (
                " et ".join(names[key] for key in group.colleges),
                sum(1 for college, value in given if value and college in group.colleges),
                group.ballots,
            )
            for group in groups
        ]
        supports = sum(1 for _, value in given if value)
        points = sum(value for _, value in given)
        lines.append(Line(number, title, supports, points, *refused[number], by_group))
    told = [(" et ".join(names[key] for key in group.colleges), group.ballots) for group in groups]
    return Count(lines, len(ballots), told)
