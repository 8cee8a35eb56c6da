"""Writing to the journal, and applying the durations of retention."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ensemblier.base.journal import retention
from ensemblier.base.journal.attempts import refuse
from ensemblier.base.journal.models import Access, Event

__all__ = ["RetentionOutcome", "look", "record", "refuse", "run_retention"]
logger = logging.getLogger(__name__)


def record(
    *, actor: Any, action: str, subject: str, reason: str = "", data: dict[str, Any] | None = None
) -> Event:
    """Add one event; `actor` is an account or None for the system; `subject` is "kind:number"."""
    return Event.objects.create(
        actor_id=getattr(actor, "pk", None),
        action=action,
        subject=subject,
        reason=reason,
        data=data or {},
    )


@dataclass
class RetentionOutcome:
    """How many rows each rule removed, and the rules that failed."""

    counts: dict[str, int] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def run_retention(*, now: datetime) -> RetentionOutcome:
    """Apply every rule. One that fails does not stop the others; each leaves its count."""
    outcome = RetentionOutcome()
    for rule in retention.table():
        if rule.purge is None:
            continue
        # Each purge makes its own transactions: some write through the `side` connection, which
        # would wait for ever for one held here on SQLite.
        try:
            outcome.counts[rule.key] = rule.purge(now)
        except Exception as error:  # noqa: BLE001
            logger.exception("retention rule failed: %s", rule.key)
            outcome.errors[rule.key] = type(error).__name__
    record(
        actor=None,
        action="retention.run",
        subject=f"retention:{now:%Y-%m-%d}",
        data={"counts": outcome.counts, "errors": outcome.errors},
    )
    return outcome


def look(*, actor: Any, path: str) -> None:
    """Note that this account opened this page; written through the `side` connection."""
    Access.objects.create(actor_id=actor.pk, path=path[:250])
