"""An instalment read again under the lock of its agreement, before money moves on it."""

from __future__ import annotations

from ensemblier.base.pages.formats import euros
from ensemblier.fund.agreements.models import Instalment

# What an amendment, or an event, may change of it.
MOVED = ["release", "amount_cents", "due_on", "released_at", "clock_starts_on"]


def changed_since(instalment: Instalment) -> str:
    """Read it again; why it cannot be acted upon as it was read, or "": nobody certifies an amount
    that they did not read."""
    seen = instalment.amount_cents
    try:
        instalment.refresh_from_db(fields=MOVED)
    except Instalment.DoesNotExist:
        return "Un avenant signé entre-temps a retiré cette échéance. Relisez l'échéancier."
    if instalment.amount_cents == seen:
        return ""
    return (
        f"Un avenant signé entre-temps a changé cette échéance : {euros(seen)}, puis "
        f"{euros(instalment.amount_cents)}. Relisez-la, puis certifiez."
    )
