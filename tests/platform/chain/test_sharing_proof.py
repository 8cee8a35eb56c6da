"""The kept state of a version is proved from its lines, and each kind of fault is seen."""

from uuid import uuid4

import pytest

from ensemblier.base.ledger import proofs
from ensemblier.chain.cofinancing import actions
from ensemblier.chain.cofinancing.models import EnvelopeLeft, GroupCarry, Share
from ensemblier.chain.cofinancing.proof import faults, prove
from ensemblier.chain.distribution import actions as distribution
from tests.factories_chain import (
    DAY,
    NOW,
    make_chain,
    make_line,
    make_product,
    make_scheme,
    make_site,
)

RULE = """
name = "Paniers"
[person]
rule = "percent"
percent = "30"
[surcharge]
pot = "MSA"
[[step]]
kind = "share"
payers = [{ name = "CAF", weight = 2 }, { name = "MSA", weight = 1 }]
[[envelope]]
payer = "MSA"
cents = 5000
fed = true
"""


@pytest.fixture
def version(db):
    shop = make_site(make_chain())
    basket, found = make_product(shop.chain), make_scheme(shop.chain, RULE, ["CAF", "MSA"])
    for cents in (1205, 333, 0, 4000):
        line = make_line(shop, basket, cents, scheme="paniers", extra_cents=cents // 10)
        actions.share_line(line=line, actor=None)
    opposite = distribution.undo_line(key=uuid4(), line=line, day=DAY, now=NOW, actor=None)
    actions.share_line(line=opposite, actor=None)
    return found


def test_what_is_kept_is_what_the_lines_drew(version):
    assert faults(version) == []
    assert prove() == []
    assert "les partages" in proofs.table(), "`ensemblier verify` runs it"


def test_negative_control_each_fault_is_seen(version):
    EnvelopeLeft.objects.update(cents=4999)
    GroupCarry.objects.filter(place=1).update(carry=17)
    line = Share.objects.first().line
    Share.objects.create(line=line, version=version, rank=99, cents=1, reason="en trop")
    assert len(faults(version)) == 3
    assert prove()[0][0] == "dispositif paniers, version 1"
