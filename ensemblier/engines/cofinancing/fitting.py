"""Whether a scheme can be written in the kernel's whole numbers, and by which rates it multiplies.

Nothing here needs NumPy or numba: it is asked before they are loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from importlib.util import find_spec

from ensemblier.engines.cofinancing.scheme import REFUSE, PersonRule, Scheme, Step

# A line above these is left to the reference: the products below stay under 2^62.
MOST_CENTS = 10**11
MOST_MILLI = 10**11
# So are schemes above these.
MOST_FACTOR = 10**7
MOST_WEIGHT = 10**6
MOST_SLOTS = 64


def can_compile() -> bool:
    """numba is installed; it is not loaded here, as that takes time."""
    return find_spec("numba") is not None


def fits(scheme: Scheme) -> str:
    """Empty when the kernel gives the same results as the reference, else what stands against it.

    Every rule of the language is in the kernel. What is left to the reference is size: fractions
    with many decimals, prices or caps of more than 100,000 euros a unit, weights that add up to
    more than a million, more than 64 payers.
    """
    if sum(len(step.payers) for step in scheme.steps) > MOST_SLOTS:
        return "plus de 64 payeurs"
    if len(scheme.envelopes) > MOST_SLOTS:
        return "plus de 64 enveloppes"
    if any(sum(payer.weight for payer in step.payers) > MOST_WEIGHT for step in scheme.steps):
        return "des poids de plus d'un million"
    if any(_large(exact) for exact in _fractions(scheme)):
        return "des nombres trop grands ou trop précis"
    return ""


def _large(exact: Fraction) -> bool:
    return exact.numerator > MOST_FACTOR or exact.denominator > MOST_FACTOR * 1000


def _fractions(scheme: Scheme) -> Iterable[Fraction]:
    rule = scheme.person
    yield from (rate / 100 for rate in rule.percents.values())
    yield from (rate / 1000 for rate in rule.unit_cents.values())
    yield from rule.coefficients.values()
    if scheme.surcharge:
        yield scheme.surcharge.percent / 100
    for step in scheme.steps:
        yield from _fractions_of(step)


def _fractions_of(step: Step) -> Iterable[Fraction]:
    yield step.match_percent / 100
    if step.up_to_percent is not None:
        yield step.up_to_percent / 100
    if step.up_to_cents is not None:
        yield Fraction(step.up_to_cents)
    yield from (Fraction(p.cap_per_unit) for p in step.payers if p.cap_per_unit is not None)


def rates(rule: PersonRule) -> dict[str, Fraction]:
    """By key of the table, what the base of the rule is multiplied by, in whole or for 1000."""
    if rule.percents:
        return {key: rate / 100 for key, rate in rule.percents.items()}
    if rule.unit_cents:
        return {key: rate / 1000 for key, rate in rule.unit_cents.items()}
    return dict(rule.coefficients)


def payers(scheme: Scheme) -> list[str]:
    """Every payer once: a payer's place in this list is its number."""
    named = [payer.name for step in scheme.steps for payer in step.payers]
    named += [envelope.payer for envelope in scheme.envelopes]
    named += [step.matched for step in scheme.steps if step.matched]
    named += [scheme.exhausted] if scheme.exhausted != REFUSE else []
    return list(dict.fromkeys(named))
