"""Sharing lines among funders: the kernel beside a loop of Python integers, Polars and DuckDB.

Two schemes. `memory`: the person's 30 %, a weighted group of three with the memory of odd cents, a
payer capped by unit and household, envelopes, a last resort: only a loop can follow it. `nested`:
no memory, caps one inside the other (household, then envelope), four payers in turn: prefix sums
can say it, so Polars and DuckDB are asked too. Lines are in memory and in order, as integers;
each method gives the same cents, compared part by part. A ratio is the median over rounds that
take the methods in turn. Then the kernel alone, from 10^5 lines to 10^7; last, the CPU time to
explain one line from snapshots.

    python -m bench.cofinancing [--quick]      # 10^5 lines, no goal checked
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from ensemblier.engines.cofinancing import kernel, tables
from ensemblier.engines.cofinancing.lines import RawLine
from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.snapshots import Snapshots

QUICK = "--quick" in sys.argv
SIZES = (100_000,) if QUICK else (1_000_000, 10_000_000)
ROUNDS = 3
BLOCK = 32_768
GOALS = {"integers": 20.0, "polars": 3.0, "duckdb": 15.0}
MOST_GROWTH = 120.0  # from 10^5 lines to 10^7
PAYERS = ("A", "B", "C", "D")
CAPS = (9_000, 12_000, 20_000, 40_000)
# Of the whole price of all lines, what each envelope holds.
ENVELOPES = (0.1, 0.15, 0.2, 0.4)
Parts = np.ndarray
# What comes out of a method, before it is put in one array to be compared, out of the clock.
Method = Callable[[Any], Any]


def memory_scheme(total: int) -> str:
    return f"""
        name = "avec mémoire"
        person = {{ rule = "percent", percent = "30" }}
        exhausted = {{ then = "structure" }}
        [[envelope]]
        payer = "A"
        cents = {total // 5}
        [[envelope]]
        payer = "D"
        cents = {total // 9}
        [[step]]
        kind = "share"
        payers = [{{ name = "A", weight = 40 }}, {{ name = "B", weight = 30, cap_per_unit = 300 }},
                  {{ name = "C", weight = 13 }}]
        [[step]]
        kind = "rest"
        payer = "D"
        cap_per_household = {{ cents = 2000, per = "scheme" }}
        """


def nested_scheme(total: int) -> str:
    text = 'name = "emboîté"\nperson = { rule = "percent", percent = "30" }\n'
    text += 'exhausted = { then = "structure" }\n'
    for payer, cap, part in zip(PAYERS, CAPS, ENVELOPES, strict=True):
        text += f'[[step]]\nkind = "rest"\npayer = "{payer}"\n'
        text += f'cap_per_household = {{ cents = {cap}, per = "scheme" }}\n'
        text += f'[[envelope]]\npayer = "{payer}"\ncents = {int(total * part)}\n'
    return text


class Work:
    """Lines as integers, in order, and a scheme."""

    def __init__(self, size: int, scheme_of: Callable[[int], str]) -> None:
        dice = np.random.default_rng(20261128)
        self.size = size
        self.price = dice.integers(300, 3_000, size)
        self.milli = dice.choice([1000, 1000, 2000, 500], size)
        self.household = dice.integers(0, size // 20, size)
        self.day = np.sort(dice.integers(0, 365, size))
        self.total = int(self.price.sum())
        self.scheme = read_scheme(scheme_of(self.total))
        self.tables = tables.tables_of(self.scheme)
        self.envelopes = [envelope.cents for envelope in self.scheme.envelopes]
        self.columns = {
            "line": np.arange(size),
            "price": self.price,
            "household": self.household,
        }
        self.table = pl.DataFrame(self.columns)
        self.lists = (self.price.tolist(), self.milli.tolist(), self.household.tolist())


def by_kernel(work: Work, *, kept: bool = True) -> Parts:
    """Blocks as `ensemblier split` takes them, the person's part included. Not `kept`: each block
    is forgotten, as the command does once it has written it."""
    state = tables.state_of(work.tables, work.scheme, 0, work.size // 20)
    draft, calendar = tables.draft_of(work.tables), np.zeros((365, 5), np.int64)
    calendar[:, kernel.ORDINAL] = date(2026, 1, 1).toordinal() + np.arange(365)
    width = work.tables.weight.size + kernel.STEPS + 1
    parts = np.zeros((work.size if kept else BLOCK, width), np.int64)
    doing, none = np.zeros(BLOCK, np.int8), np.full(BLOCK, -1)
    given, whys = np.zeros(BLOCK, np.int64), np.zeros((BLOCK, width), np.int8)
    for first in range(0, work.size, BLOCK):
        cut = slice(first, first + BLOCK)
        price = work.price[cut]
        n = price.size
        lines = kernel.Lines(
            doing[:n],
            work.day[cut],
            work.milli[cut],
            price,
            (price * 6 + 10) // 20,
            given[:n],
            work.household[cut],
            none[:n],
            calendar,
        )
        shares = parts[cut] if kept else np.zeros((n, width), np.int64)
        out = kernel.Out(np.zeros(n, np.int8), shares, whys[:n])
        kernel.compiled()(work.tables, state, lines, draft, out)
    return parts


def by_integers(work: Work) -> list[tuple]:
    """A plain loop, written for the scheme at hand, over lists made beforehand."""
    loop = nested_loop if "emboîté" in work.scheme.name else memory_loop
    return loop(*work.lists, work.envelopes)


def nested_loop(prices: list, _: list, households: list, envelopes: list) -> list[tuple]:
    left, used, rows = list(envelopes), [[0] * (max(households) + 1) for _ in CAPS], []
    for price, household in zip(prices, households, strict=True):
        person = (price * 6 + 10) // 20
        rest, row = price - person, [person, 0]
        for place, cap in enumerate(CAPS):
            paid = min(rest, cap - used[place][household], left[place])
            used[place][household] += paid
            left[place] -= paid
            rest -= paid
            row.append(paid)
        row.append(rest)
        rows.append(tuple(row))
    return rows


def memory_loop(prices: list, millis: list, households: list, envelopes: list) -> list[tuple]:
    left_a, left_d = envelopes
    weights, carries, whole = (40, 30, 13), [0, 0, 0], 83
    used, rows = [0] * (max(households) + 1), []
    for price, milli, household in zip(prices, millis, households, strict=True):
        person = (price * 6 + 10) // 20
        rest = price - person
        lacks = [carry + rest * weight for carry, weight in zip(carries, weights, strict=True)]
        given = [max(0, lack // whole) for lack in lacks]
        lacks = [lack - cents * whole for lack, cents in zip(lacks, given, strict=True)]
        missing = rest - sum(given)
        while missing:
            sign = 1 if missing > 0 else -1
            place = lacks.index(max(lacks)) if sign > 0 else least(lacks, given)
            given[place] += sign
            lacks[place] -= sign * whole
            missing -= sign
        carries = lacks
        a, b, c = min(given[0], left_a), min(given[1], 300 * milli // 1000), given[2]
        left_a -= a
        d = min(rest - a - b - c, max(0, 2000 - used[household]), left_d)
        left_d -= d
        used[household] += d
        rows.append((person, 0, a, b, c, d, rest - a - b - c - d))
    return rows


def least(lacks: list[int], given: list[int]) -> int:
    return -min(
        (lack, -n) for n, (lack, cents) in enumerate(zip(lacks, given, strict=True)) if cents
    )[1]


def by_polars(work: Work) -> list[Parts]:
    """Prefix sums: by household for the cap, over all lines for the envelope."""
    table = work.table.lazy().with_columns(person=(pl.col("price") * 6 + 10) // 20)
    table = table.with_columns(rest=pl.col("price") - pl.col("person"))
    for place, (cap, envelope) in enumerate(zip(CAPS, work.envelopes, strict=True)):
        asked = pl.col("rest").cum_sum().over("household").clip(upper_bound=cap)
        # What the cap lets through, then what the envelope does: both as differences.
        table = table.with_columns(asked=asked)
        through = pl.col("asked") - pl.col("asked").shift(1, fill_value=0).over("household")
        table = table.with_columns(drawn=through.cum_sum().clip(upper_bound=envelope))
        paid = pl.col("drawn") - pl.col("drawn").shift(1, fill_value=0)
        table = table.with_columns(paid.alias(PAYERS[place]))
        table = table.with_columns(rest=pl.col("rest") - pl.col(PAYERS[place]))
    done = table.select("person", *PAYERS, "rest").collect()
    return [done[name].to_numpy() for name in done.columns]


def by_duckdb(work: Work) -> list[Parts]:
    """The same prefix sums, as windows."""
    query = "WITH s0 AS (SELECT *, price - person AS rest FROM (SELECT line, household, price, "
    query += "(price * 6 + 10) // 20 AS person FROM lines))"
    for n, (payer, cap, envelope) in enumerate(zip(PAYERS, CAPS, work.envelopes, strict=True)):
        query += f""", c{n} AS (SELECT *, least({cap}, sum(rest) OVER h) - least({cap},
            sum(rest) OVER h - rest) AS through FROM s{n}
            WINDOW h AS (PARTITION BY household ORDER BY line ROWS UNBOUNDED PRECEDING)),
            e{n} AS (SELECT *, CAST(least({envelope}, sum(through) OVER w) - least({envelope},
            sum(through) OVER w - through) AS BIGINT) AS {payer} FROM c{n}
            WINDOW w AS (ORDER BY line ROWS UNBOUNDED PRECEDING)),
            s{n + 1} AS (SELECT * EXCLUDE (rest, through), rest - {payer} AS rest FROM e{n})"""
    query += f" SELECT person, {', '.join(PAYERS)}, rest FROM s{len(PAYERS)} ORDER BY line"
    with duckdb.connect() as base:
        base.register("lines", work.columns)
        done = base.execute(query).fetchnumpy()
    return [done[name] for name in ("person", *PAYERS, "rest")]


def together(result: Any) -> Parts:
    """One row by line, whatever the method gives: rows, or columns without the pot."""
    if not isinstance(result, list):
        return result
    if isinstance(result[0], tuple):
        return np.array(result, np.int64)
    person, *others = result
    return np.column_stack([person, np.zeros_like(person), *others])


def compared(name: str, work: Work, methods: dict[str, Method]) -> bool:
    """Every method in turn, round after round; same parts, and ratios against their goals."""
    times: dict[str, list[float]] = {method: [] for method in methods}
    expected = None
    for turn in range(ROUNDS + 1):  # the first round warms up
        for method, run in methods.items():
            if method == "integers" and turn > 1 and work.size > 1_000_000:
                continue  # minutes each
            start = time.perf_counter()
            result = run(work)
            times[method].append(time.perf_counter() - start)
            parts = together(result)
            expected = parts if expected is None else expected
            assert (parts == expected).all(), f"{method} differs from the kernel"
            del parts, result
    best = {method: statistics.median(each[1:] or each) for method, each in times.items()}
    holds = True
    for method, seconds in best.items():
        ratio = seconds / best["kernel"]
        goal = GOALS.get(method, 1.0)
        good = QUICK or ratio >= goal
        holds = holds and good
        RESULTS.append([name, work.size, method, seconds, ratio, goal, good])
        print(
            f"  {name:8} {work.size:>10,} {method:9} {seconds:9.3f} s "
            f"{work.size / seconds / 1e6:7.2f} M/s  kernel x {ratio:6.1f} (goal {goal:g}) "
            f"[{'holds' if good else 'FAILS'}]",
            flush=True,
        )
    return holds


def growth(name: str, scheme_of: Callable[[int], str], last: int) -> bool:
    """The kernel's time on a hundred times as many lines, over its time on the first."""
    few, many = Work(last // 100, scheme_of), Work(last, scheme_of)
    by_kernel(few)
    short = statistics.median(seconds(lambda: by_kernel(few, kept=False)) for _ in range(9))
    long = statistics.median(seconds(lambda: by_kernel(many, kept=False)) for _ in range(ROUNDS))
    ratio = long / short
    holds = QUICK or ratio <= MOST_GROWTH
    RESULTS.append([name, last, "growth", long, ratio, MOST_GROWTH, holds])
    print(
        f"  {name:8} {few.size:>10,} to {last:,}: {short:.4f} s to {long:.3f} s, x {ratio:.0f} "
        f"(goal {MOST_GROWTH:g} at most) [{'holds' if holds else 'FAILS'}]",
        flush=True,
    )
    return holds


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def explained(lines: int) -> bool:
    """Explaining any of some lines, from snapshots; the slowest of a thousand but ten."""
    chance = random.Random(7)
    raws = [
        RawLine(
            f"L{n:07}",
            f"2026-{1 + n * 12 // lines:02}-11",
            "jardin",
            "panier",
            "1",
            "panier",
            str(chance.randint(300, 3000)),
            f"f{chance.randint(0, lines // 20)}",
        )
        for n in range(lines)
    ]
    snapshots = Snapshots(read_scheme(memory_scheme(lines * 1650)), raws)
    took = []
    for _ in range(1_000):
        line_id = f"L{chance.randrange(lines):07}"
        start = time.process_time()
        assert snapshots.explain(line_id)
        took.append(1000 * (time.process_time() - start))
    median, late = statistics.median(took), sorted(took)[-10]
    holds = late < 1.0 or QUICK
    RESULTS.append(["explain", lines, "snapshots", median, late, 1.0, holds])
    print(
        f"  explain  {lines:>10,} lines: median {median:.3f} ms, 99 % under {late:.3f} ms "
        f"(goal 1) [{'holds' if holds else 'FAILS'}]"
    )
    return holds


RESULTS: list[list[Any]] = []


def main() -> int:
    print(__doc__)
    assert kernel.compiled(), "numba is not installed: make bench installs it"
    loops: dict[str, Method] = {"kernel": by_kernel, "integers": by_integers}
    holds = True
    for size in SIZES:
        holds &= compared("memory", Work(size, memory_scheme), loops)
        peers = loops | {"polars": by_polars, "duckdb": by_duckdb}
        holds &= compared("nested", Work(size, nested_scheme), peers)
    for name, scheme_of in (("memory", memory_scheme), ("nested", nested_scheme)):
        holds &= growth(name, scheme_of, SIZES[-1])
    holds &= explained(20_000 if QUICK else 200_000)
    out = Path("var/bench/cofinancing.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(RESULTS, indent=1))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
