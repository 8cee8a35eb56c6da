"""A recall among a million lots: from one lot to every place that got some, and back up.

Method: a test database of its own holds 1,000,000 lots: 300,000 raw ones, then five levels of
processing of 140,000 lots, each made of three lots of the level before; every lot is made in one
of 50 kitchens and sent to one of 3,000 places (two million movements). One raw lot goes into 60
lots more than the others. `queries.reached` (places, activities, organisations that got some) and
`closure.above` (what a finished lot was made of) are timed beside the named peer, a loop that asks
Django's ORM for one level after the other, then for the movements; both must find the same. Each
is run once to warm up, then 15 times, ours and the peer in turn; medians of wall time. Goal: both
under 200 ms on each database, and 2,000 places or more.

    python -m bench.recall [--quick]
    # on SQLite, then on PostgreSQL of DATABASE_URL when there is one
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from bench.both import on_each_database

QUICK = "--quick" in sys.argv
RAW, LEVEL, SITES, HUB = (6_000, 2_800, 100, 20) if QUICK else (300_000, 140_000, 3_000, 60)
LEVELS, PARENTS, KITCHENS = 5, 3, 50
LOTS = RAW + LEVELS * LEVEL
ROUNDS = 3 if QUICK else 15
MOST_MS, LEAST_SITES = 200, 0 if QUICK else 2_000
CHUNK = 10_000  # SQLite takes 250,000 values in a query at most


class Ends(NamedTuple):
    """Numbers of the lot that is recalled and of a finished lot."""

    recalled: int
    finished: int


def series(count: int) -> str:
    """The numbers 0 to count - 1, as a table `n`."""
    from django.db import connection

    if connection.vendor == "postgresql":
        return f"generate_series(0::bigint, {count - 1}) AS n(i)"
    return (
        "(WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s "
        f"WHERE i + 1 < {count}) SELECT i FROM s) AS n"
    )


def insert(cursor: Any, table: str, columns: dict[str, str], count: int) -> None:
    """Rows made by SQL alone: filling is not what is timed."""
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} "
        f"FROM {series(count)}"
    )


def fill() -> Ends:
    """The lots, their edges and their movements."""
    from django.db import connection

    from tests.factories_stock import Pantry, make_activity, make_site

    pantry = Pantry()
    first_site = make_site(pantry.chain, "Lieu 0").pk
    for number in range(1, SITES):
        assert make_site(pantry.chain, f"Lieu {number}").pk == first_site + number
    made, sent = movements(first_site, make_activity(pantry.kitchen).pk)
    hub = {"child_id": f"{RAW} + 1 + i * 7", "parent_id": "1"}
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        # Nobody else is there, and every number is right: the checks of foreign keys would only
        # make the filling longer.
        off = "SET session_replication_role = replica"
        cursor.execute(off if is_postgresql else "PRAGMA foreign_keys = OFF")
        insert(cursor, "stock_lot", lot_columns(pantry), LOTS)
        for rank in range(PARENTS):
            insert(cursor, "stock_lotparent", edges(rank), LEVELS * LEVEL)
        insert(cursor, "stock_lotparent", hub, HUB)
        insert(cursor, "stock_movement", made, LOTS)
        insert(cursor, "stock_movement", sent, LOTS)
        cursor.execute("ANALYZE")
    return Ends(recalled=1, finished=LOTS)


def lot_columns(pantry: Any) -> dict[str, str]:
    """Lots 1 to LOTS."""
    return {
        "id": "i + 1",
        "chain_id": str(pantry.chain.pk),
        "product_id": str(pantry.carrots.pk),
        "origin_id": str(pantry.garden.pk),
        "number": "'B-' || i",
        "is_gift_only": "false",
        "is_aid_only": "false",
        "legal_status": "''",
        "created_at": "'2026-03-03 09:00:00'",
    }


def movements(first_site: int, work: int) -> tuple[dict[str, str], dict[str, str]]:
    """Each lot is made in a kitchen, then sent to a place."""
    from django.db import connection

    on_postgresql = connection.vendor == "postgresql"
    unique = "lpad(to_hex({0}), 32, '0')::uuid" if on_postgresql else "printf('%032x', {0})"
    kitchen = f"{first_site} + i % {KITCHENS}"
    every = {
        "lot_id": "i + 1",
        "milli": "1000",
        "grams": "1000",
        "day": "'2026-03-03'",
        "asked": "''",
        "note": "''",
        "created_at": "'2026-03-03 09:00:00'",
    }
    made = {"kind": "'made'", "target_id": kitchen, "activity_id": str(work)}
    sent = {
        "kind": "'transport'",
        "source_id": kitchen,
        "target_id": f"{first_site} + {KITCHENS} + (i * 7919) % {SITES - KITCHENS}",
    }
    made["key"], sent["key"] = unique.format("i + 1"), unique.format(f"i + 1 + {LOTS}")
    return every | made, every | sent


def edges(rank: int) -> dict[str, str]:
    """One parent of each made lot, in the level before; the steps spread them evenly."""
    level, place = f"(i / {LEVEL})", f"((i % {LEVEL}) * 7919 + {rank} * 104729)"
    raw = f"2 + {place} % {RAW - 1}"  # lot 1 is given its children apart
    before = f"{RAW} + 1 + ({level} - 1) * {LEVEL} + {place} % {LEVEL}"
    return {
        "child_id": f"{RAW} + 1 + i",
        "parent_id": f"CASE WHEN {level} = 0 THEN {raw} ELSE {before} END",
    }


def chunks(numbers: Iterable[int]) -> Iterator[list[int]]:
    whole = sorted(numbers)
    return (whole[place : place + CHUNK] for place in range(0, len(whole), CHUNK))


def level_by_level(start: int, known: str, asked: str) -> set[int]:
    """The peer: one ORM query for each level of the graph."""
    from ensemblier.chain.stock.models import LotParent

    found, frontier = {start}, {start}
    while frontier:
        further: set[int] = set()
        for chunk in chunks(frontier):
            rows = LotParent.objects.filter(**{f"{known}__in": chunk})
            further |= set(rows.values_list(asked, flat=True))
        frontier = further - found
        found |= frontier
    return found


def peer_reached(start: int) -> tuple[set[int], set[int]]:
    """Places and activities, from the movements of every lot found."""
    from ensemblier.chain.stock.models import Movement

    sites: set[Any] = set()
    activities: set[Any] = set()
    for chunk in chunks(level_by_level(start, "parent_id", "child_id")):
        rows = Movement.objects.filter(lot_id__in=chunk).order_by()
        for source, target, activity in rows.values_list("source_id", "target_id", "activity_id"):
            sites |= {source, target}
            activities.add(activity)
    return sites - {None}, activities - {None}


def timed(ours: Callable[[], Any], peer: Callable[[], Any]) -> tuple[float, float]:
    """Medians of wall time in milliseconds, taken in turn."""
    walls: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for call, seen in zip((ours, peer), walls, strict=True):
            begun = time.perf_counter()
            call()
            seen.append(1000 * (time.perf_counter() - begun))
    return statistics.median(walls[0]), statistics.median(walls[1])


def run() -> bool:
    """One database: fill it, measure, print; True when the goals hold."""
    import django

    django.setup()
    from django.db import connection, connections
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    from ensemblier.chain.stock import closure, queries
    from ensemblier.chain.stock.models import Lot

    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=())
    try:
        begun = time.perf_counter()
        ends = fill()
        lot = Lot.objects.get(pk=ends.recalled)
        filled = time.perf_counter() - begun
        reach, above = queries.reached(lot), set(closure.above(ends.finished))
        assert (set(reach.sites), set(reach.activities)) == peer_reached(lot.pk)
        assert above == level_by_level(ends.finished, "child_id", "parent_id") - {ends.finished}
        lots = len(closure.below(lot.pk))
        down = timed(lambda: queries.reached(lot), lambda: peer_reached(lot.pk))
        up = timed(
            lambda: closure.above(ends.finished),
            lambda: level_by_level(ends.finished, "child_id", "parent_id"),
        )
        print(
            f"\n{connection.vendor}: {Lot.objects.count():,} lots, {LEVELS} levels, filled in "
            f"{filled:.0f} s; median of {ROUNDS}"
        )
        holds = len(reach.sites) >= LEAST_SITES
        print(f"  the recalled lot is in {lots:,} lots, at {len(reach.sites):,} places")
        for name, (ours, peer) in (("down to every place", down), ("up to every origin", up)):
            fits = QUICK or ours < MOST_MS
            holds = holds and fits
            print(
                f"  {name:20} {ours:7.1f} ms   level by level {peer:7.1f} ms   "
                f"ratio {peer / ours:5.1f}  [{'within' if fits else 'PASSES'}]",
                flush=True,
            )
    finally:
        connections.close_all()
        teardown_databases(databases, verbosity=0)
    return holds


if __name__ == "__main__":
    sys.exit(on_each_database("bench.recall", run, __doc__))
