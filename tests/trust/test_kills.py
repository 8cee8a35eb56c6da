"""Fifty SIGKILLs during payments: nothing acknowledged is lost, nothing is paid twice."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from tests.factories_ledger import envelope, payee

pytestmark = pytest.mark.trust
ROOT = Path(__file__).resolve().parents[2]
PURSE = 10_000_00


def database_url() -> str:
    """The address of this run's test database, for another process."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    host, port = found["HOST"] or "127.0.0.1", found["PORT"] or 5432
    secret = f":{found['PASSWORD']}" if found["PASSWORD"] else ""
    return f"postgres://{found['USER']}{secret}@{host}:{port}/{found['NAME']}"


def run_client(kills: int, seed: int, keys: str) -> dict:
    """One client and its mortal tellers, in a process of its own."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.trust.kills",
            str(kills),
            str(seed),
            keys,
            "caisse",
            "jardin",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "ensemblier.web.settings",
        },
        capture_output=True,
        text=True,
        timeout=300 + 10 * kills,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def purse(transactional_db):
    payee()
    return envelope(PURSE, "caisse")


@pytest.mark.parametrize("each", [25, pytest.param(250, marks=pytest.mark.slow)])
def test_fifty_kills_lose_nothing_and_pay_nothing_twice(purse, each):
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda seed: run_client(each, seed, "keys"), [1, 2]))
    assert sum(run["kills"] for run in runs) >= 2 * each
    acknowledged = [tuple(row) for run in runs for row in run["acknowledged"]]
    assert len(acknowledged) == sum(run["asked"] for run in runs)
    written = Transfer.objects.filter(debit=purse).values_list("pk", "cents")
    assert sorted(acknowledged) == sorted(written)
    assert balance(purse).posted == PURSE - sum(cents for _, cents in acknowledged)
    assert verify().faults == []


def test_negative_control_without_keys_something_is_paid_twice(purse):
    run = run_client(5, 3, "no-keys")
    assert Transfer.objects.filter(debit=purse).count() > run["asked"]
    assert balance(purse).posted < PURSE - sum(cents for _, cents in run["acknowledged"])
