"""A line explained from a snapshot: the same sentences as after all the lines before it."""

import random

import pytest

from ensemblier.engines.cofinancing.explain import UnknownLine, explain
from ensemblier.engines.cofinancing.lines import RawLine
from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.snapshots import Snapshots
from ensemblier.engines.cofinancing.split import Splitter
from tests.properties.cofinancing_schemes import any_rows, any_scheme
from tests.properties.test_cofinancing import as_toml


def parted(seed):
    """How many lines are told otherwise."""
    chance = random.Random(seed)
    scheme = read_scheme(as_toml(any_scheme(chance)))
    raws = [RawLine(**row) for row in any_rows(chance, 30)]
    snapshots = Snapshots(scheme, raws, every=chance.choice([1, 3, 8]))
    ids = {raw.line_id for raw in raws}
    return sum(snapshots.explain(each) != explain(scheme, raws, each) for each in sorted(ids))


def test_a_line_is_explained_as_if_all_lines_were_run_again():
    assert [parted(seed) for seed in range(40)] == [0] * 40


def test_the_comparison_would_see_a_state_that_is_not_resumed(monkeypatch):
    """Negative control: without the snapshot, explanations differ."""
    monkeypatch.setattr(
        "ensemblier.engines.cofinancing.snapshots._resumed", lambda scheme, _: Splitter(scheme)
    )
    assert sum(parted(seed) for seed in range(20)) > 20


def test_a_snapshot_holds_only_what_its_own_lines_need():
    scheme = read_scheme(
        """
        name = "foyers"
        person = { rule = "free" }
        exhausted = { then = "structure" }
        [[step]]
        kind = "rest"
        payer = "A"
        cap_per_household = { cents = 5, per = "scheme" }
        """
    )
    cells = ("2026-01-01", "jardin", "panier", "1", "panier", "100")
    raws = [RawLine(f"L{n:04}", *cells, f"f{n}") for n in range(1_000)]
    snapshots = Snapshots(scheme, raws, every=10)
    assert max(len(each.caps) for each in snapshots.snapshots) == 0
    assert snapshots.explain("L0999") == explain(scheme, raws, "L0999")


def test_an_unknown_line_is_said_to_be_unknown():
    with pytest.raises(UnknownLine, match="L9"):
        Snapshots(read_scheme('name = "x"\nperson = { rule = "full" }'), []).explain("L9")
