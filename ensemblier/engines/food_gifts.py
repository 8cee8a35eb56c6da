"""What a gift of food is worth for the donor's tax relief: cost price, half of it, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ensemblier.engines.law.dated import in_force
from ensemblier.engines.law.gifts import FOOD_HALF_PERCENT, FOOD_LAST_DAYS
from ensemblier.engines.money import Cents, percent


class PastUseBy(ValueError):
    """Food is never given after its use-by date."""


@dataclass(frozen=True)
class Valued:
    """Cents that the receipt counts, the percentage of the cost, and why, in French."""

    cents: Cents
    percent: int
    why: str


def food_gift(
    cost_cents: int, given_on: date, use_by: date | None = None, *, marketable: bool = True
) -> Valued:
    """The value of food taken in charge on `given_on`. Raises PastUseBy, and NotYetInForce before
    the rule. Food without a use-by date counts whole while it could still be sold as usual."""
    half = in_force(FOOD_HALF_PERCENT, given_on).value
    if use_by is None:
        if marketable:
            return Valued(Cents(cost_cents), 100, "consommable et commercialisable")
        return Valued(percent(cost_cents, half), half, "consommable, plus commercialisable")
    left = (use_by - given_on).days
    if left < 0:
        raise PastUseBy(f"la DLC du {use_by:%d/%m/%Y} est passée le {given_on:%d/%m/%Y}")
    last = in_force(FOOD_LAST_DAYS, given_on).value
    if left >= last:
        return Valued(Cents(cost_cents), 100, f"avant les {last} derniers jours de la DLC")
    return Valued(percent(cost_cents, half), half, f"dans les {last} derniers jours de la DLC")
