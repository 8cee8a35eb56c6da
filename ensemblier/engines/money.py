"""Money in integer cents: exact sharing, exact percentages, and amounts as French readers write."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NewType

Cents = NewType("Cents", int)
Exact = int | Fraction


def share_out(total: int, weights: Sequence[Exact]) -> list[Cents]:
    """Split `total` cents by `weights`, by largest remainder; the parts add up to `total`.

    Each part first gets the floor of its exact share; the cents left go one by one to the largest
    remainders, ties to the first written. A negative total is the mirror of the positive one, so
    that a refund undoes a payment cent for cent. A zero weight never receives anything.
    """
    _refuse_inexact(total, *weights)
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is negative")
    whole = sum(weights)
    if whole == 0:
        raise ValueError("the weights add up to zero: nobody to share with")
    if total < 0:
        return [Cents(-part) for part in share_out(-total, weights)]
    shares = [Fraction(total * weight) / whole for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    by_remainder = sorted(range(len(parts)), key=lambda place: parts[place] - shares[place])
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return [Cents(part) for part in parts]


def percent(amount: int, rate: Exact | str) -> Cents:
    """`rate` percent of `amount` cents, rounded half up (half away from zero when negative).

    `rate` is a whole number, a fraction, or a decimal written "12.5" or "12,5".
    """
    _refuse_inexact(amount)
    if isinstance(rate, str):
        rate = Fraction(rate.strip().replace(",", "."))
    _refuse_inexact(rate)
    exact = Fraction(amount) * rate / 100
    doubled = 2 * abs(exact)
    rounded = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return Cents(rounded if exact >= 0 else -rounded)


def euros(cents: int) -> str:
    """An amount as a French reader writes it: "1 234,50 €", with no-break spaces."""
    _refuse_inexact(cents)
    whole, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{whole:,}".replace(",", "\u00a0") + f",{rest:02d}\u00a0€"


def _refuse_inexact(*numbers: object) -> None:
    """Floats and booleans never enter a computation of money."""
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | Fraction):
            raise TypeError(f"{number!r} is not an exact number")
