"""What comes from outside: pinned with hashes, counted, and without any address."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, committed

LOCKS = ("uv", "run", "dev", "bench")
MAX_DIRECT = 40
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(\[[^\]]+\])?==\S+", re.MULTILINE)
# Written in halves, so that this file does not name what it looks for.
HOSTS = (
    "pypi" + ".org",
    "python" + "hosted",
    "npm" + "js.org",
    "registry" + ".npm",
    "index" + "-url",
)
TEXT = {".py", ".md", ".txt", ".in", ".toml", ".cfg", ".html", ".css", ".js", ".json", ".sh", ""}
SECRETS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "age key": re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{20}"),
    "cloud key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "forge token": re.compile(r"\b(ghp|gho|glpat|github_pat)[_-][A-Za-z0-9_]{20,}"),
    "address with password": re.compile(
        r"[a-z]+://[^\s:/@{}<>$*]+:(?!password|motdepasse)[^\s/@{}<>$*]+@"
    ),
    "assigned": re.compile(
        r"(?i)\b(secret_key|password|api_key|token)\b\s*=\s*[\"'][A-Za-z0-9+/_-]{24,}[\"']"
    ),
}
# Meant to be known: the key that production refuses by name, the password of the demo accounts.
KNOWN = {"for-development-only-never-in-production", "filieres-solidaires-demo"}


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def direct(name: str) -> list[str]:
    lines = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith(("#", "-r", "-c"))]


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes(name):
    blocks = re.split(r"\n(?=[a-z0-9])", lock(name))
    pinned = [block for block in blocks if PINNED.match(block)]
    assert len(pinned) >= len(direct(name))
    assert [block.split()[0] for block in pinned if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_hold_no_address(name):
    assert re.findall(r"https?://\S+", lock(name)) == []


def test_at_most_forty_direct_dependencies():
    assert 0 < len(direct("run") + direct("dev")) <= MAX_DIRECT


def test_what_is_tested_is_what_runs():
    """A package has the same version in the lock for running and in the lock for tests."""
    versions = [dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", lock(n), re.M)) for n in ("run", "dev")]
    different = {k for k, v in versions[0].items() if versions[1].get(k) != v}
    assert different == set()


def texts() -> list[tuple[str, str]]:
    found = []
    for path in committed():
        if path.suffix in TEXT and path.stat().st_size < 1_000_000:
            found.append((str(path.relative_to(ROOT)), path.read_text(errors="replace")))
    return found


def test_no_file_names_a_package_registry():
    naming = [(name, host) for name, text in texts() for host in HOSTS if host in text.lower()]
    assert naming == []


def secrets_in(text: str) -> list[str]:
    return [
        kind
        for kind, pattern in SECRETS.items()
        for match in pattern.finditer(text)
        if not any(known in match.group() for known in KNOWN)
    ]


def test_no_secret_is_in_the_repository():
    assert {name: found for name, text in texts() if (found := secrets_in(text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "AKIA" + "A" * 16,
        "ghp" + "_" + "a" * 30,
        "postgres" + "://fonds:Xk29dkq@db/fonds",
        "SECRET" + '_KEY = "' + "kJ8f" * 8 + '"',
    ],
)
def test_a_secret_would_be_found(text):
    assert secrets_in(text) != []


def test_installing_twice_does_nothing_the_second_time(tmp_path):
    """The stamp of the environment follows the content of the lock files."""
    folder = tmp_path / "requirements"
    folder.mkdir()
    for name in ("uv", "run", "dev", "bench"):
        (folder / f"{name}.txt").write_text(lock(name))
    script = (ROOT / "requirements" / "install.py").read_text()
    (folder / "install.py").write_text(script)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").write_text("")

    def installed(level: str) -> bool:
        code = f"import install; print(install.is_installed({level!r}))"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True
        )
        return done.stdout.strip() == "True"

    stamp = "import install; install.STAMP.write_text(install.fingerprint('dev'))"
    assert not installed("dev")
    subprocess.run([sys.executable, "-c", stamp], cwd=folder, check=True)
    assert installed("dev")
    assert installed("run")
    assert not installed("bench")
    Path(folder / "dev.txt").write_text(lock("dev") + "\n# changed\n")
    assert not installed("dev")
