"""Who may gather a jury, sit in it, read its cards, score and vote; recusal closes a file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from ensemblier.base.files.models import StoredFile
from ensemblier.base.journal.models import Event
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Mandate, OrganisationKind, Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.models import Seat as FileSeat
from ensemblier.fund.calls.models import Call, College
from ensemblier.fund.jury.models import AgendaItem, JurorExpense, Jury, Poll, Seat, Sitting, Voter
from ensemblier.fund.review.access import (
    DESK_ACTIONS,
    belongs_to_applicant,
    has_instructed,
    is_recused,
)
from ensemblier.fund.review.models import ComplementRequest, Interest, Review

NOT_THE_OFFICE = Answer(False, "Le secrétariat du jury est tenu par le responsable du programme.")
NOT_THE_CHAIR = Answer(False, "Seule la présidence du jury fait cela.")
NO_SEAT = Answer(False, "Cette page est pour les personnes qui siègent au jury.")
RECUSED = Answer(
    False,
    "Vous avez un lien avec ce projet : vous vous êtes déporté. Vous n'en voyez pas les notes et "
    "vous ne votez pas dessus.",
)
OWN = Answer(
    False,
    "Ce projet vient d'une organisation que vous représentez, ou d'un dossier que vous avez "
    "instruit : vous n'en voyez pas les notes et vous ne votez pas dessus.",
)
HELPING = Answer(
    False, "Vous aidez un juré. Vous lisez avec lui, mais seule la personne vote : rendez-lui la "
    "main, avec son compte ou ses cartes.",
)  # fmt: skip
VOTED = Answer(False, "Vous avez déjà voté. Votre bulletin est dans l'urne : merci.")


class Standing:
    """What one account is in one jury; read once for a page."""

    def __init__(self, actor: Actor, jury: Jury) -> None:
        self.actor, self.jury = actor, jury

    @classmethod
    def of(cls, actor: Actor, jury: Jury) -> Standing:
        """The same for a whole request: the guard and the page ask once."""
        known: dict[int, Standing] = actor.__dict__.setdefault("jury_standings", {})
        return known.setdefault(jury.pk, cls(actor, jury))

    @cached_property
    def seat(self) -> Seat | None:
        if self.actor.is_anonymous:
            return None
        rows = Seat.objects.filter(jury=self.jury, user=self.actor.user.pk)
        return rows.select_related("college").filter(state=Seat.State.SITTING).first()

    @cached_property
    def helps(self) -> bool:
        return not self.actor.is_anonymous and (
            self.jury.helpers.filter(pk=self.actor.user.pk).exists()
        )

    @property
    def presides(self) -> bool:
        return not self.actor.is_anonymous and self.jury.chair_id == self.actor.user.pk

    @property
    def is_office(self) -> bool:
        return self.actor.has(Role.PROGRAMME)


def may_list(actor: Actor, *_: Any) -> Answer:
    """The juries one has to do with; the page itself chooses them."""
    return HIDDEN if actor.is_anonymous else YES


def seen_by(actor: Actor) -> QuerySet[Jury]:
    rows = Jury.objects.select_related("call", "chair")
    if actor.has(Role.PROGRAMME, Role.AUDITOR):
        return rows
    if not actor.has(Role.PAYER):
        return taken_part_in(actor)
    seen = Q(pk__in=taken_part_in(actor).values("pk"))
    for mandate in payers_mandates(actor):
        seen |= Q(call__owner=mandate.organisation_id)
        if mandate.organisation.kind == OrganisationKind.STATE:
            seen |= Q(call__owner__kind=OrganisationKind.STATE)
    return rows.filter(seen)


def payers_mandates(actor: Actor) -> list[Mandate]:
    return [mandate for mandate in actor.mandates if mandate.role == Role.PAYER]


def pays_for(actor: Actor, jury: Jury) -> bool:
    """A payer of the funder that owns the call; every service of the State pays for the State."""
    state = OrganisationKind.STATE
    return any(
        mandate.organisation_id == jury.call.owner_id
        or (mandate.organisation.kind == state and jury.call.owner.kind == state)
        for mandate in payers_mandates(actor)
    )


def taken_part_in(actor: Actor) -> QuerySet[Jury]:
    """Where this person sits, helps or presides, whatever mandates it holds or not. One query."""
    rows = Jury.objects.select_related("call", "chair")
    mine = Seat.objects.filter(user=actor.user.pk).exclude(state=Seat.State.LEFT)
    return (
        rows.filter(pk__in=mine.values("jury"))
        | rows.filter(helpers=actor.user.pk)
        | rows.filter(chair=actor.user.pk)
    ).distinct()


def may_gather(actor: Actor, call: Call) -> Answer:
    """Gather the jury of a published call."""
    return YES if actor.has(Role.PROGRAMME) else HIDDEN


def may_see(actor: Actor, jury: Jury) -> Answer:
    """Its page: those who sit, help, preside, pay, audit, or keep its office."""
    if actor.has(Role.PROGRAMME, Role.AUDITOR) or pays_for(actor, jury):
        return YES
    standing = Standing.of(actor, jury)
    return YES if standing.presides or standing.seat or standing.helps else HIDDEN


def may_run(actor: Actor, jury: Jury) -> Answer:
    """Its office: volunteers, cards, sittings, expenses, the counting of paper ballots."""
    if actor.has(Role.PROGRAMME):
        return YES
    return NOT_THE_OFFICE if may_see(actor, jury).allowed else HIDDEN


def may_preside(actor: Actor, sitting: Sitting) -> Answer:
    """Open and close the vote, write the minutes: the chair alone."""
    if Standing.of(actor, sitting.jury).presides:
        return YES
    return NOT_THE_CHAIR if may_see(actor, sitting.jury).allowed else HIDDEN


def may_attend(actor: Actor, sitting: Sitting) -> Answer:
    """Note who came and who voted on paper: the office, or the chair."""
    if Standing.of(actor, sitting.jury).presides:
        return YES
    return may_run(actor, sitting.jury)


def may_see_sitting(actor: Actor, sitting: Sitting) -> Answer:
    return may_see(actor, sitting.jury)


def may_run_sitting(actor: Actor, sitting: Sitting) -> Answer:
    return may_run(actor, sitting.jury)


def may_pay(actor: Actor, expense: JurorExpense) -> Answer:
    """Pay what was planned: a payer of this call's funder, who did not plan it."""
    if not pays_for(actor, expense.sitting.jury):
        return may_run(actor, expense.seat.jury) if not actor.has(Role.PROGRAMME) else Answer(
            False, "Un agent payeur paie ces frais : deux personnes sont nécessaires."
        )  # fmt: skip
    if expense.planned_by_id == actor.user.pk:
        return Answer(False, "Vous avez prévu ces frais : une autre personne les paie.")
    return YES


def may_see_costs(actor: Actor, sitting: Sitting) -> Answer:
    """The expenses: the office plans, payers pay, auditors read."""
    if actor.has(Role.AUDITOR) or pays_for(actor, sitting.jury):
        return YES
    return may_run(actor, sitting.jury)


def may_read_cards(actor: Actor, sitting: Sitting) -> Answer:
    """The cards of the projects: jurors, their helpers, the chair, the office, auditors."""
    if actor.has(Role.PROGRAMME, Role.AUDITOR):
        return YES
    standing = Standing.of(actor, sitting.jury)
    return YES if standing.presides or standing.seat or standing.helps else HIDDEN


def may_read_item(actor: Actor, item: AgendaItem) -> Answer:
    return may_read_cards(actor, item.sitting)


def is_barred(actor: Actor, application: Application) -> Answer:
    """Whether this juror stays away from this file: declared link, own file, or instructed it."""
    if is_recused(actor.user, application):
        return RECUSED
    if belongs_to_applicant(actor, application) or has_instructed(actor.user, application):
        return OWN
    return YES


def barred_among(actor: Actor, items: Sequence[AgendaItem]) -> set[int]:
    """The numbers of the projects that `is_barred` refuses; as many queries whatever the agenda."""
    numbers = {row.application_id: row.number for row in items}
    user, keys = actor.user.pk, list(numbers)
    own = {mandate.organisation_id for mandate in actor.mandates}
    found = {
        row.application_id
        for row in items
        if row.application.organisation_id in own
        or user in (row.application.created_by_id, row.application.filed_by_id)
    }
    for rows in (
        Interest.objects.filter(application__in=keys, user=user, recused=True),
        FileSeat.objects.filter(application__in=keys, user=user),
        Review.objects.filter(application__in=keys, reviewer=user),
        ComplementRequest.objects.filter(application__in=keys, asked_by=user),
    ):
        found |= set(rows.values_list("application", flat=True))
    subjects = {f"application:{key}": key for key in keys}
    done = Event.objects.filter(
        subject__in=list(subjects), actor_id=user, action__in=DESK_ACTIONS
    ).order_by()
    found |= {subjects[subject] for subject in done.values_list("subject", flat=True)}
    return {numbers[key] for key in found}


def may_sit(actor: Actor, sitting: Sitting) -> Answer:
    """Declare one's links: those who sit."""
    if Standing.of(actor, sitting.jury).seat:
        return YES
    return NO_SEAT if may_see(actor, sitting.jury).allowed else HIDDEN


def may_score(actor: Actor, item: AgendaItem) -> Answer:
    """Score a project by criterion: a juror of a college that scores, not barred from it."""
    seat = Standing.of(actor, item.sitting.jury).seat
    if seat is None:
        return may_sit(actor, item.sitting)
    if seat.college.way != College.Way.SCORES:
        return Answer(False, "Votre collège vote par cartes : il ne note pas les critères.")
    return is_barred(actor, item.application)


def may_see_scores(actor: Actor, item: AgendaItem) -> Answer:
    """The scores given: those who may score, the chair and the office; never the recused."""
    barred = is_barred(actor, item.application)
    if not barred.allowed:
        return barred if may_see(actor, item.sitting.jury).allowed else HIDDEN
    standing = Standing.of(actor, item.sitting.jury)
    if standing.is_office or standing.presides or actor.has(Role.AUDITOR):
        return YES
    return may_score(actor, item)


def may_vote(actor: Actor, sitting: Sitting) -> Answer:
    """Vote by cards: a juror on the attendance sheet who has not voted; never a helper."""
    standing = Standing.of(actor, sitting.jury)
    if standing.seat is None:
        if standing.helps:
            return HELPING
        return may_sit(actor, sitting)
    if standing.seat.college.way != College.Way.CARDS:
        return Answer(False, "Votre collège note chaque critère : il ne vote pas par cartes.")
    poll = Poll.objects.filter(sitting=sitting).first()
    if poll is None or poll.closed_at:
        return Answer(False, "Le vote n'est pas ouvert. La présidence l'ouvre pendant la séance.")
    voter = Voter.objects.filter(poll=poll, seat=standing.seat).first()
    if voter is None:
        return Answer(False, "Vous n'étiez pas du jury à l'ouverture du vote.")
    return VOTED if voter.way else YES


def may_read_voting_pages(actor: Actor, sitting: Sitting) -> Answer:
    """The screens of the vote: also for a helper, who sees the same words without the buttons."""
    standing = Standing.of(actor, sitting.jury)
    if standing.seat is None and standing.helps:
        return YES
    return may_vote(actor, sitting)


def may_see_result(actor: Actor, sitting: Sitting) -> Answer:
    """The count, once the poll is closed."""
    answer = may_see(actor, sitting.jury)
    if (
        answer.allowed
        and not Poll.objects.filter(sitting=sitting, closed_at__isnull=False).exists()
    ):
        return Answer(False, "Le vote n'est pas clos : personne ne voit le décompte avant.")
    return answer


def may_hear(actor: Actor, stored: StoredFile) -> Answer:
    """A recording: whoever may read the card."""
    item = (
        AgendaItem.objects.filter(application=stored.subject_id("application"))
        .select_related("sitting__jury")
        .order_by("-pk")
        .first()
    )
    return may_read_cards(actor, item.sitting) if item else HIDDEN
