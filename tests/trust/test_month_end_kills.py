"""SIGKILL during a month's end, asked again each time: each line is posted once, each number given
once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db.models import Sum

from ensemblier.base.ledger.verify import verify
from ensemblier.chain.billing import queries
from ensemblier.chain.billing.models import DocumentLine, MonthEnd
from ensemblier.chain.cofinancing import proof
from ensemblier.chain.cofinancing.models import Share
from tests.platform.chain.month_end_world import UNTIL, World, moves, written
from tests.trust.test_kills import database_url

pytestmark = pytest.mark.trust
ROOT = Path(__file__).resolve().parents[2]
STRIDE = 4


def run(world, at):
    """The exit code of one process, which kills itself at that step."""
    return subprocess.run(
        [sys.executable, "-m", "tests.trust.month_end_kills", str(world.chain.pk)]
        + [UNTIL.isoformat(), str(at)],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "ensemblier.web.settings",
        },
        capture_output=True,
        timeout=300,
        check=False,
    ).returncode


@pytest.mark.django_db(transaction=True)
def test_a_month_end_killed_again_and_again_loses_nothing_and_posts_nothing_twice():
    world = World(4)
    written(world.draw(40))
    codes = []
    while not codes or codes[-1] != 0:
        codes.append(run(world, 2 + STRIDE * len(codes)))
        assert codes[-1] in (0, -signal.SIGKILL) and len(codes) < 60
    assert len(codes) > 3, "it was not killed"
    assert MonthEnd.objects.get().phase == "over"
    shares = Share.objects.filter(line__chain=world.chain)
    lines = {share.line_id for share in shares}
    posted = moves(world)
    assert len({move[0] for move in posted}) == len(posted) > len(lines) > 20
    run_of = MonthEnd.objects.get()
    assert run_of.transfers == len(posted)
    assert verify().faults == [] and proof.prove() == []
    keepers = {shop.keeper for shop in world.shops} | {world.chain.lead}
    assert [queries.gaps(each) for each in keepers] == [[]] * len(keepers)
    for payer in world.version.scheme.payers.all():
        due = shares.filter(payer=payer).aggregate(c=Sum("cents"))["c"]
        called = DocumentLine.objects.filter(share__payer=payer).aggregate(c=Sum("cents"))["c"]
        assert due == called
