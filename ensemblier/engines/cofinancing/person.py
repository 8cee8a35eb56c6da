"""What the person pays of a line, and what they give more."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeVar

from ensemblier.engines.cofinancing.lines import Line, cents, shown
from ensemblier.engines.cofinancing.scheme import PersonRule, Surcharge

Value = TypeVar("Value")
# What the household has used of its credit, by period.
CreditKey = tuple[str, str]
WORDS = {
    "free": "gratuit",
    "full": "prix entier",
    "credit": "au-delà du crédit",
    "rest": "paie ce qui reste",
}


class LineRefused(Exception):
    """This line cannot be shared; the message is French."""


def half_up(exact: Fraction) -> int:
    """A positive amount rounded to the cent, the half upwards."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def person_part(rule: PersonRule, line: Line, credit_left: int = 0) -> tuple[int, str]:
    """What the person pays of the line, in cents, and why; at most the price.

    With the rule `rest`, the most they may be left with.
    """
    price = line.price_cents
    words = rule_words(rule, getattr(line.cells, rule.by) if rule.by else "")
    if rule.rule == "free":
        return 0, words
    if rule.rule == "full":
        return price, words
    if rule.rule == "credit":
        return max(0, price - max(0, credit_left)), words
    if rule.rule in ("cost", "producer"):
        return _coefficient(rule, line), words
    if rule.percents:
        return min(price, half_up(price * in_table(rule.percents, rule, line) / 100)), words
    unit = in_table(rule.unit_cents, rule, line)
    return min(price, half_up(unit * line.milli / 1000)), words


def rule_words(rule: PersonRule, key: str) -> str:
    """Why the person pays their part, with the row `key` of the table, if it has it."""
    if rule.rule in WORDS:
        return WORDS[rule.rule]
    if rule.rule in ("cost", "producer"):
        what = "prix coûtant" if rule.rule == "cost" else "prix du producteur"
        times = rule.coefficients.get(key, Fraction(1))
        return what if times == 1 else f"{what} x {written(times)}"
    if rule.percents:
        return f"{written(rule.percents.get(key, Fraction(0)))} % du prix"
    return "prix fixé par unité"


def in_table(table: Mapping[str, Value], rule: PersonRule, line: Line) -> Value:
    """The value for this line's size or tier."""
    key = getattr(line.cells, rule.by) if rule.by else ""
    if key not in table:
        raise LineRefused(f"le barème n'a pas de ligne « {shown(key)} »")
    return table[key]


def _coefficient(rule: PersonRule, line: Line) -> int:
    times = in_table(rule.coefficients, rule, line)
    if rule.rule == "cost":
        base = cents(line.cells.cost_cents, "le prix coûtant")
    else:
        base = cents(line.cells.producer_cents, "le prix du producteur")
    return min(line.price_cents, half_up(base * times))


def surcharge_part(surcharge: Surcharge | None, line: Line) -> int:
    """What the person gives above the price, for the pot."""
    if surcharge is None:
        if line.extra_cents:
            raise LineRefused("ce dispositif n'a pas de cagnotte pour recevoir un don")
        return 0
    percent = surcharge.percent if line.cells.tier in surcharge.tiers else Fraction(0)
    return line.extra_cents + half_up(line.price_cents * percent / 100)


def written(value: Fraction) -> str:
    """An exact decimal as French readers write it."""
    if value.denominator == 1:
        return str(value.numerator)
    digits = next(n for n in range(1, 12) if (value * 10**n).denominator == 1)
    scaled = str((value * 10**digits).numerator).rjust(digits + 1, "0")
    return f"{scaled[:-digits]},{scaled[-digits:]}"
