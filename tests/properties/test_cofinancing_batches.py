"""Lines shared batch after batch, by the kernel and by the norm: the same as one run, with what
each line drew and where the run stands."""

import random

import pytest

from ensemblier.engines.cofinancing import batches, kernel
from ensemblier.engines.cofinancing.batches import OtherPeriod, Standing, Taken
from ensemblier.engines.cofinancing.columns import TooLarge
from ensemblier.engines.cofinancing.lines import RawLine, in_order
from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.split import Draft, Refused, split
from tests.properties.cofinancing_schemes import any_rows, any_scheme
from tests.properties.test_cofinancing import as_toml


def start(scheme):
    weighted = [(rank, step) for rank, step in enumerate(scheme.steps, 1) if step.kind == "share"]
    carries = {rank: [0] * len(step.payers) for rank, step in weighted}
    return Standing([envelope.cents for envelope in scheme.envelopes], carries, {})


def lines_of(chance, count):
    """Each line once: an identifier that comes twice is nothing that tables can hold."""
    lines = in_order(RawLine(**row) for row in any_rows(chance, count))
    once: dict[str, RawLine] = {}
    for line in lines:
        once.setdefault(line.line_id, line)
    return list(once.values())


def told(draft):
    """A draft without what counts for nothing."""
    return Draft(
        draft.shares,
        {key: cents for key, cents in draft.caps.items() if cents},
        {rank: cents for rank, cents in draft.envelopes.items() if cents},
        draft.memories,
    )


def stands(standing):
    caps = {key: cents for key, cents in standing.caps.items() if cents}
    return list(standing.left), {k: list(v) for k, v in standing.carries.items()}, caps


def by_batches(scheme, lines, size):
    """Every line, cut in batches; how many batches the kernel took, and how many lines undo one of
    another batch."""
    standing, kept, results, compiled, far = start(scheme), {}, [], 0, 0
    for first in range(0, len(lines), size):
        some = lines[first : first + size]
        asked = {line.undoes for line in some if line.undoes}
        originals = {line_id: kept[line_id] for line_id in asked & set(kept)}
        found = by_both(scheme, standing, some, originals)
        compiled += found.compiled
        far += len(originals) * found.compiled
        standing = found.after
        for line, taken in zip(some, found.results, strict=True):
            results.append(taken.shares if isinstance(taken, Taken) else taken)
            if isinstance(taken, Taken) and not line.undoes:
                kept[line.line_id] = taken.draft
            elif isinstance(taken, Taken):  # undone once, here or in its own batch
                kept.pop(line.undoes, None)
    return results, compiled, far


def by_both(scheme, standing, some, originals):
    """One batch by the norm and, when it can, by the kernel: they agree."""
    norm = batches.by_norm(scheme, standing, some, originals)
    try:
        found = batches.by_kernel(scheme, standing, some, originals)
    except OtherPeriod:
        return norm
    assert stands(found.after) == stands(norm.after)
    for ours, theirs in zip(found.results, norm.results, strict=True):
        assert isinstance(ours, Refused) == isinstance(theirs, Refused)
        if isinstance(ours, Taken):
            assert ours.shares == theirs.shares
            assert told(ours.draft) == told(theirs.draft)
    return found


def compare(seed, lines=40):
    chance = random.Random(seed)
    scheme = read_scheme(as_toml(any_scheme(chance)))
    raws = lines_of(chance, lines)
    whole = list(split(scheme, raws))
    found, compiled, far = by_batches(scheme, raws, chance.choice([1, 3, 8, 40]))
    for ours, theirs in zip(found, whole, strict=True):
        # A line undone in a batch before is not known any more: only the words may differ.
        if not (isinstance(ours, Refused) and isinstance(theirs, Refused)):
            assert ours == theirs, seed
    return sum(not isinstance(one, Refused) for one in found), compiled, far


def test_batches_give_what_one_run_gives():
    shared, compiled, far = map(sum, zip(*(compare(seed) for seed in range(300)), strict=True))
    assert shared > 2_000 and compiled > 1_000 and far > 50


@pytest.mark.slow
def test_batches_give_what_one_run_gives_on_many_schemes():
    assert sum(compare(seed)[0] for seed in range(1_000, 12_000)) > 50_000


def test_negative_control_a_forgotten_carry_is_caught(monkeypatch):
    whole = batches._Run.after

    def forgetful(run):
        standing = whole(run)
        return standing._replace(carries={k: [0] * len(v) for k, v in standing.carries.items()})

    monkeypatch.setattr(batches._Run, "after", forgetful)
    with pytest.raises(AssertionError):
        for seed in range(60):
            compare(seed)


def test_what_the_kernel_cannot_count_is_left_to_the_norm():
    scheme = read_scheme(
        'name = "x"\nperson = { rule = "percent", percent = "30" }\n'
        '[[step]]\nkind = "rest"\npayer = "A"\n'
    )
    line = RawLine("1", "2027-03-01", "s", "p", "1", "u", str(10**12))
    with pytest.raises(TooLarge):
        batches.by_kernel(scheme, start(scheme), [line], {})
    found = batches.share_batch(scheme, start(scheme), [line], {})
    assert not found.compiled and len(found.results[0].shares) == 2
    small = [line._replace(price_cents="100")]
    expected = kernel.compiled() is not None
    assert batches.share_batch(scheme, start(scheme), small, {}).compiled is expected
