"""The month's end of a network: 400 groceries, 200 growers, a million lines, beside an ORM loop.

Method: a test database of its own holds two networks drawn alike, their lines written without
shares as an import does: 85 % to a card under a scheme (a weighted group with its cents' memory,
caps by unit and by household, an envelope that ends), 10 % to organisations, 5 % at the till, three
in a thousand undone. Ours does all of the first network: `close_month` (shares, moves in the books,
invoices, self-billed invoices, funders' calls), then a PDF summed by product and price and a CSV
of the lines for each document. The peer, `bench/month_end_peer.py`, takes the lines one after the
other by the ORM, with the same documents; it does the second network, a whole one of
two groceries, so that its documents have as many lines each, and its rate is given in lines a
second; the time that it would take for all is an extrapolation, printed as such. Beside wall time,
the CPU time of the process (on PostgreSQL the server's is not in it).
Then the second network's results are compared with those of a third, drawn alike and done by ours:
the same cents by payer, and the same totals of documents. Goal: at least 5 times the peer's rate.

    python -m bench.month_end [--quick] [--lines=N] [--sample=N] [--prepared]
    # on SQLite, then on PostgreSQL of DATABASE_URL when there is one; --prepared: the test database
    # of PostgreSQL is there, migrated and empty (migrating takes minutes)
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import month_end_network as network
from bench.both import on_each_database

QUICK = "--quick" in sys.argv
ASKED = {name: int(n or 0) for name, _, n in (each.partition("=") for each in sys.argv[1:])}
LINES = ASKED.get("--lines") or (20_000 if QUICK else 1_000_000)
# A whole number of groceries and growers at full size.
SAMPLE = ASKED.get("--sample") or max(LINES // 200, min(LINES, 1_000))
GOAL = 5.0


class Watch:
    """How long each phase takes, from what the action tells of its progress."""

    def __init__(self) -> None:
        self.begun = self.last = time.perf_counter()
        self.cpu = time.process_time()
        self.phases: dict[str, float] = {}

    def show(self, run: Any) -> None:
        now = time.perf_counter()
        self.phases[run.phase] = self.phases.get(run.phase, 0) + now - self.last
        self.last = now

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.phases[name] = self.phases.get(name, 0) + now - self.last
        self.last = now

    @property
    def cpu_seconds(self) -> float:
        return time.process_time() - self.cpu

    @property
    def seconds(self) -> float:
        return self.last - self.begun


def ours(made: network.Network, shown: Callable[[Any], None], watch: Watch) -> Any:
    """The whole month's end, files included."""
    from ensemblier.chain.billing.month_end import close_month
    from ensemblier.chain.billing.month_end_files import write_files

    def progress(run: Any) -> None:
        watch.show(run)
        shown(run)

    day = network.NOW.date()
    told = {"chain": made.chain, "until": network.UNTIL, "day": day, "actor": None}
    run = close_month(**told, clock=lambda: network.NOW, progress=progress)
    watch.lap("documents")
    with tempfile.TemporaryDirectory() as folder:
        write_files(run, Path(folder))
    watch.lap("files")
    return run


def results(chain: Any) -> dict[str, Any]:
    """What must be the same by both: cents by payer and reason, moves, totals of documents."""
    from django.db.models import Count, Sum

    from ensemblier.chain.billing.models import Document
    from ensemblier.chain.cofinancing.models import Share

    shares = Share.objects.filter(line__chain=chain).values_list("payer__name", "step", "reason")
    documents = Document.objects.filter(chain=chain).values_list("kind")
    return {
        "shares": sorted(
            ((name or "", *rest) for name, *rest in shares.annotate(n=Count("pk"), c=Sum("cents"))),
            key=repr,
        ),
        "documents": sorted(documents.annotate(n=Count("pk"), c=Sum("total_cents"))),
    }


def megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def run() -> bool:
    """One database: fill it, measure, compare, print; True when the goal holds."""
    import django

    django.setup()
    from django.db import connection, connections
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    from bench import month_end_peer
    from tests import template

    setup_test_environment()
    kept = "--prepared" in sys.argv
    if connection.vendor == "sqlite":
        kept = template.copy(template.template(), Path(connection.creation._get_test_db_name()))
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=(), keepdb=kept)
    try:
        begun = time.perf_counter()
        whole = network.make(LINES, 1)
        sample = network.make(SAMPLE, LINES + 1)
        twin = network.make(SAMPLE, LINES + SAMPLE + 1)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        print(
            f"\n{connection.vendor}: {LINES:,} lines in {whole.groceries} groceries, filled in "
            f"{time.perf_counter() - begun:.0f} s",
            flush=True,
        )
        cpu = time.process_time()
        peer = month_end_peer.close_month(sample)
        cpu = time.process_time() - cpu
        told(f"peer, {SAMPLE:,} lines", SAMPLE, sum(peer.values()), cpu, peer)
        ours(twin, quiet, Watch())  # compiles the kernel, too
        assert results(sample.chain) == results(twin.chain), "not the same month"
        before, watch = megabytes(), Watch()
        done = ours(whole, Told().show, watch)
        told(f"ours, {LINES:,} lines", LINES, watch.seconds, watch.cpu_seconds, watch.phases)
        return verdict(done, peer, watch, before)
    finally:
        connections.close_all()
        teardown_databases(databases, verbosity=0)


def verdict(done: Any, peer: dict[str, float], watch: Watch, before: int) -> bool:
    from django.db import connection

    ratio = (LINES / watch.seconds) / (SAMPLE / sum(peer.values()))
    extrapolated = sum(peer.values()) * LINES / SAMPLE
    print(
        f"  {done.transfers:,} moves, {done.documents} documents, {done.refused} lines refused; "
        f"memory {before} MB before, {megabytes()} MB at most\n"
        f"  extrapolated, the peer would take {extrapolated / 60:.0f} min for what ours did in "
        f"{watch.seconds / 60:.1f} min: ratio {ratio:.1f}, goal {GOAL:g}  "
        f"[{'within' if ratio >= GOAL else 'PASSES'}]",
        flush=True,
    )
    out = Path(__file__).resolve().parents[1] / "var" / "bench"
    out.mkdir(parents=True, exist_ok=True)
    found = {"lines": LINES, "sample": SAMPLE, "ours": watch.phases, "peer": peer, "ratio": ratio}
    (out / f"month_end_{connection.vendor}.json").write_text(json.dumps(found, indent=1) + "\n")
    return QUICK or ratio >= GOAL


def told(name: str, lines: int, seconds: float, cpu: float, phases: dict[str, float]) -> None:
    parts = ", ".join(f"{phase} {spent:.1f} s" for phase, spent in phases.items())
    print(
        f"  {name:24} {seconds:8.1f} s   {lines / seconds:8,.0f} lines a second   "
        f"CPU {1000 * cpu / lines:.2f} s by thousand   ({parts})",
        flush=True,
    )


def quiet(run: Any) -> None:
    """Nobody watches."""


class Told:
    """A line every half minute, as the command gives."""

    def __init__(self) -> None:
        self.begun = self.last = time.perf_counter()

    def show(self, run: Any) -> None:
        from ensemblier.chain.billing.month_end_command import said

        now = time.perf_counter()
        if now - self.last > 30:
            self.last = now
            print(f"    {said(run, now - self.begun, run.lines)}", flush=True)


if __name__ == "__main__":
    sys.exit(on_each_database("bench.month_end", run, __doc__))
