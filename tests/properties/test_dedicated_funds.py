"""What holds for every dedicated fund: no cent lost, and entries that lead to the balance."""

from hypothesis import assume, given
from hypothesis import strategies as st

from ensemblier.engines.dedicated_funds import NATURES, Movement, WrongYears, Year, movements

CENTS = st.integers(0, 10_000_000)
ROWS = st.lists(st.tuples(CENTS, CENTS, CENTS), min_size=1, max_size=5)


def compute(rows, opening, fund="194") -> list[Movement]:
    years = [Year(2026 + n, *row) for n, row in enumerate(rows)]
    try:
        return movements(years, fund, opening)
    except WrongYears:
        assume(False)
        raise


def booked(move: Movement, fund: str) -> int:
    """The balance that the entries of a year lead to."""
    for entry in move.entries:
        assert entry.amount_cents > 0
    credit = sum(e.amount_cents for e in move.entries if e.credit == fund)
    debit = sum(e.amount_cents for e in move.entries if e.debit == fund)
    return move.opening_cents + credit - debit


@given(ROWS, CENTS, st.sampled_from(sorted(NATURES)))
def test_every_cent_is_used_returned_or_carried(rows, opening, fund):
    found = compute(rows, opening, fund)
    received, used, returned = (sum(column) for column in zip(*rows, strict=True))
    assert found[-1].closing_cents == opening + received - used - returned
    for move in found:
        assert booked(move, fund) == move.closing_cents >= 0
        assert min(move.carried_cents, move.released_cents) >= 0
    for before, after in zip(found, found[1:], strict=False):
        assert after.opening_cents == before.closing_cents


@given(ROWS, CENTS)
def test_old_money_leaves_first(rows, opening):
    """As long as something carried in is left unreleased, nothing of the year was used."""
    for move, (received, used, returned) in zip(compute(rows, opening), rows, strict=True):
        if move.released_cents < move.opening_cents:
            assert move.carried_cents == max(0, received - returned)
        assert move.released_cents <= used + returned


def test_the_check_sees_a_lost_cent():
    """Negative control."""
    move = movements([Year(2026, 100_00, 40_00)])[0]
    wrong = Movement(
        2026, 0, 59_99, 0, 60_00, (move.entries[0]._replace(amount_cents=59_99),), False
    )
    assert booked(wrong, "194") != wrong.closing_cents
