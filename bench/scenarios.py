"""Four scenarios side by side over 1,200 files: SQL queries, wall time and CPU of the page.

Method: a test database of its own is filled with 1,200 filed files of one call (20 departments in
as many regions, two requests each on two years, nine in ten with an opinion of six scores), and
four scenarios (rank, rate, floor, manual). An officer signs in with a second factor; the page is
asked 20 times through Django's test client, every middleware on, DEBUG off. Wall is
`time.perf_counter`, CPU `time.process_time`; medians. Goal of the issue: 15 SQL and 300 ms of wall;
the peer named there: 78 SQL and 1.8 s.

    DJANGO_SETTINGS_MODULE=ensemblier.web.settings python -m bench.scenarios
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

FILES = 1200
ROUNDS = 5 if "--quick" in sys.argv else 20
MOST_QUERIES, MOST_MILLISECONDS = 15, 300


def fill() -> tuple[Any, Any]:
    from bench.pages import give_opinions
    from ensemblier.base.people.models import Role
    from ensemblier.fund.applications.models import Application, AskedAmount
    from ensemblier.fund.decisions import sharing
    from tests import factories_fund as fund

    programme = fund.programme()
    envelopes = [fund.envelope(4_000_000_00, of=programme, year=year) for year in (2027, 2028)]
    call = fund.call(envelopes=envelopes)
    fund.bulk_applications(FILES, of=call)
    places = [fund.place(str(number)) for number in range(10, 30)]
    rows = list(Application.objects.order_by("pk"))
    for rank, row in enumerate(rows):
        row.commune = places[rank % len(places)]
        row.department = row.commune.department
        row.state = "proposed"
        row.qpv_codes = ["QN01001M"] if rank % 7 == 0 else []
    names = ["commune", "department", "qpv_codes", "state"]
    Application.objects.bulk_update(rows, names, batch_size=500)
    AskedAmount.objects.bulk_create(
        AskedAmount(
            application=row,
            expense_class="investment" if rank % 3 else "support",
            year=2028,
            amount_cents=(5 + rank % 20) * 1_000_00,
        )
        for rank, row in enumerate(rows)
    )
    officer = fund.user(Role.PROGRAMME)
    give_opinions([row for rank, row in enumerate(rows) if rank % 10], call, officer)
    for name, rule in {
        "Au rang": {"kind": "rank"},
        "Même part": {"kind": "rate"},
        "Par région": {"kind": "floor", "floor_bp": 4000},
        "Seuil": {"kind": "rank", "min_score_bp": 5000, "rate_bp": 8000},
    }.items():
        sharing.write(call=call, name=name, rule=rule, actor=officer, now=fund.NOW)
    return officer, call


def timed(ask: Callable[[], Any]) -> tuple[list[float], list[float]]:
    """Milliseconds of wall and of CPU of each request."""
    walls, cpus = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        ask()
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    return walls, cpus


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ensemblier.web.settings")
    os.environ.setdefault("TEST_DB_SUFFIX", "_bench_scenarios")
    import django

    django.setup()
    from django.db import connection, connections
    from django.test import Client
    from django.test.utils import (
        CaptureQueriesContext,
        setup_databases,
        setup_test_environment,
        teardown_databases,
    )
    from django.urls import reverse

    from tests.factories_people import sign_in

    print(__doc__)
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=())
    try:
        officer, call = fill()
        client = sign_in(Client(), officer)
        path = reverse("decisions:scenarios", args=[call.slug])
        client.get(path)
        with ExitStack() as stack:
            seen = [stack.enter_context(CaptureQueriesContext(connections[a])) for a in connections]
            answer = client.get(path)
        assert answer.status_code == 200, answer.status_code
        queries = sum(len(captured) for captured in seen)
        walls, cpus = timed(lambda: client.get(path))
        vendor = connection.vendor
    finally:
        connections.close_all()
        teardown_databases(databases, verbosity=0)
    wall = statistics.median(walls)
    holds = queries <= MOST_QUERIES and wall <= MOST_MILLISECONDS
    print(
        f"{vendor}, {FILES} files, 4 scenarios, median of {ROUNDS}: {queries} SQL, "
        f"{wall:.0f} ms wall (least {min(walls):.0f}), {statistics.median(cpus):.0f} ms CPU, "
        f"{len(answer.content) / 1000:.0f} kB "
        f"[{'within' if holds else 'PASSES'} {MOST_QUERIES} SQL, {MOST_MILLISECONDS} ms; "
        "peer: 78 SQL, 1800 ms]"
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
