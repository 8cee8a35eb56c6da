"""Every board at the size of a region's season: SQL queries and CPU of one request.

Method: a test database of its own is filled by the season of the demonstration (1,200 files, 40
instructors, decisions, payments and reports through the books). Each board is opened by who it is
for, with a second factor, through Django's test client, every middleware on, DEBUG off: once
counted (all connections, sessions included), then timed 20 times. As in the server, what is loaded
at start is out of the garbage collector's reach (web/wsgi.py). CPU is `time.process_time` of this
process (on SQLite the database's own work is in it), wall is `time.perf_counter`; medians.
Goals of the issue: every board under 15 SQL and 100 ms of CPU; the page of scenarios under 15 SQL
and 300 ms of wall. The peer it names there: 78 SQL and 1.8 s.

    DJANGO_SETTINGS_MODULE=ensemblier.web.settings python -m bench.boards [--quick]
    # on SQLite, then on PostgreSQL of DATABASE_URL when there is one
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

from bench.both import on_each_database

QUICK = "--quick" in sys.argv
FILES, INSTRUCTORS = (120, 10) if QUICK else (1200, 40)
ROUNDS = 3 if QUICK else 20
MOST_QUERIES, MOST_CPU, MOST_WALL = 14, 100, 300


def pages() -> Iterator[tuple[str, str, str]]:
    """Who opens it, what it is called here, its address."""
    from django.urls import reverse
    from django.utils import timezone

    from ensemblier.fund.payments.models import Payment

    past = (timezone.localdate() - timedelta(days=120)).isoformat()
    paid = Payment.objects.filter(state="paid").order_by("pk").first()
    assert paid is not None
    officer = reverse("boards:officer")
    yield "programme", "officer", officer
    yield "programme", "officer, a past day", f"{officer}?au={past}"
    yield "programme", "officer, by class", f"{officer}?par=depense"
    yield "programme", "rows of a figure", f"{reverse('boards:rows')}?etape=paye"
    yield "programme", "figures to quote", reverse("boards:answer")
    yield "instruction-1", "instructor", reverse("boards:instructor")
    yield "reseau", "network head", reverse("boards:network")
    yield "organisation-1", "applicant", reverse("boards:owed")
    yield "auditeur", "auditor, a past day", f"{reverse('boards:audit')}?au={past}"
    yield "auditeur", "a paid euro to its papers", reverse("boards:evidence", args=[paid.pk])
    yield "auditeur", "sample", f"{reverse('boards:sample')}?graine=7&methode=monetary"
    yield "programme", "scenarios", reverse("decisions:scenarios", args=["saison-d-exemple-local"])


def measure(client: Any, path: str) -> tuple[int, float, float]:
    """SQL of one request, then the medians of CPU and wall, in milliseconds."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    client.get(path)
    with ExitStack() as stack:
        seen = [stack.enter_context(CaptureQueriesContext(connections[a])) for a in connections]
        answer = client.get(path)
    queries = sum(map(len, seen))  # now: the next request empties what was captured
    assert answer.status_code == 200, (path, answer.status_code)
    cpus, walls = [], []
    for _ in range(ROUNDS):
        cpu, wall = time.process_time(), time.perf_counter()
        client.get(path)
        cpus.append(1000 * (time.process_time() - cpu))
        walls.append(1000 * (time.perf_counter() - wall))
    return queries, statistics.median(cpus), statistics.median(walls)


def run() -> bool:
    """One database: fill it, measure each page, print; True when no goal is passed."""
    import django

    django.setup()
    from django.db import connection, connections
    from django.test import Client, override_settings
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases
    from django.utils import timezone

    from ensemblier.base.people.models import User
    from ensemblier.web.demo.season import DOMAIN, load_season
    from ensemblier.web.wsgi import freeze
    from tests.factories_boards import centre
    from tests.factories_people import sign_in

    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=())
    holds = True
    try:
        centre()
        with override_settings(MODE="demo"):
            load_season(now=timezone.now(), files=FILES, instructors=INSTRUCTORS)
        freeze()
        print(f"\n{connection.vendor}, {FILES} files, median of {ROUNDS} requests")
        for who, name, path in pages():
            client = sign_in(Client(), User.objects.get(email=f"{who}@{DOMAIN}"))
            queries, cpu, wall = measure(client, path)
            slow = wall > MOST_WALL if name == "scenarios" else cpu > MOST_CPU
            fits = queries <= MOST_QUERIES and (QUICK or not slow)
            holds = holds and fits
            print(
                f"  {name:26} {queries:3} SQL {cpu:6.1f} ms CPU {wall:6.1f} ms wall  "
                f"[{'within' if fits else 'PASSES'}]",
                flush=True,
            )
    finally:
        connections.close_all()
        teardown_databases(databases, verbosity=0)
    return holds


if __name__ == "__main__":
    sys.exit(on_each_database("bench.boards", run, __doc__))
