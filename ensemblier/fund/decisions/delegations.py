"""Who may sign what: a signatory's own power, or a delegation with its dates and its ceiling."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from ensemblier.base.journal.actions import record, refuse
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.access import Actor, reaches
from ensemblier.base.people.models import Mandate, Role
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.models import Department
from ensemblier.fund.decisions.models import Delegation

NOT_IN_FORCE = (
    "Votre délégation de signature n'est pas en vigueur aujourd'hui : l'autorité qui vous l'a "
    "donnée doit signer."
)


class BadDelegation(Refusal):
    """A delegation that does not hold: its mandate, dates, ceiling or who gives it."""


class AboveCeiling(Refusal):
    """The delegation of this signatory stops below this amount, or is not in force."""


class Power(NamedTuple):
    """Whether somebody signs on a territory that day, and up to how much (None: any amount)."""

    signs: bool
    ceiling_cents: int | None = None

    def allows(self, cents: int) -> bool:
        return self.signs and (self.ceiling_cents is None or cents <= self.ceiling_cents)


def power_of(actor: Actor, department: Department | None) -> Power:
    """The widest power among the mandates that reach this place."""
    mandates = [
        mandate
        for mandate in actor.mandates
        if mandate.role == Role.SIGNATORY and reaches(mandate, department)
    ]
    if not mandates:
        return Power(False)
    given: dict[int, list[Delegation]] = defaultdict(list)
    for row in Delegation.objects.filter(mandate__in=mandates):
        given[row.mandate_id].append(row)
    powers = [_power(given[mandate.pk], actor.day) for mandate in mandates]
    ceilings = [power.ceiling_cents for power in powers if power.signs]
    if not ceilings:
        return Power(False)
    return Power(True, None if None in ceilings else max(c for c in ceilings if c is not None))


def hold_under_ceiling(
    actor: Actor, department: Department | None, cents: int, *, doing: str, field: str = ""
) -> None:
    """Refuse an amount above what this signatory may sign; `doing` ends the sentence."""
    power = power_of(actor, department)
    if not power.signs:
        raise AboveCeiling(NOT_IN_FORCE, field=field)
    if not power.allows(cents):
        raise AboveCeiling(
            f"Votre délégation de signature s'arrête à {euros(power.ceiling_cents)} par décision, "
            f"et {doing} {euros(cents)}. L'autorité qui vous l'a donnée doit signer.",
            field=field,
        )


def _power(rows: list[Delegation], day: date) -> Power:
    if not rows:
        return Power(True)
    now = [row for row in rows if row.starts <= day and (row.ends is None or day <= row.ends)]
    if not now:
        return Power(False)
    # The last act in force replaces those before it.
    return Power(True, max(now, key=lambda row: row.pk).ceiling_cents)


@transaction.atomic
def delegate(
    *,
    mandate: Mandate,
    act: str,
    ceiling_cents: int | None,
    starts: date,
    ends: date | None,
    actor: Any,
    now: datetime,
) -> Delegation:
    """Bind a signatory's mandate to an act of delegation. Nobody delegates to themselves."""
    if mandate.role != Role.SIGNATORY:
        raise BadDelegation("Seul un mandat de signataire se délègue.", field="mandate")
    if mandate.user_id == actor.pk:
        _no("Ce mandat est le vôtre : une autre personne enregistre votre délégation.")
    if not Actor(actor, day=in_paris(now).date()).has(Role.PROGRAMME):
        _no("Le responsable du programme enregistre les délégations.")
    if not act.strip():
        raise BadDelegation("Citez l'arrêté qui donne cette délégation.", field="act")
    if ends is not None and ends < starts:
        raise BadDelegation("La fin de la délégation précède son début.", field="ends")
    row = Delegation.objects.create(
        mandate=mandate,
        act=act.strip(),
        ceiling_cents=ceiling_cents,
        starts=starts,
        ends=ends,
        given_by=actor,
        given_at=now,
    )
    record(
        actor=actor,
        action="delegation.give",
        subject=f"mandate:{mandate.pk}",
        reason=row.act,
        data={
            "ceiling_cents": ceiling_cents,
            "starts": starts.isoformat(),
            "ends": ends.isoformat() if ends else None,
        },
    )
    return row


def _no(reason: str) -> None:
    """Not this person: the attempt is noted."""
    refuse(reason=reason)
    raise BadDelegation(reason, field="mandate")


def sentence(row: Delegation) -> str:
    """What a delegation lets sign, as people read it."""
    if row.ceiling_cents is None:
        return "signe sans plafond"
    return f"signe jusqu'à {euros(row.ceiling_cents)} par décision"
