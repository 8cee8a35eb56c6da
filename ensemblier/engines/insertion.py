"""Insertion by work: the share of sales of an ACI and its forecast, post aid, productive hours.

An ACI may sell for strictly less than a share of the charges of its insertion activity (code du
travail, D. 5132-34): the share is kept by agreement, since the prefect may raise it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ensemblier.engines.money import Cents, euros

FULL_SHARE = 10_000  # shares are in ten-thousandths
FULL_WEEK = 35 * 60  # minutes
NEAR = Fraction(8, 10)  # of the limit: time to look at it
RECENT = 3  # months that a forecast goes on from
MONTHS = 12


@dataclass(frozen=True)
class Month:
    """What one month of the insertion activity sold, and what it cost, in cents."""

    sales_cents: int
    charges_cents: int


@dataclass(frozen=True)
class Watch:
    """Where the share of sales stands. Amounts in cents; `first_above`: months from 1, 0 if none.

    `room_cents` is what may still be sold while the charges stay as they are; negative when above.
    """

    sales_cents: int
    charges_cents: int
    limit: int
    room_cents: int
    forecast_sales_cents: int
    forecast_charges_cents: int
    first_above: int

    @property
    def holds(self) -> bool:
        return below(self.sales_cents, self.charges_cents, self.limit)

    @property
    def is_known(self) -> bool:
        """Sales without any charge written have no share yet: charges are what is missing."""
        return self.charges_cents > 0 or self.sales_cents <= 0

    @property
    def will_hold(self) -> bool:
        return below(self.forecast_sales_cents, self.forecast_charges_cents, self.limit)

    @property
    def level(self) -> str:
        """`stop` when above, `wait` when near, soon above or not known, `done` otherwise."""
        if not self.is_known:
            return "wait"
        if not self.holds:
            return "stop"
        near = self.sales_cents * FULL_SHARE >= NEAR * self.charges_cents * self.limit
        return "wait" if (near and self.sales_cents) or not self.will_hold else "done"

    def sentence(self) -> str:
        """For the person in charge: where it stands, by how much, and what would mend it."""
        if not self.is_known:
            return (
                f"Ventes : {euros(self.sales_cents)}. Aucune charge n'est notée : leur part ne se "
                "calcule pas encore. Notez les charges de l'activité d'insertion, mois par mois."
            )
        told = (
            f"Ventes : {euros(self.sales_cents)} pour {euros(self.charges_cents)} de charges, soit "
            f"{percent_text(self.sales_cents, self.charges_cents)}. "
            f"La limite est de moins de {percent_text(self.limit, FULL_SHARE)}."
        )
        if not self.holds:
            return told + (
                f" Elle est dépassée de {euros(max(1, -self.room_cents))} : demandez au préfet une "
                "limite plus haute, ou comptez ces ventes dans une autre activité."
            )
        if not self.will_hold:
            return told + (
                f" À ce rythme, elle serait dépassée au mois {self.first_above} de l'année."
            )
        return told + f" Vous pouvez encore vendre pour {euros(self.room_cents)}."


def below(sales_cents: int, charges_cents: int, limit: int) -> bool:
    """Strictly below the share: with no sale at all, always."""
    return sales_cents <= 0 or sales_cents * FULL_SHARE < charges_cents * limit


def watch(months: Sequence[Month], limit: int, months_in_all: int = MONTHS) -> Watch:
    """The share of sales over the months written, and where it goes at the pace of the last three.

    `limit` in ten-thousandths. `months` are those of one year of the agreement, in order.
    """
    if not 0 < limit <= FULL_SHARE:
        raise ValueError("the share is in ten-thousandths, above zero")
    if len(months) > months_in_all:
        raise ValueError("more months than the year has")
    sales = sum(month.sales_cents for month in months)
    charges = sum(month.charges_cents for month in months)
    recent = months[-RECENT:]
    far_sales, far_charges, first = sales, charges, 0
    running_sales = running_charges = 0
    for rank, month in enumerate(months, 1):
        running_sales += month.sales_cents
        running_charges += month.charges_cents
        if not first and not below(running_sales, running_charges, limit):
            first = rank
    for rank in range(len(months) + 1, months_in_all + 1):
        if not recent:
            break
        done = rank - len(months)
        far_sales = sales + sum(m.sales_cents for m in recent) * done // len(recent)
        far_charges = charges + sum(m.charges_cents for m in recent) * done // len(recent)
        if not first and not below(far_sales, far_charges, limit):
            first = rank
    return Watch(sales, charges, limit, room(sales, charges, limit), far_sales, far_charges, first)


def room(sales_cents: int, charges_cents: int, limit: int) -> int:
    """The most that may still be sold, in whole cents, and stay strictly below the share."""
    most = -(-charges_cents * limit // FULL_SHARE) - 1
    return most - sales_cents


def post_aid(base_cents: int, weekly_minutes: int, months: int = MONTHS) -> Cents:
    """Aid for one post held `months` of a year: the yearly base, by its part of a full week.

    Rounded half up to the cent (worked example: 26 h of 35 on 22 289 € a year is 16 557,54 €).
    """
    if not 0 < weekly_minutes <= FULL_WEEK or not 0 <= months <= MONTHS:
        raise ValueError("a post holds from a minute to 35 h a week, up to 12 months")
    exact = Fraction(base_cents * weekly_minutes * months, FULL_WEEK * MONTHS)
    return Cents((2 * exact.numerator + exact.denominator) // (2 * exact.denominator))


def productive_minutes(weekly_minutes: int, training_share: int) -> int:
    """Minutes a week left for work; `training_share` ten-thousandths of them go to training."""
    return weekly_minutes - weekly_minutes * training_share // FULL_SHARE


def percent_text(part: int, whole: int) -> str:
    """A share as French readers write it, two decimals at most, cut and never rounded up."""
    if not whole:
        return "0 %"
    hundredths = part * 10_000 // whole
    text = f"{hundredths // 100},{hundredths % 100:02d}".rstrip("0").rstrip(",")
    return f"{text} %"
