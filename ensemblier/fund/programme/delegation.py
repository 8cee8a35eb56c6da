"""Delegating money to a narrower envelope, giving it back, and the ceilings of each year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from ensemblier.base.journal.actions import record, refuse
from ensemblier.base.ledger.actions import transfer
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import Actor, Answer
from ensemblier.base.refusal import Refusal
from ensemblier.fund.programme import access
from ensemblier.fund.programme.figures import figures_by_envelope
from ensemblier.fund.programme.models import Envelope, GiftYear, Programme, YearCeiling
from ensemblier.fund.programme.rules import narrower_fault


class DelegationRefused(Refusal):
    """The money cannot go to that envelope, or not by this person."""


class CeilingReached(Refusal):
    """The commitments of a year would go over what its budget can bear. Nothing is committed."""


@transaction.atomic
def delegate(
    *,
    key: UUID,
    actor: Any,
    envelope: Envelope,
    to: Envelope,
    amount_cents: int,
    day: date,
    reason: str,
) -> None:
    """Move money to a narrower envelope, once for each key; only what is still available."""
    _require(access.may_delegate(Actor(actor, day=day), envelope))
    if fault := narrower_fault(to, envelope):
        raise DelegationRefused(fault, field="to")
    _move(key, actor, envelope, to, amount_cents, day, reason, "envelope.delegate")
    if to.parent_id is None:
        to.parent = envelope
        to.save(update_fields=["parent"])


@transaction.atomic
def give_back(
    *, key: UUID, actor: Any, envelope: Envelope, amount_cents: int, day: date, reason: str
) -> None:
    """Send back to the parent what is not committed."""
    _require(access.may_delegate(Actor(actor, day=day), envelope))
    if envelope.parent is None:
        raise DelegationRefused("Cette enveloppe n'a reçu aucune délégation.")
    _move(key, actor, envelope, envelope.parent, amount_cents, day, reason, "envelope.give_back")


def _require(answer: Answer) -> None:
    """The guard's answer, asked again by the action; a refused attempt is noted."""
    if not answer.allowed:
        reason = answer.reason or "Cette enveloppe n'est pas la vôtre."
        refuse(reason=reason)
        raise DelegationRefused(reason)


def _move(
    key: UUID,
    actor: Any,
    source: Envelope,
    target: Envelope,
    cents: int,
    day: date,
    reason: str,
    action: str,
) -> None:
    if not reason.strip():
        raise DelegationRefused("Dites pourquoi, en quelques mots.", field="reason")
    known = Transfer.objects.filter(key=key).exists()
    transfer(
        key=key,
        debit=source.account,
        credit=target.account,
        amount_cents=cents,
        day=day,
        reason=reason.strip(),
        reference=f"envelope:{source.pk}",
        actor=actor,
    )
    if known:
        return
    record(
        actor=actor,
        action=action,
        subject=f"envelope:{source.pk}",
        reason=reason.strip(),
        data={"cents": cents, "to": target.pk, "key": str(key)},
    )


@transaction.atomic
def set_ceiling(
    *,
    actor: Any,
    programme: Programme,
    year: int,
    amount_cents: int,
    reason: str,
    now: datetime,
) -> YearCeiling:
    """Say the most that may be committed on a year; never below what is committed already."""
    if not programme.first_year <= year <= programme.last_year:
        raise CeilingReached(
            f"Le programme va de {programme.first_year} à {programme.last_year}.", field="year"
        )
    if not reason.strip():
        raise CeilingReached("Dites d'où vient ce plafond.", field="reason")
    _lock(programme)
    engaged = committed(programme, year)
    if amount_cents < engaged:
        raise CeilingReached(
            f"{euros(engaged)} sont déjà engagés sur {year} : le plafond ne peut pas être plus "
            "bas.".replace(" :", "\u00a0:"),
            field="amount_cents",
        )
    ceiling = YearCeiling.objects.create(
        programme=programme,
        year=year,
        amount_cents=amount_cents,
        reason=reason.strip(),
        set_by=actor,
        set_at=now,
    )
    record(
        actor=actor,
        action="programme.ceiling",
        subject=f"programme:{programme.pk}",
        reason=reason.strip(),
        data={"year": year, "cents": amount_cents},
    )
    return ceiling


def hold_under_ceilings(wanted: Mapping[Envelope, int]) -> None:
    """Refuse to commit `wanted` cents if a year would go over its ceiling; less than nothing is
    given back.

    Called inside the transaction that commits: the programme's row is locked first, so that two
    decisions at once see each other.
    """
    by_year: dict[tuple[Programme, int], int] = {}
    for envelope, cents in wanted.items():
        place = (envelope.programme, envelope.year)
        by_year[place] = by_year.get(place, 0) + cents
    programmes = sorted({programme for programme, _ in by_year}, key=lambda row: row.pk)
    ceilings = {row.pk: ceilings_of(row) for row in programmes}
    for programme in programmes:
        if ceilings[programme.pk]:
            _lock(programme)
    for (programme, year), cents in sorted(by_year.items(), key=lambda item: item[0][1]):
        most = ceilings[programme.pk].get(year)
        if most is None or cents <= 0:  # what moves inside a year commits nothing more
            continue
        engaged = committed(programme, year)
        if engaged + cents > most:
            raise CeilingReached(
                f"Le plafond d'engagement de {year} est de {euros(most)}, dont {euros(engaged)} "
                f"déjà engagés : {euros(cents)} de plus le dépassent. Rien n'est décidé : réduisez "
                "le montant de cette année, ou faites relever le plafond.".replace(" :", "\u00a0:"),
                field="awards",
            )


def ceilings_of(programme: Programme) -> dict[int, int]:
    """The ceiling in force of each year that has one."""
    last = (
        YearCeiling.objects.filter(programme=programme)
        .order_by()
        .values("year")
        .annotate(last=Max("pk"))
        .values("last")
    )
    return dict(YearCeiling.objects.filter(pk__in=last).values_list("year", "amount_cents"))


def committed(programme: Programme, year: int) -> int:
    """Decided or agreed on the envelopes of a year, from the books."""
    found = figures_by_envelope(programme.envelopes.filter(year=year))
    return sum(row.engaged for row in found.values())


def _lock(programme: Programme) -> None:
    Programme.objects.select_for_update().get(pk=programme.pk)


@transaction.atomic
def record_gifts(
    *,
    actor: Any,
    year: int,
    gifts_cents: int,
    source: str,
    is_assumed: bool,
    now: datetime,
) -> GiftYear:
    """Write what was given in a year; a later figure of the same year replaces it, both stay."""
    if not source.strip():
        raise DelegationRefused("Dites d'où vient ce montant.", field="source")
    row = GiftYear.objects.create(
        year=year,
        gifts_cents=gifts_cents,
        source=source.strip(),
        is_assumed=is_assumed,
        recorded_by=actor,
        recorded_at=now,
    )
    record(
        actor=actor,
        action="programme.gifts",
        subject=f"gift_year:{row.pk}",
        reason=source.strip(),
        data={"year": year, "cents": gifts_cents, "assumed": is_assumed},
    )
    return row
