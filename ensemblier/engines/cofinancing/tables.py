"""A scheme as the kernel's tables, and its state at the start."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

import numpy as np

from ensemblier.engines.cofinancing import kernel
from ensemblier.engines.cofinancing.fitting import payers
from ensemblier.engines.cofinancing.scheme import REFUSE, Payer, PersonRule, Scheme, Step, Window

KINDS = {"share": kernel.GROUP, "rest": kernel.REST, "match": kernel.MATCH}
PERIODS = {
    "week": kernel.WEEK,
    "month": kernel.MONTH,
    "year": kernel.YEAR,
    "scheme": kernel.SCHEME,
}
MODES = {"rest": kernel.MOST, "credit": kernel.CREDIT}


def ints(values: Iterable[int]) -> kernel.Ints:
    return np.array(list(values), dtype=np.int64)


def tables_of(scheme: Scheme) -> kernel.Tables:
    """The scheme, which `fits`, as tables."""
    names = {name: place for place, name in enumerate(payers(scheme))}
    slots = [payer for step in scheme.steps for payer in step.payers]
    ends = np.cumsum([0, *(len(step.payers) for step in scheme.steps)])
    purses = [scheme.envelopes_of(name) for name in names]
    purse_ends = np.cumsum([0, *map(len, purses)])
    windows = [_ordinals(envelope.window) for envelope in scheme.envelopes]
    caps = [place for place, payer in enumerate(slots) if payer.cap_per_household]
    rule = scheme.person
    return kernel.Tables(
        weight=ints(payer.weight for payer in slots),
        unit_cap=ints(_or_none(payer.cap_per_unit) for payer in slots),
        household_cap=ints(_household_cap(payer) for payer in slots),
        cap=ints(caps.index(n) if n in caps else -1 for n in range(len(slots))),
        cap_period=ints(_period(payer) for payer in slots),
        payer=ints(names[payer.name] for payer in slots),
        kind=ints(KINDS[step.kind] for step in scheme.steps),
        first=ints(ends[:-1]),
        end=ints(ends[1:]),
        whole=ints(sum(payer.weight for payer in step.payers) for step in scheme.steps),
        part=_rows([_part(step) for step in scheme.steps], 2),
        part_cents=ints(_or_none(step.up_to_cents) for step in scheme.steps),
        match=_rows([_match(step, names) for step in scheme.steps], 3),
        purse_first=ints(purse_ends[:-1]),
        purse_end=ints(purse_ends[1:]),
        purse=ints(envelope for purse in purses for envelope in purse),
        opens=ints(first for first, _ in windows),
        closes=ints(last for _, last in windows),
        person=MODES.get(rule.rule, kernel.PART),
        credit_cap=len(caps) if rule.rule == "credit" else -1,
        credit_period=_credit_period(rule),
        last_resort=-1 if scheme.exhausted == REFUSE else names[scheme.exhausted],
        pot=_pot(scheme),
    )


def _or_none(value: int | None) -> int:
    return -1 if value is None else value


def _household_cap(payer: Payer) -> int:
    return payer.cap_per_household.cents if payer.cap_per_household else -1


def _period(payer: Payer) -> int:
    return PERIODS[payer.cap_per_household.per] if payer.cap_per_household else kernel.SCHEME


def _credit_period(rule: PersonRule) -> int:
    return kernel.SCHEME if rule.carry or not rule.per else PERIODS[rule.per]


def _part(step: Step) -> tuple[int, int]:
    """(0, 0): the step has no bound in percent."""
    if step.up_to_percent is None:
        return 0, 0
    rate = step.up_to_percent / 100
    return rate.numerator, rate.denominator


def _match(step: Step, names: dict[str, int]) -> tuple[int, int, int]:
    rate: Fraction = step.match_percent / 100
    return names.get(step.matched, -1), rate.numerator, rate.denominator


def _rows(rows: list[tuple[int, ...]], width: int) -> kernel.Ints:
    return np.array(rows, dtype=np.int64).reshape(len(rows), width)


def _ordinals(window: Window) -> tuple[int, int]:
    first, last = window.first or date.min, window.last or date.max
    return first.toordinal(), last.toordinal()


def _pot(scheme: Scheme) -> int:
    """The first fed envelope of the pot, where what is given goes."""
    if scheme.surcharge is None:
        return -1
    purse = scheme.envelopes_of(scheme.surcharge.pot)
    return next((rank for rank in purse if scheme.envelopes[rank].fed), -1)


def caps_of(tables: kernel.Tables) -> int:
    """How many amounts are counted for each household."""
    return int((tables.cap >= 0).sum()) + (tables.credit_cap >= 0)


def draft_of(tables: kernel.Tables) -> kernel.Draft:
    slots, envelopes = tables.weight.size, tables.opens.size
    return kernel.Draft(
        *(np.zeros(n, np.int64) for n in (envelopes, slots, slots, slots, caps_of(tables), 1))
    )


LINE_OF_MEMORY = 64  # octets that a processor fetches at once


def _counts(households: int, caps: int) -> kernel.Ints:
    """What is counted of households under caps. It starts where a line of memory does: four caps
    of a household are then one line, and not two."""
    size, word = households * caps * 2, np.dtype(np.int64).itemsize
    room = np.zeros(size + LINE_OF_MEMORY // word, np.int64)
    skipped = -room.ctypes.data % LINE_OF_MEMORY // word
    counts = room[skipped : skipped + size].reshape(households, caps, 2)
    counts[:, :, kernel.PERIOD] = -1
    return counts


def state_of(tables: kernel.Tables, scheme: Scheme, undone: int, households: int) -> kernel.State:
    """Before the first line; `undone` lines will be undone."""
    slots, envelopes, caps = tables.weight.size, tables.opens.size, caps_of(tables)
    return kernel.State(
        left=ints(envelope.cents for envelope in scheme.envelopes),
        carry=np.zeros(slots, np.int64),
        counts=_counts(households, caps),
        kept=np.zeros(undone, np.int8),
        kept_parts=np.zeros((undone, slots + kernel.STEPS + 1), np.int64),
        kept_carry=np.zeros((undone, slots), np.int64),
        kept_drawn=np.zeros((undone, envelopes), np.int64),
        kept_used=np.zeros((undone, caps), np.int64),
        kept_period=np.zeros((undone, caps), np.int64),
        kept_household=np.full(undone, -1, np.int64),
    )


def with_households(state: kernel.State, households: int) -> kernel.State:
    """Room for more households."""
    before, caps, _ = state.counts.shape
    if households <= before or not caps:
        return state
    counts = _counts(max(households, 2 * before), caps)
    counts[:before] = state.counts
    return state._replace(counts=counts)
