"""Runs of the rule in floating point, with a bound on every error: `exact.py` for a machine.

A choice is made here only when the bound proves it (docs/decisions/0013); otherwise `advance`
stops and says so, `rounds.py` settles that round in fractions, and `advance` goes on. Lots of one
phase are columns of a sparse table, classes of identical ballots its rows. The bound of a lot's rho
is kept from one round to the next: budgets only fall, so rho only grows, and few lots are looked at
again.
All compiled functions stay in this file and none is made by a factory: numba's cache on disk looks
at the date of one file and at the name of one function.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int32]
Entries = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.int8]

# What `advance` answers.
UNSURE, DONE, EXHAUSTIVE, INFEASIBLE, STABLE, LAST = 0, 1, 2, 3, 4, 5
# Places in State.now: lots bought, money spent, raises, is a run under way, nobody was short.
BOUGHT, SPENT, RAISES, RUNNING, EASY, QUEUED = 0, 1, 2, 3, 4, 5
# What stands in State.status of a lot.
OPEN, OUT, WON = 0, 1, 2
# `emptied` of a class: not yet, or never had anything.
NOT_YET, NOTHING = -1, -2
EPS = 2.0**-52


class Tables(NamedTuple):
    """A phase as numbers. Entries of a lot: first[lot] to first[lot + 1]."""

    first: Ints
    entry: Entries  # class
    utility: Floats  # of one juror
    jurors: Floats  # of that class
    cost: Ints
    welfare: Floats
    most: Floats  # greatest utility, by lot
    top: Ints  # cost over the divisor of its utilities, reduced: top / bottom
    bottom: Ints
    divisor: Floats
    start: Floats  # cost / welfare, rounded down
    queue: Places  # lots by start
    rank: Ints
    college: Places  # by class
    part: Floats  # by college: a juror holds envelope x part / whole
    whole: Floats
    limit_first: Ints  # limits of a lot
    limit: Places
    use: Ints


class Terms(NamedTuple):
    """What does not change from run to run."""

    envelope: int
    raise_by: int  # units added to the simulated envelope by a raise
    raises: bool
    exhaustive: bool
    last: int  # stop after this many raises, -1: no such stop


class State(NamedTuple):
    """A run under way; `error` bounds what budgets differ from the exact ones."""

    now: Ints
    error: Floats  # that bound, and the greatest budget at the start
    budget: Floats  # by class
    emptied: Places  # by class: the purchase that took all it had left
    bound: Floats  # by lot: rho is at least this
    status: Bytes
    queue: Places  # lots still open, by bound
    left: Ints  # by limit
    caps: Ints
    order: Places  # lots bought


class Look(NamedTuple):
    """Lots looked at in a round: rho and its error, jurors short and not penniless, slope."""

    rho: Floats
    error: Floats
    short: Floats
    slope: Floats


def _begin(t: Tables, terms: Terms, s: State) -> None:
    """Budgets of a new run."""
    simulated = terms.envelope + s.now[RAISES] * terms.raise_by
    richest = 0.0
    for k in range(s.budget.size):
        held = simulated * t.part[t.college[k]] / t.whole[t.college[k]]
        richest = max(richest, held)
        s.budget[k] = held
        s.emptied[k] = NOT_YET if held > 0.0 else NOTHING
    s.error[0] = 2.0 * EPS * richest
    s.error[1] = richest
    for lot in range(t.cost.size):
        s.bound[lot] = t.start[lot]
        s.status[lot] = OPEN
        s.queue[lot] = t.queue[lot]
    for limit in range(s.left.size):
        s.left[limit] = s.caps[limit]
    s.now[BOUGHT] = 0
    s.now[SPENT] = 0
    s.now[RUNNING] = 1
    s.now[EASY] = 1
    s.now[QUEUED] = t.cost.size


def _fits(t: Tables, s: State, lot: int) -> bool:
    for place in range(t.limit_first[lot], t.limit_first[lot + 1]):
        if t.use[place] > s.left[t.limit[place]]:
            return False
    return True


def _short(t: Tables, s: State, lot: int, rho: float) -> tuple[float, float, float]:
    """Of supporters who hold less than rho x utility: money, welfare, jurors; and not penniless."""
    # Slices and unsigned places: no index can be negative, so that the loop is vectorised.
    entry = t.entry[t.first[lot] : t.first[lot + 1]]
    utility = t.utility[t.first[lot] : t.first[lot + 1]]
    count = t.jurors[t.first[lot] : t.first[lot + 1]]
    money, welfare, some = 0.0, 0.0, 0.0
    for e in range(entry.size):
        held = s.budget[entry[e]]
        jurors = count[e] if held < rho * utility[e] else 0.0
        money += jurors * held
        welfare += jurors * utility[e]
        some += jurors if held > 0.0 else 0.0
    return money, welfare, some


def _look(t: Tables, s: State, look: Look, lot: int) -> bool:
    """Search rho upward from its bound; False when supporters surely cannot pay."""
    size = t.first[lot + 1] - t.first[lot]
    tried, before = s.bound[lot], -1.0
    while True:
        money, welfare, some = _short(t, s, lot, tried)
        slope = t.welfare[lot] - welfare
        rough = some * s.error[0] + ((size + 8) * EPS * t.cost[lot] if some > 0.0 else 0.0)
        if slope <= 0.0:
            look.rho[lot] = np.inf
            look.error[lot] = np.inf
            return bool(money + rough + (size + 8) * EPS * money >= t.cost[lot])
        rho = (t.cost[lot] - money) / slope
        error = rough / slope + 4.0 * EPS * rho
        # The same jurors are short, or none lies between what was tried and what was found.
        if welfare <= before or rho - tried <= 2.0 * error:
            break
        tried, before = rho, welfare
    look.rho[lot] = rho
    look.error[lot] = error
    look.short[lot] = some
    look.slope[lot] = slope
    s.bound[lot] = max(s.bound[lot], rho - error)
    return True


def _is_sure(t: Tables, s: State, look: Look, lot: int) -> bool:
    """Every supporter is surely short, or surely not, at the rho found."""
    rho, error, unsure = look.rho[lot], look.error[lot], 0
    entry = t.entry[t.first[lot] : t.first[lot + 1]]
    utility = t.utility[t.first[lot] : t.first[lot + 1]]
    for e in range(entry.size):
        held = s.budget[entry[e]]
        price = rho * utility[e]
        near = s.error[0] + 3.0 * utility[e] * error + 4.0 * EPS * (held + price)
        far = abs(held - price) > near or held == 0.0
        unsure += 0 if far else 1
    return unsure == 0


def _pay(t: Tables, s: State, look: Look, lot: int) -> None:
    """Take from supporters what a lot costs."""
    rho, turn = look.rho[lot], s.now[BOUGHT]
    entry = t.entry[t.first[lot] : t.first[lot + 1]]
    utility = t.utility[t.first[lot] : t.first[lot + 1]]
    for e in range(entry.size):
        k = entry[e]
        held = s.budget[k]
        price = rho * utility[e]
        if held > price:
            s.budget[k] = held - price
        elif held > 0.0:
            s.budget[k] = 0.0
            s.emptied[k] = turn
            s.now[EASY] = 0
    if look.short[lot] > 0.0 or look.slope[lot] < t.welfare[lot]:
        s.now[EASY] = 0
    s.error[0] += t.most[lot] * look.error[lot] + 2.0 * EPS * s.error[1]


def _take(t: Tables, s: State, lot: int) -> None:
    """Note a lot as bought."""
    s.status[lot] = WON
    s.order[s.now[BOUGHT]] = lot
    s.now[BOUGHT] += 1
    s.now[SPENT] += t.cost[lot]
    for place in range(t.limit_first[lot], t.limit_first[lot + 1]):
        s.left[t.limit[place]] -= t.use[place]


def _settle(s: State, looked: int) -> None:
    """Put the lots looked at back in their place in the queue, without those that are closed."""
    size = s.now[QUEUED]
    for place in range(looked - 1, -1, -1):
        lot = s.queue[place]
        bound = s.bound[lot] if s.status[lot] == OPEN else np.inf
        at = place
        while at + 1 < size and (
            s.bound[s.queue[at + 1]] < bound if s.status[s.queue[at + 1]] == OPEN else False
        ):
            s.queue[at] = s.queue[at + 1]
            at += 1
        s.queue[at] = lot
    while size > 0 and s.status[s.queue[size - 1]] != OPEN:
        size -= 1
    s.now[QUEUED] = size


def _is_open(t: Tables, s: State, look: Look, lot: int) -> bool:
    """The lot fits and may be paid; else it is closed for the rest of the run."""
    if not _fits(t, s, lot):
        s.status[lot] = OUT
        return False
    if not _look(t, s, look, lot):
        s.status[lot] = OUT
        s.now[EASY] = 0
        return False
    return True


def _choose(t: Tables, s: State, look: Look) -> tuple[int, int]:
    """The lot to buy and how many were looked at; -1: none is left, -2: not sure."""
    best, looked, least = -1, 0, np.inf
    while looked < s.now[QUEUED]:
        lot = s.queue[looked]
        if s.bound[lot] > least:
            break
        if _is_open(t, s, look, lot):
            if look.rho[lot] == np.inf:
                return -2, looked
            if look.rho[lot] + look.error[lot] < least:
                best, least = lot, look.rho[lot] + look.error[lot]
        looked += 1
    if best < 0:
        return -1, looked
    return _untied(t, s, look, best, least, looked), looked


def _is_rival(s: State, look: Look, lot: int, least: float) -> bool:
    """The lot may be as cheap as the best."""
    return bool(s.status[lot] == OPEN and look.rho[lot] - look.error[lot] <= least)


def _untied(t: Tables, s: State, look: Look, best: int, least: float, looked: int) -> int:
    """`best`, or the one that wins a tie among those that may be as cheap; -2: not sure."""
    if not _is_sure(t, s, look, best):
        return -2
    tied = 0
    for place in range(looked):
        tied += 1 if _is_rival(s, look, s.queue[place], least) else 0
    if tied == 1:
        return best
    for place in range(looked):
        lot = s.queue[place]
        if _is_rival(s, look, lot, least):
            if look.short[lot] > 0.0 or not _is_sure(t, s, look, lot):
                return -2
            best = _cheaper(t, look, best, lot)
            if best == -2:
                return -2
    return best


def _cheaper(t: Tables, look: Look, best: int, lot: int) -> int:
    """With nobody short but penniless ones, rho = cost / slope: whole numbers decide, then rank."""
    mine = t.top[lot] * (look.slope[best] / t.divisor[best]) * t.bottom[best]
    other = t.top[best] * (look.slope[lot] / t.divisor[lot]) * t.bottom[lot]
    if mine >= 2.0**53 or other >= 2.0**53:
        return -2
    if mine < other or (mine == other and t.rank[lot] < t.rank[best]):
        return lot
    return best


def _is_exhausted(t: Tables, terms: Terms, s: State) -> bool:
    """No further lot fits in the envelope and under the limits."""
    money = terms.envelope - s.now[SPENT]
    for lot in range(t.cost.size):
        if s.status[lot] != WON and t.cost[lot] <= money and _fits(t, s, lot):
            return False
    return True


def _ended(t: Tables, terms: Terms, s: State) -> int:
    """What the end of a run means; DONE: go on with a raise."""
    if s.now[SPENT] > terms.envelope:
        return INFEASIBLE
    if not terms.raises or s.now[RAISES] == terms.last:
        return LAST
    if terms.exhaustive and _is_exhausted(t, terms, s):
        return EXHAUSTIVE
    if s.now[EASY]:
        return STABLE
    return DONE


def advance(t: Tables, terms: Terms, s: State, look: Look) -> int:
    """Go on until the raises stop, or until a round that floating point cannot settle (UNSURE).

    STABLE is only a guess: the caller checks it in fractions.
    """
    while True:
        if not s.now[RUNNING]:
            _begin(t, terms, s)
        while True:
            lot, looked = _choose(t, s, look)
            if lot >= 0:
                _pay(t, s, look, lot)
                _take(t, s, lot)
            _settle(s, looked)
            if lot == -2:
                return UNSURE
            if lot == -1:
                break
        ended = _ended(t, terms, s)
        if ended != DONE:
            return ended
        s.now[RAISES] += 1
        s.now[RUNNING] = 0


# Callees before callers.
COMPILED_NAMES = """
_begin _fits _short _look _is_sure _pay _take _settle _is_open _is_rival
_cheaper _untied _choose _is_exhausted _ended advance
"""
# Sums may be taken in any order: the bound holds for all of them.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"reassoc", "nsz"}}


def _machine(numba: Any, function: Callable[..., Any]) -> Any:
    try:
        return numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # no folder to keep compiled code in
        return numba.njit(**OPTIONS)(function)


@cache
def compiled() -> Callable[..., int] | None:
    """`advance` in machine code; None when numba is not installed. Asked for when a first run needs
    it: bringing numba in takes a second, which no other command should wait."""
    try:
        import numba
    except ImportError:
        return None
    for name in COMPILED_NAMES.split():
        globals()[name] = _machine(numba, globals()[name])
    fast: Callable[..., int] = globals()["advance"]
    return fast
