"""Activities are planned, moved, done or cancelled; people sign up, and their minutes are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.activities import gleaning, rules
from ensemblier.chain.activities.models import (
    Activity,
    NotedMinutes,
    Participant,
    Participation,
    Serving,
)
from ensemblier.chain.activities.refusals import BadActivity, NotPlanned
from ensemblier.chain.activities.refusals import NoAgreement as NoAgreement
from ensemblier.chain.commitments.models import Commitment

MORE_FIELDS = frozenset(
    ["opens_at", "closes_at", "places", "iae_agreement", "reason", *gleaning.FIELDS]
)


class SiteClosed(Refusal):
    """Nothing is planned in a closed place."""


class Full(Refusal):
    """Every place is taken."""


class SignUpClosed(Refusal):
    """It is too early or too late to sign up or to order."""


class AlreadySignedUp(Refusal):
    """This person is on the list."""

    status = 409


class Erased(Refusal):
    """This participant asked to be forgotten."""


class BadMinutes(Refusal):
    """Not a whole number of minutes inside a day."""


class AlreadyServed(Refusal):
    """This activity serves this promise, or the promise no longer stands."""

    status = 409


@transaction.atomic
def plan(
    *,
    chain: Chain,
    kind: str,
    title: str,
    site: Site,
    host: Organisation,
    starts_at: datetime,
    ends_at: datetime,
    actor: Any,
    **fields: Any,
) -> Activity:
    """Plan a dated thing at a place.

    `fields`: opens_at, closes_at (to order or sign up), places, iae_agreement, reason; of a
    gleaning also those of `gleaning.FIELDS`.
    """
    if unknown := sorted(set(fields) - MORE_FIELDS):
        raise TypeError(f"unknown fields of an activity: {', '.join(unknown)}")
    if kind not in Activity.Kind.values:
        raise BadActivity("Choisissez la nature de l'activité dans la liste.", field="kind")
    if not title.strip():
        raise BadActivity("Donnez un titre : c'est lui qu'on lit dans l'agenda.", field="title")
    if site.chain_id != chain.pk:
        raise BadActivity("Ce lieu n'est pas de cette filière.", field="site")
    activity = Activity(
        chain=chain,
        kind=kind,
        title=title.strip()[:160],
        site=site,
        host=host,
        starts_at=starts_at,
        ends_at=ends_at,
        **fields,
    )
    _check_dates(activity)
    gleaning.check(activity)
    activity.save()
    record(actor=actor, action="activity.planned", subject=f"activity:{activity.pk}")
    return activity


@transaction.atomic
def move(
    *, activity: Activity, starts_at: datetime, ends_at: datetime, reason: str, actor: Any
) -> Activity:
    """Weather, a broken van: a new row at the new date. Sign-ups and served promises follow."""
    held = _planned(activity)
    if not reason.strip():
        raise BadActivity("Dites pourquoi la date change : les inscrits le liront.", field="reason")
    shift = starts_at - held.starts_at
    new = Activity(
        chain_id=held.chain_id,
        kind=held.kind,
        title=held.title,
        site=held.site,
        host_id=held.host_id,
        starts_at=starts_at,
        ends_at=ends_at,
        opens_at=held.opens_at,
        closes_at=_shifted(held.closes_at, shift),
        places=held.places,
        iae_agreement_id=held.iae_agreement_id,
        **{name: getattr(held, name) for name in gleaning.FIELDS},
    )
    _check_dates(new)
    gleaning.check_moved(new)
    new.save()
    held.participations.update(activity=new)
    held.servings.update(activity=new)
    _leave(activity, Activity.State.MOVED, reason, actor, moved_to=new)
    return new


@transaction.atomic
def cancel(*, activity: Activity, reason: str, actor: Any) -> Activity:
    """It will not take place, and why."""
    _planned(activity)
    if not reason.strip():
        raise BadActivity("Dites pourquoi : les inscrits le liront.", field="reason")
    return _leave(activity, Activity.State.CANCELLED, reason, actor)


@transaction.atomic
def finish(*, activity: Activity, actor: Any) -> Activity:
    """It took place."""
    _planned(activity)
    return _leave(activity, Activity.State.DONE, "", actor)


@transaction.atomic
def serve(*, activity: Activity, commitment: Commitment, actor: Any = None) -> Serving:
    """This activity serves this promise; an order cycle takes orders while it is open."""
    held = _planned(activity)
    promised = Commitment.objects.select_for_update().get(pk=commitment.pk)
    if promised.chain_id != held.chain_id:
        raise BadActivity("Cette promesse est d'une autre filière.", field="commitment")
    if promised.state != Commitment.State.OPEN:
        raise AlreadyServed("Cette promesse est déjà tenue ou annulée.")
    if held.kind == Activity.Kind.CYCLE:
        _check_open(held, promised.created_at, "La commande")
    if held.servings.filter(commitment=promised).exists():
        raise AlreadyServed("Cette promesse est déjà servie par cette activité.")
    serving = Serving.objects.create(activity=held, commitment=promised)
    record(
        actor=actor,
        action="activity.serves",
        subject=f"activity:{held.pk}",
        data={"commitment": promised.pk},
    )
    return serving


@transaction.atomic
def add_participant(
    *, chain: Chain, organisation: Organisation, alias: str, actor: Any
) -> Participant:
    """A person under a name of their choice, known by this organisation only."""
    participant = Participant.objects.create(
        chain=chain, organisation=organisation, alias=alias.strip()[:80]
    )
    record(actor=actor, action="participant.added", subject=f"participant:{participant.pk}")
    return participant


@transaction.atomic
def erase_participant(
    *, participant: Participant, now: datetime, actor: Any, reason: str = ""
) -> Participant:
    """The name and the code are gone; the hours stay, without anybody behind them."""
    participant.alias = ""
    participant.code = uuid4()
    participant.erased_at = now
    participant.save(update_fields=["alias", "code", "erased_at"])
    record(
        actor=actor,
        action="participant.erased",
        subject=f"participant:{participant.pk}",
        reason=reason,
    )
    return participant


@transaction.atomic
def sign_up(
    *,
    activity: Activity,
    participant: Participant,
    nature: str,
    actor: Any,
    role: str = "",
    now: datetime | None = None,
) -> Participation:
    """Take a place. With `now`, only while sign-up is open and the activity is not over."""
    held = _planned(activity)
    if nature not in Participation.Nature.values:
        raise BadActivity("Dites à quel titre cette personne participe.", field="nature")
    if participant.erased_at is not None:
        raise Erased("Cette personne a demandé l'oubli : inscrivez-la comme une nouvelle personne.")
    if participant.chain_id != held.chain_id:
        raise BadActivity("Cette personne est d'une autre filière.", field="participant")
    if now is not None:
        _check_open(held, now, "L'inscription")
    if held.participations.filter(participant=participant).exists():
        raise AlreadySignedUp("Cette personne est déjà inscrite.")
    if held.places is not None and held.participations.count() >= held.places:
        many = held.places > 1
        taken = f"Les {held.places} places sont prises" if many else "La seule place est prise"
        raise Full(f"{taken}. Proposez une autre date, ou ajoutez des places.")
    row = Participation.objects.create(
        activity=held, participant=participant, nature=nature, role=role
    )
    record(actor=actor, action="activity.signed_up", subject=f"activity:{held.pk}")
    return row


@transaction.atomic
def record_minutes(
    *, participation: Participation, minutes: int, now: datetime, actor: Any
) -> Participation:
    """How long the person was there; 0 for somebody who did not come. What was written before stays
    in the rows of `NotedMinutes`: reports of closed days are made of them."""
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 <= minutes <= 1440:
        raise BadMinutes(
            "Donnez des minutes entières, entre 0 (absence) et 1 440 (un jour).", field="minutes"
        )
    if participation.activity.state in (Activity.State.CANCELLED, Activity.State.MOVED):
        raise NotPlanned("Cette activité n'a pas eu lieu à cette date : aucune heure n'y compte.")
    held = Participation.objects.select_for_update().get(pk=participation.pk)
    before, participation.minutes = held.minutes, minutes
    participation.save(update_fields=["minutes"])
    if minutes != (before or 0):
        NotedMinutes.objects.create(
            participation=participation,
            minutes=minutes - (before or 0),
            day=in_paris(participation.activity.starts_at).date(),
            created_at=now,
        )
    record(
        actor=actor,
        action="activity.minutes",
        subject=f"participation:{participation.pk}",
        data={"before": before, "after": minutes},
    )
    return participation


@transaction.atomic
def record_sheet(*, sheet: Sequence[tuple[Participation, int]], now: datetime, actor: Any) -> int:
    """The sheet filled at the end of an activity, all of it or nothing; how many lines changed."""
    changed = [(row, minutes) for row, minutes in sheet if row.minutes != minutes]
    for row, minutes in changed:
        record_minutes(participation=row, minutes=minutes, now=now, actor=actor)
    return len(changed)


def _planned(activity: Activity) -> Activity:
    """The row itself, locked, when it is still to come."""
    held = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
    if held.state != Activity.State.PLANNED:
        raise NotPlanned(f"Cette activité est déjà {held.get_state_display()}. Rechargez la page.")
    return held


def _check_dates(activity: Activity) -> None:
    if not activity.site.is_open:
        raise SiteClosed(f"{activity.site} est fermé : choisissez un autre lieu.", field="site")
    if activity.ends_at <= activity.starts_at:
        raise BadActivity("La fin précède le début.", field="ends_at")
    opens, closes = activity.opens_at, activity.closes_at
    if opens and closes and closes <= opens:
        raise BadActivity("La clôture précède l'ouverture.", field="closes_at")
    places = activity.places
    if places is not None and (isinstance(places, bool) or places < 1):
        raise BadActivity("Il faut au moins une place, ou rien s'il n'y a pas de limite.")


def _check_open(activity: Activity, at: datetime, what: str) -> None:
    closed = rules.closed_at(activity.opens_at, activity.closes_at or activity.ends_at, at)
    if closed == "early":
        raise SignUpClosed(f"{what} n'est pas encore ouverte : revenez à la date d'ouverture.")
    if closed == "late":
        raise SignUpClosed(f"{what} est close : proposez la prochaine date.")


def _shifted(moment: datetime | None, shift: timedelta) -> datetime | None:
    return None if moment is None else moment + shift


def _leave(
    activity: Activity, state: str, reason: str, actor: Any, moved_to: Activity | None = None
) -> Activity:
    activity.state, activity.reason, activity.moved_to = state, reason.strip()[:300], moved_to
    activity.save(update_fields=["state", "reason", "moved_to"])
    record(
        actor=actor, action=f"activity.{state}", subject=f"activity:{activity.pk}", reason=reason
    )
    return activity
