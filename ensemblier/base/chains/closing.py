"""The last closed day of a chain, for whoever writes facts: filled by reports, which sit above."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from ensemblier.base.chains.models import Chain

# The one that answers registers itself when the application starts.
closed_days: list[Callable[[Chain], date | None]] = []


def closed_until(chain: Chain) -> date | None:
    """The last day that is closed; None when nothing is."""
    return closed_days[-1](chain) if closed_days else None
