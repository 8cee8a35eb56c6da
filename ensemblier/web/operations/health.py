"""Is the site able to work? A word for each part, with nothing an attacker could use."""

from __future__ import annotations

import tempfile
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django_tasks_db.models import DBTaskResult

from ensemblier.base.notices.models import MAX_TRIES, Message

LATE_AFTER = timedelta(minutes=15)
PROBE = bytes(64 * 1024)
MOVED_SECONDS = 120


def uptime() -> float:
    """Seconds since the machine started, asleep or not: what nobody can set."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


# What the hour was when this process started, counted from the machine's start.
HOUR_AT_ZERO = time.time() - uptime()


def report(now: datetime) -> dict[str, str]:
    """`ok`, or one word that says what is wrong, for each part."""
    machine = {
        "disk": "ok" if disk_takes_a_file() else "full",
        "clock": "moved" if clock_has_moved(time.time(), uptime()) else "ok",
    }
    return database_report(now) | machine


def database_report(now: datetime) -> dict[str, str]:
    unknown = dict.fromkeys(("tasks", "cache", "mail"), "unknown")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not migrations_are_done():
            return {"database": "ok", "migrations": "pending", **unknown}
        return {
            "database": "ok",
            "migrations": "ok",
            "tasks": "late" if queue_is_late(now) else "ok",
            "cache": "ok" if cache_answers() else "down",
            "mail": "late" if mail_is_late(now) else "ok",
        }
    except (DatabaseError, OSError):
        return {"database": "down", "migrations": "unknown", **unknown}


def cache_answers() -> bool:
    """Without it nobody signs in: tries could not be counted."""
    try:
        cache.get("health")
    except DatabaseError:
        return False
    return True


def disk_takes_a_file() -> bool:
    try:
        with tempfile.TemporaryFile(dir=settings.VAR) as file:
            file.write(PROBE)
            file.flush()
    except OSError:
        return False
    return True


def clock_has_moved(hour: float, since_start: float) -> bool:
    """Someone set the clock since this process started."""
    return abs(hour - since_start - HOUR_AT_ZERO) > MOVED_SECONDS


def mail_is_late(now: datetime) -> bool:
    """A message has been refused by the mail server for a quarter of an hour."""
    tried = Message.objects.waiting().filter(tries__range=(1, MAX_TRIES - 1))
    return tried.filter(created_at__lt=now - LATE_AFTER).exists()


def migrations_are_done() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def queue_is_late(now: datetime) -> bool:
    """A task that could have started has waited for a quarter of an hour: no worker runs."""
    return DBTaskResult.objects.ready().filter(enqueued_at__lt=now - LATE_AFTER).exists()
