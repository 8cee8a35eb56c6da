"""Builds .venv from the locked requirements, with nothing but the system's Python.

    python3 requirements/install.py run|dev|bench

Does nothing when the same locked files are installed already. Every download is checked against
the hashes of the lock. The `ensemblier` command is a small launcher and the package is found by a
.pth file: no build step, so no build tool is downloaded.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".installed"
# Each level contains those before it.
LEVELS = ("run", "dev", "bench")
LAUNCHER = """#!{python}
import sys

from ensemblier.cli.main import main

sys.exit(main())
"""


def fingerprint(level: str) -> str:
    digest = hashlib.sha256((ROOT / "requirements" / "uv.txt").read_bytes())
    digest.update((ROOT / "requirements" / f"{level}.txt").read_bytes())
    digest.update(str(ROOT).encode())
    return f"{level} {digest.hexdigest()}"


def is_installed(level: str) -> bool:
    """This level, or a larger one, is installed from the files as they are now."""
    if not STAMP.exists() or not PYTHON.exists():
        return False
    wanted = {fingerprint(each) for each in LEVELS[LEVELS.index(level) :]}
    return STAMP.read_text().strip() in wanted


def level_to_install(level: str) -> str:
    """Never shrink: a new lock file of `run` keeps the tools of a `dev` environment."""
    if STAMP.exists():
        before = STAMP.read_text().split()[0]
        return max(level, before, key=LEVELS.index)
    return level


def make_venv() -> None:
    if PYTHON.exists() and (VENV / "bin" / "pip").exists():
        return
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False)
    if made.returncode:
        sys.exit(
            "Python ne sait pas créer d'environnement ici. Sous Debian ou Ubuntu, lancez :\n"
            "    sudo apt-get install -y python3-venv make\n"
            "puis recommencez (ou lancez « make system » en tant que root)."
        )


def write_launcher() -> None:
    (site,) = VENV.glob("lib/python3*/site-packages")
    (site / "ensemblier.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "ensemblier"
    command.write_text(LAUNCHER.format(python=PYTHON))
    command.chmod(0o755)


def install(level: str) -> None:
    make_venv()
    locks = ROOT / "requirements"
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(locks / "uv.txt")], check=True)
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON)]
    subprocess.run(
        [*uv, "--require-hashes", "-r", str(locks / f"{level}.txt")],
        check=True,
        env={**os.environ, "VIRTUAL_ENV": str(VENV)},
    )
    write_launcher()
    STAMP.write_text(fingerprint(level) + "\n")


def main(level: str) -> None:
    if not is_installed(level):
        chosen = level_to_install(level)
        print(f"Installation ({chosen}) dans .venv…", flush=True)
        install(chosen)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LEVELS:
        sys.exit(__doc__)
    main(sys.argv[1])
