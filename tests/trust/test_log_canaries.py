"""A16: the run fails when a log holds a secret; shown on small runs of their own."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import TOTP

from ensemblier.base.notices.models import Message
from tests import canaries, log_canaries
from tests.factories_people import make_user

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.trust

HEAD = """
import logging
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models.signals import post_save
from tests import canaries, log_canaries
log = logging.getLogger("ensemblier.web.essai")
"""
LEAKS = {
    "a password": "log.debug('typed: %s', canaries.PASSWORD)",
    "a TOTP secret": "log_canaries.keep('totp ' + canaries.TOTP_SECRET, 'a server')",
    "the OpenID client secret": "log.error('refused: ' + canaries.OIDC_SECRET)",
    "SECRET_KEY": "log_canaries.keep('key=' + settings.SECRET_KEY, 'a server')",
    "the password of the database": "log.critical('no answer for %s', canaries.DATABASE_PASSWORD)",
    "a session key": "key = 'k3yofasession' * 2\n"
    "    post_save.send(Session, instance=Session(session_key=key))\n"
    "    log_canaries.keep(f'GET / {key} 200', 'the access log of a server')",
}


def run(folder: Path, bodies: list[str], *options: str) -> subprocess.CompletedProcess[str]:
    """A run of pytest apart, with the plugin, on tests that pass."""
    tests = [f"def test_{rank}():\n    {body}\n" for rank, body in enumerate(bodies)]
    (folder / "test_it.py").write_text(HEAD + "\n".join(tests))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.log_canaries"]
    command += ["-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    command += [f"--rootdir={folder}", *options, str(folder)]
    given = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "DATABASE_URL"))}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=given | {"ENSEMBLIER_VAR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{len(bodies)} passed" in done.stdout, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("options", ["-n0", "-n1"])
def test_a_secret_in_a_log_fails_the_run(tmp_path, options):
    """Negative control: every test passes and the run does not, with or without workers."""
    done = run(tmp_path, list(LEAKS.values()), options)
    assert done.returncode == 1
    assert [kind for kind in LEAKS if f"{kind} was logged by" not in done.stdout] == []
    assert not any(secret in done.stdout for secret in canaries.FIXED)


@pytest.mark.parametrize("options", ["-n0", "-n1"])
def test_a_clean_run_passes(tmp_path, options):
    """And what the site's own formatter hides is not a leak."""
    body = "log.warning('GET /invitations/%s/', 'A' * 43); log.info('un long texte')"
    done = run(tmp_path, [body], options)
    assert done.returncode == 0, done.stdout + done.stderr


def watch() -> log_canaries.Watch:
    assert log_canaries._watch is not None
    return log_canaries._watch


def test_this_very_run_is_watched_at_the_lowest_level_on_every_logger():
    assert watch() in logging.getLogger().handlers
    names = ("ensemblier.base.people", "django.request", "allauth", "granian", "typst")
    for name in names:
        logging.getLogger(name).debug("un essai de la garde : %s", name)
    text = "\n".join(watch().lines)
    assert [name for name in names if f"un essai de la garde : {name}" not in text] == []


@pytest.mark.django_db
def test_secrets_are_learnt_as_they_are_made(client):
    user = make_user()
    client.force_login(user)
    assert watch().made[client.cookies["sessionid"].value] == "a session key"
    TOTP.activate(user, "CANARICANARICANARICANARICANARI22")
    assert "CANARICANARICANARICANARICANARI22" in watch().made
    client.post("/mot-de-passe/oublie/", {"email": user.email})
    link = next(w for w in Message.objects.get().body.split() if "/mot-de-passe/nouveau/" in w)
    assert watch().made[link.strip("/").rpartition("/")[2]] == "a link of an e-mail"
