"""Sharing an envelope: the engine beside pabutools on real elections, in one process.

The elections are those of golden.json (dev archive of Pabulib), add1u with its steps. Rule only:
both start from what they read; CPU time, tables included. End to end: reading included. A peer that
takes more than 60 s (of CPU time too) is stopped and counted apart. Winners must be the peer's.
Then a jury of 300 with 240 lots and 47 ceilings: allocation with its certificate, and every refusal
explained. Memory is the peak of a process that shares one file by the command.

    python -m bench.allocation [--quick] [--first N]

`--quick`: a few small files, no goal checked; `--first N`: N of the elections, drawn once for all.
"""

from __future__ import annotations

import json
import random
import resource
import signal
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pabutools.election import (
    Additive_Borda_Sat,
    Additive_Cardinal_Sat,
    Cardinality_Sat,
    Cost_Sat,
    Instance,
)
from pabutools.election.pabulib import parse_pabulib_from_string
from pabutools.rules import (
    completion_by_rule_combination,
    greedy_utilitarian_welfare,
    method_of_equal_shares,
)

from ensemblier.engines import allocation
from ensemblier.engines.allocation import fast, kernel
from ensemblier.engines.allocation.sharing import share
from ensemblier.engines.allocation.vote import numbers_of
from tests.properties.allocation_cases import large

QUICK = "--quick" in sys.argv
FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "pabulib"
PEER_SECONDS = 60
MANY = 3_000
GOALS = {"rule": 300.0, "end": 30.0, "memory": 300.0, "jury": 1.0, "explained": 10.0}
KINDS = {
    "Cost_Sat": ("cost", Cost_Sat),
    "Cardinality_Sat": ("cardinality", Cardinality_Sat),
    "Additive_Borda_Sat": ("borda", Additive_Borda_Sat),
    "Additive_Cardinal_Sat": ("points", Additive_Cardinal_Sat),
}
RESULTS: dict[str, Any] = {"files": []}


class TooLong(Exception):
    """The peer is stopped."""


def stop_the_peer(*_: object) -> None:
    raise TooLong


def elections() -> list[dict[str, Any]]:
    """What golden.json runs with raises, in an order that mixes sizes."""
    outcomes = json.loads((FOLDER / "golden.json").read_text())["outcomes"]
    chosen = [outcome for outcome in outcomes if "add1" in outcome]
    random.Random(1).shuffle(chosen)
    if "--first" in sys.argv:
        return chosen[: int(sys.argv[sys.argv.index("--first") + 1])]
    return sorted(chosen, key=lambda o: o["n"] * o["m"])[:12] if QUICK else chosen


def texts(names: set[str]) -> dict[str, bytes]:
    with tarfile.open(FOLDER / "dev.tar.xz") as archive:
        return {
            Path(member.name).name: archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive
            if Path(member.name).name in names
        }


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.process_time()
    done = work()
    return done, time.process_time() - start


def ours(source: bytes, utility: str, step: int) -> tuple[Any, dict[str, float]]:
    """Reading, then the rule on what was read: tables, raises, completion, refusals."""
    rules = {"utility": utility, "completion": "add1u", "step": step}

    def reading() -> Any:
        problem = allocation.read_problem(source, True, rules)
        allocation.check(problem)
        return numbers_of(problem)

    numbers, read = timed(reading)
    result, rule = timed(lambda: share(numbers, fast.share_phase))
    return (numbers, result), {"read": read, "rule": rule}


def theirs(source: bytes, kind: Any, step: int) -> tuple[list[str], dict[str, float]]:
    """The same by pabutools; raises TooLong."""
    signal.setitimer(signal.ITIMER_PROF, PEER_SECONDS)
    try:
        (instance, profile), read = timed(
            lambda: parse_pabulib_from_string(source.decode("utf-8-sig"))
        )
        done, rule = timed(lambda: completed(instance, profile, kind, step))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return sorted(project.name for project in done), {"read": read, "rule": rule}


def completed(instance: Instance, profile: Any, kind: Any, step: int) -> Any:
    return completion_by_rule_combination(
        instance,
        profile,
        [method_of_equal_shares, greedy_utilitarian_welfare],
        [{"sat_class": kind, "voter_budget_increment": step}, {"sat_class": kind}],
    )


def compared() -> bool:
    """Every election by both; the goals on ratios."""
    chosen = elections()
    sources = texts({outcome["file"] for outcome in chosen})
    signal.signal(signal.SIGPROF, stop_the_peer)
    warm_up(sources[chosen[0]["file"]])
    ratios, sums, late, false = [], {"ours": 0.0, "theirs": 0.0}, 0, []
    for place, outcome in enumerate(chosen, 1):
        if place % 10 == 0:
            print(f"  {place - 1} of {len(chosen)} elections done, {late} stopped", flush=True)
        utility, kind = KINDS[outcome["utility"]]
        source, step = sources[outcome["file"]], outcome["add1_step"]
        (numbers, result), mine = ours(source, utility, step)
        entries = sum(map(len, numbers.supporters))
        try:
            winners, peer = theirs(source, kind, step)
        except TooLong:
            late += 1
            continue
        if winners != list(result.winners):
            false.append(outcome["file"])
        sums["ours"] += mine["read"] + mine["rule"]
        sums["theirs"] += peer["read"] + peer["rule"]
        if entries >= MANY:
            ratios.append(peer["rule"] / mine["rule"])
        RESULTS["files"].append([outcome["file"], utility, entries, mine, peer])
    print(f"  {len(chosen)} elections, {late} where the peer is stopped at {PEER_SECONDS} s")
    print(f"  other winners than the peer: {len(false)} {false[:3]}")
    good = not false
    if ratios:
        spread = f"from {min(ratios):.0f} to {max(ratios):.0f}, {len(ratios)} elections"
        good &= told("rule", "rule only, median ratio", statistics.median(ratios), spread)
    good &= told("end", "end to end, whole ratio", sums["theirs"] / sums["ours"])
    return good


def warm_up(source: bytes) -> None:
    """The kernel is compiled, or read from its cache, before any clock."""
    ours(source, "cardinality", 50)


def told(key: str, words: str, value: float, more: str = "", least: bool = True) -> bool:
    goal = GOALS[key]
    holds = QUICK or (value >= goal if least else value <= goal)
    RESULTS[key] = value
    print(f"  {words:34} {value:9.2f} (goal {goal:g}) [{'holds' if holds else 'FAILS'}] {more}")
    return holds


def jury() -> bool:
    """300 jurors, 240 lots, 47 ceilings."""
    problem = large()
    source = allocation.toml_of(problem).encode()

    def shared() -> Any:
        result = allocation.allocate(problem)
        body = json.loads(allocation.written(allocation.result_of(problem, result, source)))
        false, _ = allocation.verdict(source, False, body)
        assert not false, false
        return result

    result, seconds = timed(shared)
    explained, told_in = timed(lambda: allocation.explain(problem, result))
    assert len(explained) == len(problem.lots)
    holds = told("jury", "jury: allocation and certificate, s", seconds, least=False)
    return holds & told("explained", "jury: all lots explained, s", told_in, least=False)


def memory() -> bool:
    """The peak of a process that shares each of the largest files by the command."""
    names = {
        "Poland_Lodz_2023.pb",
        "Poland_Krakow_2024.pb",
        "Poland_Warszawa_2020_Praga-Poludnie.pb",
    }
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, source in texts(names).items():
            path = Path(folder) / name
            path.write_bytes(source)
            words = [str(path), "--utility", "cost", "--step", "50", "--out", f"{folder}/out.json"]
            command = [sys.executable, "-m", "ensemblier.cli.main", "allocate", *words]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        worst = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return told("memory", "memory by the command, MB", worst, least=False)


def main() -> int:
    print(__doc__)
    assert kernel.compiled(), "numba is not installed: make bench installs it"
    holds = memory()
    holds &= compared()
    holds &= jury()
    out = Path("var/bench/allocation.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(RESULTS, indent=1))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
