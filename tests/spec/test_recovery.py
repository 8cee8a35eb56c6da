"""What comes back after a breach, by worked examples a treasurer could check, and properties."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.cli.main import main
from ensemblier.engines.recovery import BadCase, Case, Ground, plan, recoverable

YEAR = {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}


def cer(granted: int, paid: int, breach: date, returned: int = 0) -> Case:
    return Case(Ground.CER, granted, paid, returned, breach_on=breach, **YEAR)


def test_half_way_and_all_paid():
    """36,500 € for 365 days, all paid; breach on 2 July: 182 days are left, 18,200 € come back."""
    found = recoverable(cer(36_500_00, 36_500_00, date(2027, 7, 2)))
    assert (found.days, found.days_left) == (365, 182)
    assert (found.amount, found.cancelled) == (18_200_00, 0)
    assert "182 jours restants sur 365" in found.sentence


def test_what_was_not_paid_yet_is_cancelled_first():
    """30,000 € of 36,500 paid; 18,200 withdrawn: 6,500 are no longer paid, 11,700 come back."""
    found = recoverable(cer(36_500_00, 30_000_00, date(2027, 7, 2)))
    assert (found.amount, found.cancelled) == (11_700_00, 6_500_00)


def test_little_paid_nothing_comes_back():
    found = recoverable(cer(36_500_00, 10_000_00, date(2027, 7, 2)))
    assert (found.amount, found.cancelled) == (0, 18_200_00)


@pytest.mark.parametrize(
    ("day", "left"),
    [
        (date(2026, 12, 1), 365),  # before it began: everything, never more
        (date(2027, 1, 1), 364),
        (date(2027, 12, 30), 1),
        (date(2027, 12, 31), 0),
        (date(2028, 5, 1), 0),  # after the end: nothing
    ],
)
def test_days_left(day, left):
    assert recoverable(cer(365_00, 365_00, day)).days_left == left


def test_the_odd_cent_stays_with_the_organisation():
    """100 € over 365 days, 182 left: 49.8630… € withdrawn, 49.86 come back."""
    assert recoverable(cer(100_00, 100_00, date(2027, 7, 2))).amount == 49_86


@pytest.mark.parametrize(
    ("case", "amount"),
    [
        (Case(Ground.MISUSE, 20_000_00, 12_000_00, misused=3_000_00), 3_000_00),
        (Case(Ground.MISUSE, 20_000_00, 2_000_00, misused=3_000_00), 2_000_00),
        (Case(Ground.UNSPENT, 20_000_00, 20_000_00, justified=17_000_00), 3_000_00),
        (
            Case(Ground.UNSPENT, 20_000_00, 20_000_00, justified=17_000_00, keepable=1_000_00),
            2_000_00,
        ),
        (Case(Ground.NO_REPORT, 20_000_00, 12_000_00), 12_000_00),
        (Case(Ground.NO_REPORT, 20_000_00, 12_000_00, returned=5_000_00), 7_000_00),
    ],
)
def test_other_grounds(case, amount):
    assert recoverable(case).amount == amount


@pytest.mark.parametrize(
    "case",
    [
        Case(Ground.MISUSE, 100, 200),
        Case(Ground.MISUSE, 100, 50, returned=60),
        Case(Ground.CER, 100, 50),
        Case(Ground.MISUSE, 100, -1),
        Case(
            Ground.CER,
            1,
            1,
            breach_on=date(2027, 1, 1),
            starts_on=date(2027, 2, 1),
            ends_on=date(2027, 1, 1),
        ),
    ],
)
def test_figures_that_cannot_be_are_refused(case):
    with pytest.raises(BadCase):
        recoverable(case)


cents = st.integers(0, 10**11)


@given(cents, st.data(), st.integers(0, 2_000), st.integers(-50, 2_050))
def test_never_more_than_what_was_paid_and_later_breaches_cost_less(granted, data, length, at):
    paid = data.draw(st.integers(0, granted))
    returned = data.draw(st.integers(0, paid))
    start = date(2027, 1, 1)
    end = start + timedelta(days=length)

    def on(day):
        return recoverable(
            Case(Ground.CER, granted, paid, returned, start, end, start + timedelta(days=day))
        )

    found, later = on(at), on(at + 1)
    assert 0 <= found.amount <= paid - returned
    assert 0 <= found.cancelled <= granted - paid
    assert later.amount <= found.amount
    # What stays, what comes back and what is not paid make the grant, when nothing came back yet.
    if not returned:
        kept = granted - granted * found.days_left // found.days
        assert max(0, paid - kept) == found.amount
        assert found.amount + found.cancelled == granted - kept


@given(st.integers(1, 10**9), st.integers(1, 36))
def test_a_plan_adds_up(amount, stages):
    if amount < stages:
        with pytest.raises(BadCase):
            plan(amount, stages, date(2027, 1, 31))
        return
    rows = plan(amount, stages, date(2027, 1, 31))
    assert sum(part for _, part in rows) == amount
    assert len({day for day, _ in rows}) == stages
    assert max(part for _, part in rows) - min(part for _, part in rows) <= 1


def test_the_command_prints_json(tmp_path, capsys):
    file = tmp_path / "cas.toml"
    file.write_text(
        'motif = "engagement"\naccorde = 36500\nverse = "30000,00"\ndebut = 2027-01-01\n'
        "fin = 2027-12-31\nmanquement = 2027-07-02\netapes = 2\npremiere_etape = 2027-09-30\n",
        encoding="utf-8",
    )
    assert main(["recovery", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["amount"] == 11_700_00
    assert [row["cents"] for row in told["plan"]] == [5_850_00, 5_850_00]
    file.write_text('motif = "engagement"\nverse = 1.5\n', encoding="utf-8")
    assert main(["recovery", str(file)]) == 2
    assert "euros" in capsys.readouterr().err
