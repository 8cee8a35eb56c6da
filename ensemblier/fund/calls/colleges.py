"""The colleges of a call's jury: what share of the decision each has, before anything is frozen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.engines.money import share_out
from ensemblier.fund.calls.actions import CallRefused, lock_draft
from ensemblier.fund.calls.models import Call, College

WHOLE_BP = 10_000
EXAMPLE_CENTS = 100_000_00


class Weight(NamedTuple):
    """What a college's share means, for an envelope of 100 000 €."""

    college: College
    cents: int
    per_seat_cents: int


@transaction.atomic
def set_colleges(*, actor: Any, call: Call, colleges: Sequence[College]) -> None:
    """Replace the colleges of a draft call; none means that the call has no jury."""
    lock_draft(call)
    if colleges and sum(row.share_bp for row in colleges) != WHOLE_BP:
        raise CallRefused("Les parts des collèges font 100 % ensemble. Corrigez-les.")
    for rank, row in enumerate(colleges, start=1):
        row.call, row.position = call, rank
        if not 0 < row.quorum <= row.seats:
            raise CallRefused(
                f"Collège « {row} » : le quorum va de 1 au nombre de sièges ({row.seats}).",
                field=f"quorum_{row.kind}",
            )
        if row.way == College.Way.SCORES and row.kind != College.Kind.INSTITUTIONS:
            raise CallRefused(
                "Seul le collège des institutions note en son nom. Les autres votent par cartes."
            )
    call.colleges.all().delete()
    College.objects.bulk_create(colleges)
    record(actor=actor, action="call.colleges", subject=f"call:{call.pk}")


def weights(colleges: Sequence[College], envelope_cents: int = EXAMPLE_CENTS) -> list[Weight]:
    """What each college, then each of its jurors, carries of an envelope."""
    parts = share_out(envelope_cents, [row.share_bp for row in colleges]) if colleges else []
    return [
        Weight(row, cents, cents // row.seats) for row, cents in zip(colleges, parts, strict=True)
    ]
