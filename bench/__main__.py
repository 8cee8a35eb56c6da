"""Every benchmark of this folder, one after the other: `make bench`, or `python -m bench --quick`.

They run on the PostgreSQL of DATABASE_URL, else on a local one, else on one started for the run.
"""

import os
import subprocess
import sys

from tests import postgresql

PARTS = (
    "bench.pages",
    "bench.ledger",
    "bench.boards",
    "bench.recall",
    "bench.cofinancing",
    "bench.allocation",
    "bench.month_end",
    "bench.economics",
)


def main() -> int:
    """The highest exit code: a figure past its goal fails the run."""
    with postgresql.server() as url:
        return max(
            subprocess.run(
                [sys.executable, "-m", part, *sys.argv[1:]],
                env={**os.environ, "DATABASE_URL": url},
                check=False,
            ).returncode
            for part in PARTS
        )


if __name__ == "__main__":
    sys.exit(main())
