"""The books against a bare loop and django-hordak, on one PostgreSQL with durable settings.

    DATABASE_URL=postgres://… python -m bench.ledger [--quick]

The method is in bench/README.md. Two databases are made for the run and dropped after it.
HORDAK_PYTHON names the Python that has django-hordak (default: this one).
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

ROOT = Path(__file__).resolve().parents[1]
LOCAL = "postgres://postgres@127.0.0.1:5432/postgres"
QUICK = "--quick" in sys.argv
SLICE = 0.7 if QUICK else 2.0  # seconds of one slice of a rate
ROUNDS = 3 if QUICK else 7
MONTH = 20_000 if QUICK else 100_000
MILLION = 100_000 if QUICK else 1_000_000
DURABLE = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method")


class Client:
    """A process of bench.ledger_client."""

    def __init__(self, place: int, url: str, *arguments: str) -> None:
        python = os.environ.get("HORDAK_PYTHON", sys.executable) if arguments else sys.executable
        self.process = subprocess.Popen(
            [python, "-m", "bench.ledger_client", *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": url,
                "HORDAK_URL": url,
                "DJANGO_SETTINGS_MODULE": "ensemblier.web.settings",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.place = place
        while self._line() != "ready\n":
            pass

    def ask(self, do: str, *values: Any, **more: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": do, "with": values, **more}) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        return json.loads(self._line())

    def call(self, do: str, *values: Any) -> Any:
        self.ask(do, *values)
        return self.answer()

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def _line(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("a client of the benchmark died; see its message above")
        return line


@contextmanager
def database(server: str) -> Iterator[str]:
    """A database made for the run, dropped after it."""
    name = f"bench_{uuid4().hex[:10]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def rate(clients: list[Client], verb: str) -> dict[str, float]:
    """All clients at once for a slice: transfers a second, and CPU by thousand."""
    for client in clients:
        client.ask(verb, seconds=SLICE)
    answers = [client.answer() for client in clients]
    done = sum(each["done"] for each in answers)
    return {
        "rate": sum(each["rate"] for each in answers),
        "cpu": 1000 * sum(each["client"] + each["server"] for each in answers) / done,
    }


def rates(ours: list[Client], hordak: list[Client]) -> dict[str, Any]:
    """Slices of each in turn; medians, and medians of the ratios taken side by side."""
    turns = [("bare", ours), ("wire", ours), ("checked", ours), ("hot", ours), ("post", hordak)]
    rounds: list[dict[str, dict[str, float]]] = []
    for number in range(ROUNDS + 1):
        order = turns if number % 2 else turns[::-1]
        rounds.append({verb: rate(clients, verb) for verb, clients in order})
    rounds = rounds[1:]  # the first warms up
    found: dict[str, Any] = {
        verb: {
            what: statistics.median(each[verb][what] for each in rounds) for what in ("rate", "cpu")
        }
        for verb, _ in turns
    }
    for verb in ("checked", "hot"):
        for peer in ("bare", "wire", "post"):
            found[f"{verb}/{peer}"] = statistics.median(
                each[verb]["rate"] / each[peer]["rate"] for each in rounds
            )
    return found


def repeated(times: int, *calls: tuple[Client, str, tuple[Any, ...]]) -> list[float]:
    """Medians of each call, taken in turn."""
    seen: list[list[float]] = [[] for _ in calls]
    for _ in range(times):
        for place, (client, verb, values) in enumerate(calls):
            seen[place].append(client.call(verb, *values))
    return [statistics.median(each) for each in seen]


def measure(server: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with database(server) as ours_url, database(server) as hordak_url:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": ours_url},
            check=True,
        )
        ours = [Client(place, ours_url) for place in range(8)]
        hordak = [Client(place, hordak_url, "hordak") for place in range(8)]
        for side in (ours, hordak):
            side[0].call("fill")
            for client in side:
                client.call("prepare", client.place)
        found["1 client"] = rates(ours[:1], hordak[:1])
        progress("1 client", found["1 client"])
        found["8 clients"] = rates(ours, hordak)
        progress("8 clients", found["8 clients"])
        for client in ours[1:] + hordak[1:]:
            client.close()
        found.update(batches(ours[0], hordak[0]))
        ours[0].close()
        hordak[0].close()
    return found


def batches(ours: Client, hordak: Client) -> dict[str, Any]:
    """Bulk posting, balances and proof."""
    small = MONTH // 5
    mine, theirs, copy = repeated(
        3, (ours, "bulk", (MONTH,)), (hordak, "bulk", (small,)), (ours, "copy", (MONTH,))
    )
    bulk = {"ours": MONTH / mine, "hordak": small / theirs, "copy": MONTH / copy}
    progress("bulk", bulk)
    for side in (ours, hordak):  # the same number of transfers on both sides
        side.call("fill_up", MILLION)
        side.call("analyze")
    sealing = ours.call("seal")
    balances = dict(
        zip(
            ("ours", "hordak", "hordak orm"),
            repeated(
                7,
                (ours, "balances", ()),
                (hordak, "balances", ()),
                (hordak, "balances_orm", ()),
            ),
            strict=True,
        )
    )
    progress("balances", balances)
    verify, loop = repeated(3, (ours, "verify", ()), (ours, "loop", ()))
    return {
        "bulk": bulk,
        "balances": balances,
        "verify": {"verify": verify, "loop": loop, "seal": sealing},
    }


def progress(title: str, part: Any) -> None:
    """What is known so far, for whoever waits."""
    print(title, json.dumps(part), file=sys.stderr, flush=True)


class Goal(NamedTuple):
    """One line of the verdict."""

    what: str
    seen: float
    goal: float
    at_most: bool = False

    @property
    def holds(self) -> bool:
        return self.seen <= self.goal if self.at_most else self.seen >= self.goal


def goals(found: dict[str, Any]) -> list[Goal]:
    """What the books promise, and what was seen."""
    bulk, balances, proof = found["bulk"], found["balances"], found["verify"]
    lines = []
    for title in ("1 client", "8 clients"):
        part = found[title]
        lines += [
            Goal(f"{title}: rate of a checked transfer / bare insert", part["checked/bare"], 0.5),
            Goal(f"{title}: checked transfer / hordak's post", part["checked/post"], 1),
            Goal(f"{title}, one envelope / hordak's post", part["hot/post"], 1),
        ]
    return [
        *lines,
        Goal("bulk posting / hordak's bulk_create", bulk["ours"] / bulk["hordak"], 10),
        Goal("balances / hordak with_balances()", balances["hordak"] / balances["ours"], 5),
        Goal("balances / hordak's ORM form", balances["hordak orm"] / balances["ours"], 5),
        Goal("time of verify / bare loop", proof["verify"] / proof["loop"], 5, at_most=True),
    ]


def table(found: dict[str, Any]) -> str:
    lines = ["", "Ledger on PostgreSQL: " + found["settings"], ""]
    for title in ("1 client", "8 clients"):
        part = found[title]
        lines.append(f"{title:<34}{'a second':>10}{'CPU s / 1000':>14}")
        for verb, name in (
            ("bare", "bare insert and commit"),
            ("wire", "the same without a cursor"),
            ("checked", "checked transfer, 8 envelopes"),
            ("hot", "checked transfer, one envelope"),
            ("post", "hordak, unchecked post"),
        ):
            each = part[verb]
            lines.append(f"  {name:<32}{each['rate']:>10.0f}{each['cpu']:>14.3f}")
        lines.append(
            f"  over the insert without a cursor: {part['checked/wire']:.2f} by rate, "
            f"{part['wire']['cpu'] / part['checked']['cpu']:.2f} by CPU"
        )
    bulk, balances, proof = found["bulk"], found["balances"], found["verify"]
    lines += [
        f"One envelope / bare: {found['1 client']['hot/bare']:.2f} with 1 client, "
        f"{found['8 clients']['hot/bare']:.2f} with 8 (commits queue on its lock; no goal)",
        f"Bulk, {MONTH:,} lines: ours {bulk['ours']:,.0f} a second, hordak bulk_create "
        f"{bulk['hordak']:,.0f}, COPY alone {bulk['copy']:,.0f}",
        f"All balances over {MILLION:,} transfers: ours {balances['ours']:.3f} s, hordak "
        f"with_balances() {balances['hordak']:.3f} s, its ORM form {balances['hordak orm']:.3f} s",
        f"verify {proof['verify']:.1f} s, bare loop {proof['loop']:.1f} s; the chain: "
        f"seal {proof['seal']:.1f} s, {1000 * proof['seal'] / MILLION:.4f} s / 1000",
        "",
        f"{'':<52}{'seen':>8}{'goal':>10}",
    ]
    for goal in goals(found):
        sign = "<=" if goal.at_most else ">="
        lines.append(
            f"{goal.what:<52}{goal.seen:>8.2f}{sign + f' {goal.goal:g}':>10}"
            f"  {'yes' if goal.holds else 'NO'}"
        )
    return "\n".join(lines)


def main() -> int:
    server = os.environ.get("DATABASE_URL", LOCAL)
    with psycopg.connect(server) as connection:
        settings = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in DURABLE}
    found = {"settings": ", ".join(f"{k}={v}" for k, v in settings.items()), **measure(server)}
    print(table(found))
    out = ROOT / "var" / "bench"
    out.mkdir(parents=True, exist_ok=True)
    (out / "ledger.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if QUICK or all(goal.holds for goal in goals(found)) else 1


if __name__ == "__main__":
    sys.exit(main())
