"""Pure rules of a report: variances, whole euros that still add up, who must have an auditor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from ensemblier.engines.law.dated import in_force
from ensemblier.engines.law.subsidies import AUDITOR_THRESHOLD
from ensemblier.fund.monitoring.parameters import significant_variance

# Public money on the form: subsidies, but those of the Union and private ones.
NOT_PUBLIC = ("74U", "74P")
NBSP = "\u00a0"


class Variance(NamedTuple):
    """Planned and actual of one line, in cents or in euros."""

    planned: int
    actual: int

    @property
    def gap(self) -> int:
        return self.actual - self.planned

    @property
    def percent(self) -> str:
        """What was done of what was planned: « 92,5 % », and « — » when nothing was planned."""
        if not self.planned:
            return "—"
        tenths = (2_000 * self.actual + self.planned) // (2 * self.planned)
        units, rest = divmod(tenths, 10)
        return f"{units},{rest}{NBSP}%" if rest else f"{units}{NBSP}%"

    def is_significant(self, day: date) -> bool:
        """Both far in part and in amount; all that was not planned counts as far."""
        part, amount = significant_variance(day)
        return abs(self.gap) >= amount and abs(self.gap) * 10_000 >= part * self.planned


def whole_euros(cents: Sequence[int]) -> list[int]:
    """Euros without cents whose sum is the sum in cents, to the nearest euro.

    Each line gets its euros; those that are missing go to the largest cents, then to the first
    line: no line moves by a euro or more.
    """
    parts = [amount // 100 for amount in cents]
    total = (sum(cents) + 50) // 100
    by_remainder = sorted(range(len(parts)), key=lambda place: -(cents[place] % 100))
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return parts


def public_grants(lines: Iterable[tuple[str, int | None]]) -> int:
    """Public grants among lines of resources: their codes and amounts."""
    return sum(
        amount or 0 for code, amount in lines if code.startswith("74") and code not in NOT_PUBLIC
    )


def needs_auditor(public_grants_cents: int, day: date) -> bool:
    """A statutory auditor is due from the threshold on."""
    return public_grants_cents >= in_force(AUDITOR_THRESHOLD, day).value
