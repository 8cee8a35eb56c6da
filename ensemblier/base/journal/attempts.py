"""What was tried and refused, kept although the refusal undid its transaction.

A row written at once would wait for the transaction under way (SQLite has one writer) or be
undone with it. So a request opens `watching(...)`: refusals met inside wait in memory, and are
written through the `side` connection when the request's own transactions are over.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from ensemblier.base.journal.models import RefusedAttempt

logger = logging.getLogger(__name__)


@dataclass
class Watch:
    """The request under way: who asks, for what, and the refusals it met."""

    actor_id: int | None
    action: str
    subject: str
    rows: list[RefusedAttempt] = field(default_factory=list)


_watch: ContextVar[Watch | None] = ContextVar("refused_attempts", default=None)


@contextmanager
def watching(*, actor: Any = None, action: str = "", subject: str = "") -> Iterator[Watch]:
    """Keep the refusals met inside, and write them at the end, whatever happened."""
    watch = Watch(getattr(actor, "pk", None), action, subject)
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)
        write(watch.rows)


def refuse(*, actor: Any = None, action: str = "", subject: str = "", reason: str = "") -> None:
    """Note a refused attempt. What is not said is taken from the request under way."""
    watch = _watch.get()
    row = RefusedAttempt(
        actor_id=getattr(actor, "pk", None) or (watch.actor_id if watch else None),
        action=(action or (watch.action if watch else ""))[:60],
        subject=(subject or (watch.subject if watch else ""))[:250],
        reason=reason,
    )
    if watch is not None:
        watch.rows.append(row)
    elif transaction.get_connection().in_atomic_block:
        # Outside any request, in a transaction that will be undone: the log of the process has it.
        logger.warning("refused: %s on %s", row.action, row.subject)
    else:
        write([row])


def write(rows: list[RefusedAttempt]) -> None:
    """Each row once: an action called twice in one request may refuse twice the same thing."""
    seen: set[tuple[Any, ...]] = set()
    for row in rows:
        key = (row.actor_id, row.action, row.subject, row.reason)
        if key not in seen:
            seen.add(key)
            row.save()
