"""The kernel on random schemes: the reference to the last letter, the naive reading to the cent."""

import random
from itertools import accumulate

import pytest

from ensemblier.engines.cofinancing import fast, fitting, kernel
from ensemblier.engines.cofinancing.columns import TooLarge
from ensemblier.engines.cofinancing.lines import RawLine
from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.split import Refused, split
from tests.properties.cofinancing_naive import split_naively
from tests.properties.cofinancing_schemes import any_rows, any_scheme
from tests.properties.test_cofinancing import as_toml, random_rows, random_scheme


def compare(seed, lines=40, size=7):
    """Kernel and reference give the same; how many lines are shared."""
    chance = random.Random(seed)
    scheme = read_scheme(as_toml(any_scheme(chance)))
    raws = [RawLine(**row) for row in any_rows(chance, lines)]
    assert fitting.fits(scheme) == ""
    expected = list(split(scheme, raws))
    found = list(fast.split_fast(scheme, raws, size=size))
    assert found == expected, (
        seed,
        next(p for p in zip(found, expected, strict=True) if p[0] != p[1]),
    )
    return sum(not isinstance(result, Refused) for result in found)


def compare_naively(seed, lines=40):
    """Kernel, reference and naive reading, on what all three know."""
    chance = random.Random(seed)
    written, rows = random_scheme(chance), random_rows(chance, lines)
    scheme, raws = read_scheme(as_toml(written)), [RawLine(**row) for row in rows]
    found = list(fast.split_fast(scheme, raws, size=16))
    assert found == list(split(scheme, raws)), seed
    for result, (row, expected) in zip(found, split_naively(written, rows), strict=True):
        told = None
        if not isinstance(result, Refused):
            told = [(share.payer, share.cents, share.step) for share in result]
        assert told == expected, (seed, row)
    return sum(not isinstance(result, Refused) for result in found)


def test_the_kernel_gives_what_the_reference_gives_with_every_rule():
    assert sum(compare(seed) for seed in range(300)) > 2_500


def test_kernel_reference_and_naive_reading_agree():
    assert sum(compare_naively(seed) for seed in range(200)) > 1_000


@pytest.mark.slow
def test_three_readings_agree_on_a_hundred_thousand_schemes_and_a_million_lines():
    shared = sum(compare(seed, lines=10) for seed in range(10_000, 60_000))
    shared += sum(compare_naively(seed, lines=10) for seed in range(60_000, 110_000))
    assert shared > 200_000


def test_the_comparison_would_see_a_wrong_odd_cent():
    """Negative control: a kernel that forgets the odd cents parts from the reference."""

    def forgetful(tables, state, lines, draft, out):
        kernel.share_block(tables, state, lines, draft, out)
        state.carry[:] = 0

    parted = 0
    for seed in range(150):
        chance = random.Random(seed)
        scheme = read_scheme(as_toml(any_scheme(chance)))
        raws = [RawLine(**row) for row in any_rows(chance, 40)]
        found = fast.split_fast(scheme, raws, loop=forgetful, size=4)
        parted += list(found) != list(split(scheme, raws))
    assert parted > 10


def test_the_plain_loop_gives_the_same_as_the_compiled_one():
    """Without numba the kernel is not used; were it, nothing would change."""
    plain = getattr(kernel.share_block, "py_func", kernel.share_block)
    for seed in range(20):
        chance = random.Random(seed)
        scheme = read_scheme(as_toml(any_scheme(chance)))
        raws = [RawLine(**row) for row in any_rows(chance, 20)]
        assert list(fast.split_fast(scheme, raws, loop=plain)) == list(split(scheme, raws))


def raw(line_id, price, household="f1", quantity="1"):
    return RawLine(line_id, "2024-01-25", "jardin", "panier", quantity, "panier", price, household)


def test_one_envelope_has_a_closed_form():
    """S = min(envelope, running sum of demands): a prefix sum."""
    chance = random.Random(1)
    prices = [chance.randint(0, 3000) for _ in range(2_000)]
    scheme = read_scheme(
        """
        name = "une enveloppe"
        person = { rule = "free" }
        step = [{ kind = "rest", payer = "A" }]
        envelope = [{ payer = "A", cents = 1234567 }]
        exhausted = { then = "structure" }
        """
    )
    lines = [raw(f"L{n:05}", str(price)) for n, price in enumerate(prices)]
    paid = [paid_by("A", result) for result in fast.split_fast(scheme, lines)]
    sums = [min(1234567, each) for each in accumulate(prices)]
    assert paid == [after - before for before, after in zip([0, *sums], sums, strict=False)]
    assert 0 in paid[-10:]


def test_nested_caps_have_a_closed_form():
    """A household's cap inside the payer's envelope: one prefix sum inside the other."""
    chance = random.Random(2)
    drawn = [(f"f{chance.randint(0, 40)}", chance.randint(0, 3000)) for _ in range(3_000)]
    scheme = read_scheme(
        """
        name = "plafond et enveloppe"
        person = { rule = "free" }
        envelope = [{ payer = "A", cents = 1500000 }]
        exhausted = { then = "structure" }
        [[step]]
        kind = "rest"
        payer = "A"
        cap_per_household = { cents = 40000, per = "scheme" }
        """
    )
    lines = [raw(f"L{n:05}", str(price), house) for n, (house, price) in enumerate(drawn)]
    paid = [paid_by("A", result) for result in fast.split_fast(scheme, lines)]
    asked, before, wanted = {}, 0, []
    for house, price in drawn:
        sum_before = asked.get(house, 0)
        asked[house] = sum_before + price
        wanted.append(min(40000, asked[house]) - min(40000, sum_before))
    sums = [min(1500000, each) for each in accumulate(wanted)]
    before = [0, *sums[:-1]]
    assert paid == [s - b for s, b in zip(sums, before, strict=True)]
    assert sums[-1] == 1500000


def paid_by(payer, result):
    return sum(share.cents for share in result if share.payer == payer)


ONE = 'name = "x"\nperson = { rule = "percent", percent = "30" }\nexhausted = { then = "S" }\n'


@pytest.mark.parametrize(
    "cells", [{"price": "100000000001"}, {"price": "1", "quantity": "100000001"}]
)
def test_an_amount_that_could_overflow_is_left_to_the_reference(cells):
    with pytest.raises(TooLarge):
        list(fast.split_fast(read_scheme(ONE), [raw("L1", **cells)]))


def test_the_largest_amounts_that_the_kernel_takes_are_exact():
    scheme = """
        name = "grand"
        person = { rule = "percent", percent = "99999.99" }
        exhausted = { then = "S" }
        [[step]]
        kind = "match"
        payer = "M"
        of = "A"
        percent = "99999"
        [[step]]
        kind = "share"
        up_to_percent = "1234.5678"
        up_to_cents_per_unit = 9999999
        payers = [
            { name = "A", weight = 1, cap_per_unit = 10000000 }, { name = "B", weight = 999999 }
        ]
        """
    for person in ('{ rule = "percent", percent = "99999.99" }', '{ rule = "free" }'):
        text = scheme.replace('{ rule = "percent", percent = "99999.99" }', person)
        lines = [raw(f"L{n}", "100000000000", quantity="100000000") for n in range(50)]
        read = read_scheme(text)
        assert fitting.fits(read) == ""
        assert list(fast.split_fast(read, lines)) == list(split(read, lines))


@pytest.mark.parametrize(
    "more",
    [
        'step = [{ kind = "rest", payer = "A", cap_per_unit = 10000001 }]',
        'step = [{ kind = "share", payers = [{ name = "A", weight = 1000001 }] }]',
        'step = [{ kind = "rest", payer = "A", up_to_percent = "0.000000001" }]',
        'step = [{ kind = "match", payer = "A", of = "B", percent = "9999999999" }]',
        'surcharge = { pot = "A", tiers = ["B"], percent = "33.333333333" }',
    ],
)
def test_a_scheme_out_of_the_kernels_size_says_so(more):
    assert fitting.fits(read_scheme(ONE)) == ""
    assert fitting.fits(read_scheme(ONE + more)) != ""


def test_a_second_run_gives_the_same():
    chance = random.Random(5)
    scheme = read_scheme(as_toml(any_scheme(chance)))
    raws = [RawLine(**row) for row in any_rows(chance, 200)]
    assert list(fast.split_fast(scheme, raws)) == list(fast.split_fast(scheme, raws, size=3))
