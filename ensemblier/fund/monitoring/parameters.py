"""House figures of monitoring, dated like those of law: a past value is never edited."""

from __future__ import annotations

from datetime import date

from ensemblier.engines.law.dated import Figure, in_force

HOUSE = (
    "règle de la plateforme ; l'arrêté du 11.10.2006 demande d'expliquer les écarts significatifs"
)
# A variance is explained from both: this part of what was planned (in ten-thousandths)…
VARIANCE_BP = (Figure(1_000, date(2006, 10, 14), HOUSE),)
# … and this amount, in cents.
VARIANCE_CENTS = (Figure(50_000, date(2006, 10, 14), HOUSE),)
# Days after the date of a report when a reminder leaves; before it when negative.
REMINDER_DAYS = (-30, -7, 1, 15)


def significant_variance(day: date) -> tuple[int, int]:
    """From which part (ten-thousandths) and which amount (cents) a variance is explained."""
    return in_force(VARIANCE_BP, day).value, in_force(VARIANCE_CENTS, day).value
