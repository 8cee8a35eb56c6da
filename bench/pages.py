"""The staff's pages on 2,000 applications: SQL queries, octets of HTML and CPU of one request.

Method: a test database of its own is filled with 2,000 filed applications (20 departments, half
of them with an opinion of six scores), an officer signs in with a second factor, and each page is
asked 30 times through Django's test client, with every middleware and without DEBUG. SQL counts
all connections (sessions included). CPU is `time.process_time` of this process, so that on SQLite
the database's own work is in it; the median is kept. The peers' figures are those of the issue,
measured on such a machine.

    python -m bench.pages                # SQLite, then PostgreSQL of DATABASE_URL or local
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, NamedTuple

ROUNDS = 5 if "--quick" in sys.argv else 30
FILES = 2000
LOCAL = "postgres://postgres@127.0.0.1:5432/ensemblier"
PEERS = {
    "list": "peers: 142 SQL, 443 kB, 260 ms; 66 SQL, 382 kB, 155 ms",
    "file": "peers: 44 SQL, 84 ms; 25 SQL, 33 ms",
}


class Ceiling(NamedTuple):
    """What the page may not pass."""

    queries: int
    octets: int
    milliseconds: int


CEILINGS = {"list": Ceiling(10, 100_000, 40), "file": Ceiling(15, 10**9, 25)}


class Measure(NamedTuple):
    queries: int
    octets: int
    milliseconds: float


def measure(ask: Callable[[], Any]) -> Measure:
    """One page: counted once, then timed `ROUNDS` times without counting."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    ask()
    with ExitStack() as stack:
        seen = [stack.enter_context(CaptureQueriesContext(connections[a])) for a in connections]
        answer = ask()
    assert answer.status_code == 200, answer.status_code
    queries = sum(len(captured) for captured in seen)
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        ask()
        times.append(time.process_time() - start)
    return Measure(queries, len(answer.content), 1000 * statistics.median(times))


def fill() -> tuple[Any, str]:
    """The applications, and an officer who reads them all; one file has two opinions."""
    from ensemblier.base.people.models import Role
    from ensemblier.fund.applications.models import Application
    from tests import factories_fund as fund
    from tests import factories_review as cases

    call = fund.call()
    fund.bulk_applications(FILES, of=call)
    places = [fund.place(str(number)) for number in range(10, 30)]
    rows = list(Application.objects.order_by("pk"))
    for rank, row in enumerate(rows):
        row.commune = places[rank % len(places)]
        row.department = row.commune.department
        row.qpv_codes = ["QN01001M"] if rank % 7 == 0 else []
    Application.objects.bulk_update(rows, ["commune", "department", "qpv_codes"], batch_size=500)
    officer = fund.user(Role.PROGRAMME)
    give_opinions(rows[::2], call, officer)
    case = cases.given(fund.filed(of=call))
    second = cases.review.join(
        application=case.application, actor=fund.user(Role.PROGRAMME), now=cases.NOW
    )
    draft = cases.saved(second)
    cases.review.give_opinion(
        review=draft, version=draft.version, actor=second.reviewer, now=cases.NOW
    )
    cases.declare(case.application, officer)
    return officer, case.application.number


def give_opinions(rows: list[Any], call: Any, officer: Any) -> None:
    from ensemblier.fund.review.models import Review, Score
    from tests.factories_fund import NOW

    reviews = Review.objects.bulk_create(
        Review(
            application=row,
            reviewer=officer,
            level="national",
            opinion="favourable",
            reasons="Projet solide.",
            proposed_cents=20_000_00,
        )
        for row in rows
    )
    criteria = list(call.criteria.all())
    Score.objects.bulk_create(
        (
            Score(review=review, criterion=criterion, value=criterion.pk % 5, reason="Constat.")
            for review in reviews
            for criterion in criteria
        ),
        batch_size=500,
    )
    Review.objects.update(given_at=NOW)


def run() -> bool:
    """Fill the database named by DATABASE_URL, measure, print; True when no ceiling is passed."""
    import django

    django.setup()
    from django.db import connection, connections
    from django.test import Client
    from django.test.utils import setup_databases, teardown_databases
    from django.urls import reverse

    from tests.factories_people import sign_in

    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=())
    try:
        officer, number = fill()
        client = sign_in(Client(), officer)
        pages = {
            "list": reverse("review:inbox"),
            "file": reverse("review:file", args=[number]),
        }
        print(f"\n{connection.vendor}, {FILES} applications, median of {ROUNDS} requests")
        found = [
            report(name, measure(lambda a=address: client.get(a)))
            for name, address in pages.items()
        ]
    finally:
        connections.close_all()
        teardown_databases(databases, verbosity=0)
    return all(found)


def report(name: str, seen: Measure) -> bool:
    most = CEILINGS[name]
    fits = all(value <= limit for value, limit in zip(seen, most, strict=True))
    limit = f"{most.queries} SQL, {most.milliseconds} ms CPU"
    if name == "list":
        limit += f", {most.octets // 1000} kB"
    print(
        f"  {name}: {seen.queries} SQL, {seen.octets / 1000:.1f} kB, {seen.milliseconds:.1f} ms CPU"
        f"  [{'within' if fits else 'PASSES'} {limit}; {PEERS[name]}]"
    )
    return fits


def main() -> int:
    """Each database in a process of its own, so that one does not warm the other."""
    if "--here" in sys.argv:
        return 0 if run() else 1
    print(__doc__)
    codes = []
    postgres = os.environ.get("DATABASE_URL", "")
    for url in ("", postgres if postgres.startswith("postgres") else LOCAL):
        variables = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        variables |= {"DJANGO_SETTINGS_MODULE": "ensemblier.web.settings"}
        variables |= {"TEST_DB_SUFFIX": "_bench"} | ({"DATABASE_URL": url} if url else {})
        command = [sys.executable, "-m", "bench.pages", "--here", *sys.argv[1:]]
        codes.append(subprocess.run(command, env=variables, check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
