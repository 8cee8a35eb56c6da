"""What a promise leaves to call off, and what it costs: pure."""

from __future__ import annotations

from typing import NamedTuple


class Shortfall(NamedTuple):
    """What was promised, what was called off, and what misses: the same for both sides."""

    promised: int
    called: int
    missing: int


class Calls(NamedTuple):
    """What stands on a promise: delivered, still to come, and what is left to call off."""

    kept: int
    coming: int
    left: int


def shortfall(promised: int, called: int) -> Shortfall:
    """A promise covered more than whole misses nothing."""
    return Shortfall(promised, called, max(0, promised - called))


def cost_cents(milli: int, unit_cents: int) -> int:
    """The price of a quantity, half a cent counting for one."""
    return (milli * unit_cents + 500) // 1000
