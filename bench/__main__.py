"""Runs every benchmark that this folder holds, one after the other: `make bench`."""

import subprocess
import sys

PARTS = ("bench.pages", "bench.ledger")


def main() -> int:
    """The highest exit code: a figure past its ceiling fails the run."""
    return max(
        subprocess.run([sys.executable, "-m", part], check=False).returncode for part in PARTS
    )


if __name__ == "__main__":
    sys.exit(main())
