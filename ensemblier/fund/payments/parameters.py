"""House figures of payments, dated like those of law: a past value is never edited."""

from __future__ import annotations

from datetime import date

from ensemblier.engines.law.dated import Figure, in_force

# Hours between the confirmation of a bank account and its first use: time to say « ce n'est pas
# moi ».
ACCOUNT_WAIT_HOURS = (
    Figure(48, date(2020, 1, 1), "règle de la plateforme contre la fraude au changement d'IBAN"),
)


def account_wait_hours(day: date) -> int:
    """The waiting period of an account confirmed on `day`."""
    return in_force(ACCOUNT_WAIT_HOURS, day).value
