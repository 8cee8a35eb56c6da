"""Installs what only the system's package manager can give, and only what is missing.

Called by `make system`, and by `make test` before anything else. Without root it says what to ask
an administrator for, and goes on when nothing needed is missing.
"""

import importlib.util
import os
import shutil
import subprocess
import sys

# The first is what the tests prefer (tests/browser.py); without root, another will do.
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
OFFICES = ("soffice", "libreoffice")


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def missing_packages() -> list[str]:
    """Debian names of what is absent."""
    wanted = []
    if importlib.util.find_spec("ensurepip") is None:
        wanted.append("python3-venv")
    found = [name for name in BROWSERS if shutil.which(name)]
    if not found or (found[0] != BROWSERS[0] and may_install()):
        wanted.append(BROWSERS[0])
    # Recalculates exported spreadsheets in tests. Calc alone, without the suite: half a minute.
    if not any(shutil.which(name) for name in OFFICES):
        wanted.append("libreoffice-calc")
    return wanted


def main() -> None:
    packages = missing_packages()
    if not packages:
        return
    if not may_install():
        sys.exit(
            f"Il manque sur cette machine : {', '.join(packages)}.\n"
            f"Un administrateur l'installe avec : apt-get install {' '.join(packages)}"
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment)
    subprocess.run(install, check=True, env=environment, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
