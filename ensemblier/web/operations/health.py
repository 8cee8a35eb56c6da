"""Is the site able to work? Three short answers, with nothing an attacker could use."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django_tasks_db.models import DBTaskResult

LATE_AFTER = timedelta(minutes=15)


def report(now: datetime) -> dict[str, str]:
    """`ok`, or one word that says what is wrong, for each part."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not migrations_are_done():
            return {"database": "ok", "migrations": "pending", "tasks": "unknown"}
        late = queue_is_late(now)
    except (DatabaseError, OSError):
        return {"database": "down", "migrations": "unknown", "tasks": "unknown"}
    return {"database": "ok", "migrations": "ok", "tasks": "late" if late else "ok"}


def migrations_are_done() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def queue_is_late(now: datetime) -> bool:
    """A task that could have started has waited for a quarter of an hour: no worker runs."""
    return DBTaskResult.objects.ready().filter(enqueued_at__lt=now - LATE_AFTER).exists()
