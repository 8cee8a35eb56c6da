"""The grid of a draft call: its criteria, their words, weights and scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.fund.calls.actions import CallRefused, lock_draft
from ensemblier.fund.calls.models import Call, Criterion

CHANGED = " modifiée"
HIGHEST_SCALE, HIGHEST_WEIGHT = 20, 20


@dataclass(frozen=True)
class Row:
    """A criterion as it is wanted; `pk` is None for a new one."""

    pk: int | None
    label: str
    explanation: str
    weight: int
    scale_max: int
    levels: tuple[str, ...] = ()


@transaction.atomic
def set_grid(*, actor: Any, call: Call, rows: Sequence[Row]) -> None:
    """Replace the grid by these criteria, in this order; the ones left out go."""
    fresh = lock_draft(call)
    if not rows:
        raise CallRefused("Gardez un critère au moins.")
    for row in rows:
        _check(row)
    known = {criterion.pk: criterion for criterion in call.criteria.all()}
    kept = {row.pk for row in rows if row.pk}
    if kept - set(known):
        raise CallRefused("Un critère a été retiré entre-temps. Rechargez la page.")
    call.criteria.exclude(pk__in=kept).delete()
    codes = iter(_codes({known[pk].code for pk in kept}))
    for place, row in enumerate(rows, start=1):
        criterion = known.get(row.pk) or Criterion(call=call, code=next(codes))
        criterion.position = place
        criterion.label, criterion.explanation = row.label, row.explanation
        criterion.weight, criterion.scale_max = row.weight, row.scale_max
        criterion.levels = list(row.levels)
        criterion.save()
    if not fresh.grid_version.endswith(CHANGED):
        fresh.grid_version = call.grid_version = (fresh.grid_version or "sans modèle") + CHANGED
        fresh.save(update_fields=["grid_version"])
    record(actor=actor, action="call.grid", subject=f"call:{call.pk}")


def _check(row: Row) -> None:
    where = f"Critère « {row.label} » : "
    if not 1 <= row.scale_max <= HIGHEST_SCALE:
        raise CallRefused(f"{where}la note maximale va de 1 à {HIGHEST_SCALE}.")
    if not 1 <= row.weight <= HIGHEST_WEIGHT:
        raise CallRefused(f"{where}le poids va de 1 à {HIGHEST_WEIGHT}.")
    if row.levels and len(row.levels) != row.scale_max + 1:
        raise CallRefused(
            f"{where}l'échelle va de 0 à {row.scale_max}, il faut donc {row.scale_max + 1} mots "
            f"et vous en donnez {len(row.levels)}. Écrivez un mot par ligne, ou aucun."
        )


def _codes(taken: set[str]) -> list[str]:
    """Codes that no criterion kept bears: C1, C2…"""
    return [code for rank in range(1, 100) if (code := f"C{rank}") not in taken]
