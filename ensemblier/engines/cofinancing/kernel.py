"""The loop of the norm over whole numbers in columns: `split.py` again, for a machine.

Everything is int64; `fitting.fits` and `columns.TooLarge` keep every product far below 2^63. Lines
come by day, so a household's period only moves forward: one period and one amount are kept for
each cap and household. All compiled functions stay in this one file, and none is made by a factory:
numba's cache on disk looks at the date of one file and at the name of one function.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]

# What to do with a line; and what was done.
SHARE, UNDO, SKIP = 0, 1, 2
SHARED, NOBODY, ENDED, UNKNOWN, ALREADY, SKIPPED = 0, 1, 2, 3, 4, 5
# Why a part is what it is.
FULL, UNIT_CAP, HOUSEHOLD_CAP, ENVELOPE = 0, 1, 2, 3
# Kinds of steps, and what the column `person` holds.
GROUP, REST, MATCH = 0, 1, 2
PART, MOST, CREDIT = 0, 1, 2
# Columns of the calendar.
ORDINAL, WEEK, MONTH, YEAR, SCHEME = 0, 1, 2, 3, 4
# Columns of the parts before those of the steps; the last resort comes after.
PERSON, POT, STEPS = 0, 1, 2
# What is counted of a household under a cap lies side by side, and some lines are read ahead, for
# memory is what is slow.
USED, PERIOD, AHEAD = 0, 1, 64


class Tables(NamedTuple):
    """A scheme as numbers. A slot is one payer of one step; -1: none, for a cap or a place."""

    weight: Ints  # by slot
    unit_cap: Ints
    household_cap: Ints
    cap: Ints
    cap_period: Ints
    payer: Ints
    kind: Ints  # by step
    first: Ints
    end: Ints
    whole: Ints
    part: Ints  # numerator and denominator of the price
    part_cents: Ints
    match: Ints  # payer, numerator, denominator
    purse_first: Ints  # by payer
    purse_end: Ints
    purse: Ints  # envelopes, payer after payer
    opens: Ints  # by envelope
    closes: Ints
    person: int
    credit_cap: int
    credit_period: int
    last_resort: int
    pot: int


class State(NamedTuple):
    """What lines leave behind them."""

    left: Ints  # by envelope
    carry: Ints  # by slot
    counts: Ints  # by household and cap: cents used, and of which period
    kept: Bytes  # by line to undo: 0 not met, 1 can be undone, 2 undone
    kept_parts: Ints
    kept_carry: Ints
    kept_drawn: Ints
    kept_used: Ints
    kept_period: Ints
    kept_household: Ints


class Lines(NamedTuple):
    """Lines in order. `day` is a row of `calendar`; `keep` the place of a line that is undone."""

    doing: Bytes
    day: Ints
    milli: Ints
    price: Ints
    person: Ints
    given: Ints
    household: Ints
    keep: Ints
    calendar: Ints


class Draft(NamedTuple):
    """What one line draws, before it is kept."""

    drawn: Ints  # by envelope
    lack: Ints  # by slot
    assigned: Ints
    carried: Ints
    used: Ints  # by cap
    ahead: Ints  # what `_read_ahead` read: one number that nobody reads


class Out(NamedTuple):
    """By line: the verdict, the parts, and why. When refused: what is left, what could be drawn."""

    verdict: Bytes
    parts: Ints
    why: Bytes


def _half_up(amount: int, numerator: int, denominator: int) -> int:
    return (2 * amount * numerator + denominator) // (2 * denominator)


def _most_lacking(draft: Draft, first: int, end: int) -> int:
    """Ties to the first written."""
    best = first
    for slot in range(first + 1, end):
        if draft.lack[slot] > draft.lack[best]:
            best = slot
    return best


def _least_lacking(draft: Draft, first: int, end: int) -> int:
    """Among those given something; ties from the last written."""
    best = -1
    for slot in range(first, end):
        if draft.assigned[slot] > 0 and (best < 0 or draft.lack[slot] <= draft.lack[best]):
            best = slot
    return best


def _assign(t: Tables, state: State, draft: Draft, step: int, rest: int) -> None:
    """The cents of each payer of a weighted group."""
    first, end, whole, total = t.first[step], t.end[step], t.whole[step], 0
    for slot in range(first, end):
        want = state.carry[slot] + rest * t.weight[slot]
        given = want // whole if want > 0 else 0
        draft.assigned[slot] = given
        draft.lack[slot] = want - given * whole
        total += given
    while total < rest:
        slot = _most_lacking(draft, first, end)
        draft.assigned[slot] += 1
        draft.lack[slot] -= whole
        total += 1
    while total > rest:
        slot = _least_lacking(draft, first, end)
        draft.assigned[slot] -= 1
        draft.lack[slot] += whole
        total -= 1
    for slot in range(first, end):
        draft.carried[slot] = draft.lack[slot] - state.carry[slot]


def _used(state: State, household: int, cap: int, period: int) -> int:
    used = int(state.counts[household, cap, USED])
    return used if state.counts[household, cap, PERIOD] == period else 0


def _draw(t: Tables, state: State, draft: Draft, payer: int, wanted: int, day: int) -> int:
    """Draw on the envelopes open that day, in the order written."""
    if t.purse_first[payer] == t.purse_end[payer]:
        return wanted
    paid = 0
    for place in range(t.purse_first[payer], t.purse_end[payer]):
        envelope = t.purse[place]
        if t.opens[envelope] <= day <= t.closes[envelope]:
            part = min(wanted - paid, state.left[envelope] - draft.drawn[envelope])
            if part > 0:
                draft.drawn[envelope] += part
                paid += part
    return paid


def _bound(t: Tables, lines: Lines, out: Out, line: int, step: int) -> int:
    """The most that a step takes on."""
    price = lines.price[line]
    most = price
    if t.part[step, 1] > 0:
        most = min(most, _half_up(price, t.part[step, 0], t.part[step, 1]))
    if t.part_cents[step] >= 0:
        most = min(most, t.part_cents[step] * lines.milli[line] // 1000)
    if t.kind[step] == MATCH:
        paid = 0
        for slot in range(t.first[step]):
            if t.payer[slot] == t.match[step, 0]:
                paid += out.parts[line, STEPS + slot]
        most = min(most, _half_up(paid, t.match[step, 1], t.match[step, 2]))
    return int(most)


def _pay(
    t: Tables, state: State, lines: Lines, draft: Draft, out: Out, line: int, slot: int
) -> int:
    """What a slot finally pays of what it is assigned, and what cut it last."""
    paid, why = draft.assigned[slot], FULL
    if t.unit_cap[slot] >= 0:
        most = t.unit_cap[slot] * lines.milli[line] // 1000
        if most < paid:
            paid, why = most, UNIT_CAP
    cap, day = t.cap[slot], lines.day[line]
    if cap >= 0:
        period = lines.calendar[day, t.cap_period[slot]]
        most = t.household_cap[slot] - _used(state, lines.household[line], cap, period)
        if most < paid:
            paid, why = max(0, most), HOUSEHOLD_CAP
    drawn = _draw(t, state, draft, t.payer[slot], paid, lines.calendar[day, ORDINAL])
    if drawn < paid:
        paid, why = drawn, ENVELOPE
    if cap >= 0:
        draft.used[cap] = paid
    out.parts[line, STEPS + slot] = paid
    out.why[line, STEPS + slot] = why
    return int(paid)


def _person(t: Tables, state: State, lines: Lines, draft: Draft, line: int) -> int:
    """The person's part; with MOST, the most of what will be left."""
    if t.person != CREDIT:
        return int(lines.person[line])
    price, day = lines.price[line], lines.day[line]
    period = lines.calendar[day, t.credit_period]
    left = lines.person[line] - _used(state, lines.household[line], t.credit_cap, period)
    paid = max(0, price - max(0, left))
    draft.used[t.credit_cap] = price - paid
    return int(paid)


def _steps(
    t: Tables, state: State, lines: Lines, draft: Draft, out: Out, line: int, left: int
) -> int:
    """What the steps leave of `left`."""
    for step in range(t.kind.size):
        if left == 0:
            break
        taken = min(left, _bound(t, lines, out, line, step))
        if t.kind[step] == GROUP:
            _assign(t, state, draft, step, taken)
        else:
            draft.assigned[t.first[step]] = taken
        for slot in range(t.first[step], t.end[step]):
            left -= _pay(t, state, lines, draft, out, line, slot)
    return left


def _clear(draft: Draft) -> None:
    draft.drawn[:] = 0
    draft.carried[:] = 0
    draft.used[:] = 0


def _share(t: Tables, state: State, lines: Lines, draft: Draft, out: Out, line: int) -> int:
    """One line shared, or why not."""
    _clear(draft)
    price, given = lines.price[line], lines.given[line]
    person = _person(t, state, lines, draft, line)
    left = price if t.person == MOST else price - person
    left = _steps(t, state, lines, draft, out, line, left)
    if t.person == MOST:
        person = min(left, person)
        left -= person
    if given and t.pot >= 0:
        draft.drawn[t.pot] -= given
    if left and t.last_resort < 0:
        out.parts[line, 0] = left
        return NOBODY
    if left:
        day = lines.calendar[lines.day[line], ORDINAL]
        drawn = _draw(t, state, draft, t.last_resort, left, day)
        if drawn < left:
            out.parts[line, 0], out.parts[line, 1] = left, drawn
            return ENDED
    out.parts[line, PERSON] = person + given
    out.parts[line, POT] = -given
    out.parts[line, STEPS + t.weight.size] = left
    _keep(t, state, lines, draft, line)
    return SHARED


def _keep(t: Tables, state: State, lines: Lines, draft: Draft, line: int) -> None:
    """Write a draft into envelopes, memory and caps."""
    for envelope in range(state.left.size):
        state.left[envelope] -= draft.drawn[envelope]
    for slot in range(state.carry.size):
        state.carry[slot] += draft.carried[slot]
        if t.cap[slot] >= 0:
            _count(state, lines, draft, line, t.cap[slot], t.cap_period[slot])
    if t.credit_cap >= 0:
        _count(state, lines, draft, line, t.credit_cap, t.credit_period)


def _count(state: State, lines: Lines, draft: Draft, line: int, cap: int, calendar: int) -> None:
    household, period = lines.household[line], lines.calendar[lines.day[line], calendar]
    if state.counts[household, cap, PERIOD] != period:
        state.counts[household, cap, PERIOD] = period
        state.counts[household, cap, USED] = 0
    state.counts[household, cap, USED] += draft.used[cap]


def _remember(state: State, lines: Lines, draft: Draft, out: Out, line: int) -> None:
    """Keep what a line did, for the line that undoes it."""
    place, household = lines.keep[line], lines.household[line]
    state.kept[place] = 1
    state.kept_household[place] = household
    for column in range(out.parts.shape[1]):
        state.kept_parts[place, column] = out.parts[line, column]
    for slot in range(draft.carried.size):
        state.kept_carry[place, slot] = draft.carried[slot]
    for envelope in range(draft.drawn.size):
        state.kept_drawn[place, envelope] = draft.drawn[envelope]
    for cap in range(draft.used.size):
        state.kept_used[place, cap] = draft.used[cap]
        state.kept_period[place, cap] = state.counts[household, cap, PERIOD]


def _undo(state: State, lines: Lines, out: Out, line: int) -> int:
    """The opposite of a line, given back to its own envelopes, memory and caps."""
    place = lines.keep[line]
    if state.kept[place] != 1:
        return UNKNOWN if state.kept[place] == 0 else ALREADY
    state.kept[place] = 2
    for column in range(out.parts.shape[1]):
        out.parts[line, column] = -state.kept_parts[place, column]
    for envelope in range(state.left.size):
        state.left[envelope] += state.kept_drawn[place, envelope]
    for slot in range(state.carry.size):
        state.carry[slot] -= state.kept_carry[place, slot]
    household = state.kept_household[place]
    for cap in range(state.counts.shape[1]):
        if state.counts[household, cap, PERIOD] == state.kept_period[place, cap]:
            state.counts[household, cap, USED] -= state.kept_used[place, cap]
    return SHARED


def _read_ahead(state: State, lines: Lines, draft: Draft, first: int, end: int) -> None:
    """Bring the households of the next lines from memory together, instead of waiting for each."""
    total = 0
    for line in range(first, end if state.counts.shape[1] else first):
        total += state.counts[lines.household[line], 0, USED]
    draft.ahead[0] = total


def _do(t: Tables, state: State, lines: Lines, draft: Draft, out: Out, line: int) -> int:
    """What was done of a line."""
    if lines.doing[line] != SHARE:
        return _undo(state, lines, out, line) if lines.doing[line] == UNDO else SKIPPED
    verdict = _share(t, state, lines, draft, out, line)
    if verdict != SHARED:
        out.parts[line, STEPS:] = 0
    elif lines.keep[line] >= 0:
        _remember(state, lines, draft, out, line)
    return verdict


def share_block(t: Tables, state: State, lines: Lines, draft: Draft, out: Out) -> None:
    """Share one block of lines, in order; `out.parts` and `out.why` come full of zeros."""
    for first in range(0, lines.doing.size, AHEAD):
        end = min(first + AHEAD, lines.doing.size)
        _read_ahead(state, lines, draft, first, end)
        for line in range(first, end):
            out.verdict[line] = _do(t, state, lines, draft, out, line)


# Callees before callers.
COMPILED_NAMES = """
_half_up _most_lacking _least_lacking _assign _used _draw _bound _pay _person _steps _clear _count
_keep _share _remember _undo _read_ahead _do share_block
"""


# Nothing is allocated here, so arrays need no counting of references (it took nine tenths of the
# time), and one function in one piece leaves them where they are.
OPTIONS = {"error_model": "numpy", "_nrt": False, "forceinline": True}


def _machine(numba: Any, function: Callable[..., Any]) -> Any:
    try:
        return numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # no folder to keep compiled code in
        return numba.njit(**OPTIONS)(function)


@cache
def compiled() -> Callable[..., None] | None:
    """`share_block` in machine code; None when numba is not installed. Asked for when a first run
    needs it: bringing numba in takes a second, which no other command should wait."""
    try:
        import numba
    except ImportError:
        return None
    for name in COMPILED_NAMES.split():
        globals()[name] = _machine(numba, globals()[name])
    fast: Callable[..., None] = globals()["share_block"]
    return fast
