"""Six months after a vote, jurors are told what became of the projects they looked at."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.engines.months import add_months
from ensemblier.fund.applications.models import State
from ensemblier.fund.jury.actions import about
from ensemblier.fund.jury.models import AgendaItem, CardText, Feedback, Poll, Seat, Sitting
from ensemblier.fund.jury.writing import write_to_jurors

MONTHS = 6
# What a state says to a juror, and the badge it wears.
STATES = {
    State.AGREED: ("done", "Le projet est en route. Le fonds l'aide."),
    State.FUNDED: ("done", "Le projet est choisi. Le contrat s'écrit."),
    State.CLOSED: ("done", "Le projet est fini. Le bilan est accepté."),
    State.REFUSED: ("stop", "Le projet n'a pas été choisi cette fois."),
    State.WITHDRAWN: ("draft", "L'association a retiré sa demande."),
    State.ABANDONED: ("draft", "L'association n'a pas donné ce qui manquait à sa demande."),
}
WAITING = ("wait", "La décision n'est pas encore prise.")


class News(NamedTuple):
    """What became of one project."""

    number: int
    title: str
    badge: str
    sentence: str


def tell(now: datetime) -> int:
    """Write to the jurors of each poll closed six months ago; each once, even with two workers."""
    before = add_months(in_paris(now).date(), -MONTHS)
    rows = Poll.objects.filter(closed_at__isnull=False, feedback__isnull=True)
    due = [row.pk for row in rows if in_paris(row.closed_at).date() <= before]
    return sum(_tell_one(pk, in_paris(now).date()) for pk in due)


@transaction.atomic
def _tell_one(pk: int, day: date) -> int:
    poll = Poll.objects.select_for_update().get(pk=pk)
    if Feedback.objects.filter(poll=poll).exists():
        return 0
    sitting = Sitting.objects.select_related("jury__call").get(pk=poll.sitting_id)
    Feedback.objects.create(poll=poll, told_on=day)
    told = write_to_jurors(
        sitting, what="news", page="jury:news", states=[Seat.State.SITTING, Seat.State.LEFT]
    )
    record(
        actor=None,
        action="jury.feedback",
        subject=about(sitting.jury),
        data={"sitting": sitting.pk, "jurors": told},
    )
    return 1


def news_of(sitting: Sitting, language: str) -> list[News]:
    """Each project of the agenda, and what became of it."""
    items = list(AgendaItem.objects.filter(sitting=sitting).select_related("application"))
    titles = titles_of([row.application_id for row in items], language)
    found = []
    for item in items:
        badge, sentence = STATES.get(State(item.application.state), WAITING)
        title = titles.get(item.application_id, item.application.title)
        found.append(News(item.number, title, badge, sentence))
    return found


def titles_of(applications: list[Any], language: str) -> dict[Any, str]:
    """The simple name of each project, in this language, else in French."""
    rows = CardText.objects.filter(
        card__application__in=applications, language__in=("fr", language)
    ).values_list("card__application", "language", "title")
    found: dict[Any, str] = {}
    for application, _, title in sorted(rows, key=lambda row: row[1] == language):
        found[application] = title
    return found
