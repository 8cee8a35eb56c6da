"""Every test on both databases, and a table of what ran (`make test`, `make soak`).

The run fails when a test fails, and also when a test was skipped for another reason than the
absence of ../shared/data, or when no browser test or no PostgreSQL test ran at all.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from tests import browser, postgresql, template
from tests.canaries import DATABASE_PASSWORD

ROOT = Path(__file__).resolve().parents[1]
ALLOWED_SKIP = "shared_data"
# Whole runs at other dates (`--dates`, and in every soak): the nights of the two changes of time,
# the turn of the year, 29 February, and years from now. See tests/clock.py.
DATES = (
    "2026-03-29T01:59:30+01:00",
    "2026-10-25T02:59:30+02:00",
    "2026-12-31T23:59:00+01:00",
    "2028-02-29T12:00:00+01:00",
    "2031-08-31T23:58:00+02:00",
)


@dataclass
class Result:
    """What one run of pytest did."""

    title: str
    code: int
    seconds: float
    passed: int = 0
    failed: int = 0
    shared_skips: int = 0
    bad_skips: list[str] = field(default_factory=list)
    by_mark: dict[str, int] = field(default_factory=dict)

    def complaints(self, must_run: str) -> list[str]:
        """Why this run does not count as a success."""
        found = []
        if self.code:
            found.append(f"pytest ended with code {self.code}")
        if self.passed == 0:
            found.append("no test ran")
        found += [f"skipped: {name}" for name in self.bad_skips]
        if must_run and not self.by_mark.get(must_run):
            found.append(f"no test marked '{must_run}' ran")
        return [f"{self.title}: {each}" for each in found]


def read_report(title: str, code: int, seconds: float, path: Path) -> Result:
    """Count the outcomes of a JUnit file written with the plugin `tests.count`."""
    result = Result(title, code, seconds)
    if not path.exists():
        return result
    for case in ElementTree.parse(path).iter("testcase"):
        marks = _marks(case)
        if case.find("skipped") is not None:
            if ALLOWED_SKIP in marks:
                result.shared_skips += 1
            else:
                result.bad_skips.append(f"{case.get('classname')}::{case.get('name')}")
        elif case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
        else:
            result.passed += 1
            for mark in marks:
                result.by_mark[mark] = result.by_mark.get(mark, 0) + 1
    return result


def _marks(case: ElementTree.Element) -> list[str]:
    found = case.find("properties/property[@name='marks']")
    return [] if found is None else (found.get("value") or "").split()


def run(title: str, expression: str, environment: dict[str, str], extra: list[str]) -> Result:
    """One pytest, in a data folder of its own."""
    print(f"\n=== {title}", flush=True)
    with tempfile.TemporaryDirectory(prefix="ensemblier-tests-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.count", "-m", expression]
        command += [f"--junitxml={report}", "-o", "junit_family=xunit1", "--durations=25", *extra]
        without_database = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        started = time.monotonic()
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**without_database, "ENSEMBLIER_VAR": folder, **environment},
            check=False,
        )
        return read_report(title, done.returncode, time.monotonic() - started, report)


def at_dates(dates: Iterable[str], extra: list[str]) -> list[Result]:
    """The suite at each date, on SQLite: what starts other processes or a browser keeps its own
    clock, hence the marks left out."""
    kinds = "not slow and not postgresql and not browser and not trust"
    options = ["-p", "tests.clock", "-n", "1", *extra]
    return [run(f"on {date[:10]}", kinds, {"ENSEMBLIER_TEST_NOW": date}, options) for date in dates]


def table(results: list[Result]) -> str:
    lines = [f"{'':24}{'passed':>8}{'failed':>8}{'browser':>9}{'skipped':>9}{'seconds':>9}"]
    for each in results:
        skipped = each.shared_skips + len(each.bad_skips)
        lines.append(
            f"{each.title:24}{each.passed:>8}{each.failed:>8}"
            f"{each.by_mark.get('browser', 0):>9}{skipped:>9}{each.seconds:>9.0f}"
        )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    # Stopped from outside, what was created is still removed.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    soak = "--soak" in arguments
    extra = [each for each in arguments if each not in ("--soak", "--dates")]
    if "--dates" in arguments:
        return conclude(at_dates(DATES, extra), [""] * len(DATES))
    if not soak and not browser.program():
        print("Chromium is missing: run `make system` as root.")
        return 1
    kind = "slow" if soak else "not slow"
    spread = [] if soak else ["-n", "2", "-p", "tests.spread"]
    results = [run("SQLite", f"{kind} and not postgresql", {}, [*spread, *extra])]
    name = f"ensemblier_{uuid4().hex[:10]}"
    with postgresql.server() as server, postgresql.database(server, name) as url:
        # A password nobody asks for, when there was none: a log that repeats it is caught.
        known = url.replace("://postgres@", f"://postgres:{DATABASE_PASSWORD}@")
        heavy = {"DATABASE_URL": known, template.RUN: name}
        results.append(
            run(
                "PostgreSQL",
                f"{kind} and not browser and not sqlite and not pure",
                heavy,
                [*spread, *extra],
            )
        )
    must = ["", ""] if soak or extra else ["browser", "postgresql"]
    if soak:
        results += at_dates(DATES, extra)
        must += [""] * len(DATES)
    return conclude(results, must)


def conclude(results: list[Result], must: list[str]) -> int:
    """Print what ran, and why it is not a success, if it is not."""
    print("\n" + table(results))
    complaints = [
        c for each, mark in zip(results, must, strict=True) for c in each.complaints(mark)
    ]
    print("\n".join(complaints) or "All is well.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
