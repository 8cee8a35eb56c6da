"""Compiles *.in into *.txt: exact versions and hashes, no download address (`make lock`)."""

import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
UV = HERE.parent / ".venv" / "bin" / "uv"
COMPILE = ["pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--upgrade"]


def main() -> None:
    # Each file is held to the versions of the one before it: what is tested is what runs.
    constraint: list[str] = []
    for name in ("uv", "run", "dev", "bench"):
        source, target = f"{name}.in", f"{name}.txt"
        subprocess.run([str(UV), *COMPILE, *constraint, source, "-o", target], check=True, cwd=HERE)
        constraint = [] if name == "uv" else ["-c", target]


if __name__ == "__main__":
    main()
