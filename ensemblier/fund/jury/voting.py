"""The secret vote: a ballot enters the urn, and nothing in the database says whose it is.

Each time a ballot enters, the whole urn, the whole attendance sheet and the whole count are
written anew in one transaction, the urn in an order drawn at random with new ids: the place of a
row, its number and its transaction say nothing. See docs/decisions/0015.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Case, F, Value, When

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.calls.models import College
from ensemblier.fund.jury import access, rules
from ensemblier.fund.jury.actions import NoQuorum, NotYours, about, check_may
from ensemblier.fund.jury.models import Ballot, PaperSlip, Poll, Seat, Sitting, Tally, Voter
from ensemblier.fund.jury.scoring import utilities_of
from ensemblier.fund.review.actions import actor_on
from ensemblier.fund.review.models import Interest

MOST_SLIPS = 500


class BadBallot(Refusal):
    """The ballot does not fit the agenda, or its receipt is not one of ours."""


class NoVote(NotYours):
    """This person casts no vote here, or not on this file."""


def new_receipt() -> str:
    """80 bits drawn by the system, given to the juror alone."""
    return "".join(secrets.choice(rules.ALPHABET) for _ in range(rules.RECEIPT_SIGNS))


def poll_code(poll: Poll) -> str:
    """What the cards of this poll begin with."""
    return f"J{poll.pk}"


@transaction.atomic
def cast(
    *, sitting: Sitting, choices: Mapping[int, str], receipt: str, actor: Any, now: datetime
) -> str:
    """Put one's ballot in the urn. The same receipt sent twice is the same ballot.

    `choices` maps a project's number to N (no), I (don't know) or 1 to 5 points. Nothing of this
    is written with the juror's name, in the journal or elsewhere.
    """
    code = rules.plain(receipt)
    if not rules.is_receipt(code):
        raise BadBallot("Cette page est abîmée. Revenez au début du vote.")
    poll = _locked_poll(sitting)
    if poll.ballots.filter(receipt=rules.receipt_digest(code)).exists():
        return code
    check_may(actor, now, access.may_vote, sitting)
    voter = Voter.objects.select_related("seat__college").get(
        poll=poll, seat__user=actor, seat__state=Seat.State.SITTING
    )
    _check_choices(sitting, choices, barred_from(sitting=sitting, user=actor, now=now))
    _enter(poll, voter.seat.college, choices, code)
    _mark(poll, {voter.pk: Voter.Way.SCREEN})
    return code


def _locked_poll(sitting: Sitting) -> Poll:
    poll = Poll.objects.select_for_update().filter(sitting=sitting).first()
    if poll is None or poll.closed_at:
        raise BadBallot("Le vote n'est pas ouvert.")
    return poll


def barred_from(*, sitting: Sitting, user: Any, now: datetime) -> set[int]:
    """The numbers of the projects on which this person does not vote."""
    person = actor_on(user, in_paris(now).date())
    return access.barred_among(person, list(sitting.items.select_related("application")))


def undeclared(sitting: Sitting, user: Any) -> bool:
    """Whether this juror still has to say if they have a link with a project of the agenda."""
    known = Interest.objects.filter(user=user).values("application")
    return sitting.items.exclude(application__in=known).exists()


def _check_choices(sitting: Sitting, choices: Mapping[int, str], barred: set[int]) -> None:
    known = set(sitting.items.values_list("number", flat=True))
    if set(choices) - known:
        raise BadBallot("Un de ces projets n'est pas à l'ordre du jour. Revenez au début du vote.")
    if set(choices.values()) - {"N", "I", *map(str, range(1, rules.MOST_POINTS + 1))}:
        raise BadBallot("Un choix n'est pas lisible. Revenez au début du vote.")
    if barred & set(choices):
        raise NoVote(
            "Vous avez un lien avec un de ces projets : vous ne votez pas dessus. Revenez au "
            "début du vote."
        )
    if left := known - barred - set(choices):
        numbers = ", ".join(str(number) for number in sorted(left))
        raise BadBallot(f"Il manque votre choix pour : {numbers}.")


def _enter(poll: Poll, college: College, choices: Mapping[int, str], code: str) -> None:
    points, against, unsure = rules.split_choices(choices)
    added = Ballot(
        poll=poll, college=college, points=points, receipt=rules.receipt_digest(code)
    )  # fmt: skip
    _rewrite_urn(poll, [*poll.ballots.all(), added])
    rows = Tally.objects.filter(poll=poll)
    rows.update(
        against=F("against") + _one_at(college, against),
        unsure=F("unsure") + _one_at(college, unsure),
    )


def _one_at(college: College, numbers: set[int]) -> Case:
    """1 on the lines of these projects, 0 on all others: every line is written."""
    whens = [When(college=college, number=number, then=Value(1)) for number in sorted(numbers)]
    return Case(*whens, default=Value(0))


def _rewrite_urn(poll: Poll, rows: list[Ballot]) -> None:
    """All ballots written anew, in a random order, under new random ids, at one instant."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")  # freed pages are overwritten
    secrets.SystemRandom().shuffle(rows)
    poll.ballots.all().delete()
    Ballot.objects.bulk_create(
        Ballot(id=uuid4(), poll=poll, college_id=row.college_id, points=row.points,
               receipt=row.receipt)
        for row in rows
    )  # fmt: skip


def _mark(poll: Poll, ways: Mapping[int, str]) -> None:
    """Every line of the attendance sheet is written, so that none is the latest."""
    whens = [When(pk=pk, then=Value(way)) for pk, way in ways.items()]
    Voter.objects.filter(poll=poll).update(way=Case(*whens, default=F("way")))


@transaction.atomic
def sign_for_paper(*, sitting: Sitting, seat: Seat, actor: Any, now: datetime) -> None:
    """Tick a juror who takes paper cards: from then on no screen, and one more paper ballot."""
    check_may(actor, now, access.may_attend, sitting)
    poll = _locked_poll(sitting)
    voter = Voter.objects.select_related("seat__user").filter(poll=poll, seat=seat).first()
    if voter is None:
        raise NoVote("Ce juré n'est pas sur la liste d'émargement.")
    if voter.way:
        raise NoVote("Ce juré a déjà voté, ou déjà pris ses cartes.")
    if barred_from(sitting=sitting, user=voter.seat.user, now=now):
        raise NoVote(
            "Ce juré s'est déporté d'un projet. Les cartes de papier sont sans nom : elles ne "
            "peuvent pas l'en tenir éloigné. Il vote à l'écran, et quelqu'un peut lire avec lui."
        )
    _mark(poll, {voter.pk: Voter.Way.PAPER})


@transaction.atomic
def print_slips(*, sitting: Sitting, counts: Mapping[int, int], actor: Any,
                now: datetime) -> list[tuple[College, str]]:  # fmt: skip
    """Draw the codes of the envelope slips, so many by college; only their digests are kept."""
    check_may(actor, now, access.may_run, sitting.jury)
    poll = _locked_poll(sitting)
    colleges = College.objects.filter(call=sitting.jury.call_id, way=College.Way.CARDS)
    slips = [(row, new_receipt()) for row in colleges for _ in range(counts.get(row.pk, 0))]
    if not 0 < len(slips) <= MOST_SLIPS:
        raise BadBallot(f"Demandez de 1 à {MOST_SLIPS} jeux de cartes.")
    kept = sorted((rules.receipt_digest(code), row.pk) for row, code in slips)
    # Written in the order of their digests: the order of printing, hence of handing out, is lost.
    PaperSlip.objects.bulk_create(
        PaperSlip(poll=poll, college_id=college, receipt=mark) for mark, college in kept
    )
    record(
        actor=actor, action="jury.print_slips", subject=about(sitting.jury),
        data={"sitting": sitting.pk, "count": len(slips)},
    )  # fmt: skip
    return slips


@transaction.atomic
def count_paper(*, sitting: Sitting, packet: rules.Packet, actor: Any, now: datetime) -> bool:
    """Enter one opened envelope; false when it was entered before. Absent cards are "don't know".

    No more envelopes of a college than jurors of it who took cards.
    """
    check_may(actor, now, access.may_run, sitting.jury)
    poll = _locked_poll(sitting)
    mark = rules.receipt_digest(packet.receipt)
    if poll.ballots.filter(receipt=mark).exists():
        return False
    slip = PaperSlip.objects.select_related("college").filter(poll=poll, receipt=mark).first()
    if slip is None:
        raise BadBallot("Ce talon n'est pas de ce scrutin. Mettez l'enveloppe de côté.")
    numbers = set(sitting.items.values_list("number", flat=True))
    choices = dict.fromkeys(sorted(numbers), "I") | packet.choices
    _check_choices(sitting, choices, set())
    signed = Voter.objects.filter(poll=poll, seat__college=slip.college, way=Voter.Way.PAPER)
    free = PaperSlip.objects.filter(poll=poll, college=slip.college)
    entered = free.filter(receipt__in=poll.ballots.values("receipt")).count()
    if entered >= signed.count():
        raise BadBallot(
            f"Il y a déjà {entered} bulletins de papier dans ce collège, autant que de jurés qui "
            "ont pris des cartes. Vérifiez la liste d'émargement."
        )
    _enter(poll, slip.college, choices, packet.receipt)
    return True


def is_counted(*, sitting: Sitting, receipt: str) -> bool:
    """Whether a ballot with this receipt is in the urn. Says nothing of what it holds."""
    mark = rules.receipt_digest(receipt)
    return Ballot.objects.filter(poll__sitting=sitting, receipt=mark).exists()


@transaction.atomic
def close_poll(*, sitting: Sitting, actor: Any, now: datetime, missing: str = "") -> Poll:
    """Close the urn: quorum of each college, a last shuffle, a digest that tells no order.

    `missing` says why fewer envelopes came back than jurors took cards.
    """
    check_may(actor, now, access.may_preside, sitting)
    poll = _locked_poll(sitting)
    turnout = turnout_of(poll)
    _check_quorum({**{key: voted for key, (voted, _) in turnout.items()}, **scored(sitting)})
    rows = list(poll.ballots.all())
    signed = sum(voted for voted, _ in turnout.values())
    if len(rows) < signed and not missing.strip():
        raise BadBallot(
            f"{signed} jurés ont voté et {len(rows)} bulletins sont dans l'urne. Dépouillez "
            "toutes les enveloppes, ou écrivez pourquoi il en manque.",
            field="missing",
        )
    _rewrite_urn(poll, rows)
    _mark(poll, {-1: ""})
    poll.closed_at = now
    poll.digest = rules.ballots_digest((row.college_id, row.points) for row in rows)
    poll.save(update_fields=["closed_at", "digest"])
    record(
        actor=actor, action="jury.close_poll", subject=about(sitting.jury), reason=missing.strip(),
        data={"sitting": sitting.pk, "ballots": len(rows), "digest": poll.digest},
    )  # fmt: skip
    return poll


def _check_quorum(counts: Mapping[College, int]) -> None:
    for college, voted in counts.items():
        if voted < college.quorum:
            what = "jurés ont noté" if college.way == College.Way.SCORES else "votants"
            raise NoQuorum(
                f"Collège « {college} » : {voted} {what}, il en faut {college.quorum}. "
                "Attendez les autres, ou convoquez une nouvelle séance."
            )


def scored(sitting: Sitting) -> dict[College, int]:
    """College that scores -> how many of its jurors scored a project of the agenda."""
    colleges = College.objects.filter(call=sitting.jury.call_id, way=College.Way.SCORES)
    found = utilities_of(sitting)
    of_seat = dict(sitting.jury.seats.filter(pk__in=found).values_list("pk", "college_id"))
    return {row: sum(key == row.pk for key in of_seat.values()) for row in colleges}


def turnout_of(poll: Poll) -> dict[College, tuple[int, int]]:
    """College -> how many voted, of how many."""
    found: dict[College, tuple[int, int]] = {}
    for voter in poll.voters.select_related("seat__college"):
        voted, whole = found.get(voter.seat.college, (0, 0))
        found[voter.seat.college] = (voted + bool(voter.way), whole + 1)
    return found
