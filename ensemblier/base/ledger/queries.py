"""Balances, derived from the transfers alone."""

from datetime import date
from typing import NamedTuple

from django.db import connection

from ensemblier.base.ledger.models import Account, Transfer, TransferQuerySet


class Balance(NamedTuple):
    """In cents. `available` is what may still be spent or reserved."""

    posted: int
    reserved: int
    available: int


ZERO = Balance(0, 0, 0)
# One reading of the transfers by each side: posted moves, and reservations less those settled.
QUERY = """
SELECT account_id, CAST(sum(posted) AS bigint), CAST(sum(reserved) AS bigint) FROM (
    SELECT debit_id AS account_id,
        -sum(CASE WHEN kind IN ('transfer', 'post') THEN cents ELSE 0 END) AS posted,
        sum(CASE WHEN kind = 'reserve' THEN cents ELSE -settled_cents END) AS reserved
    FROM ledger_transfer WHERE {debits} GROUP BY debit_id
    UNION ALL
    SELECT credit_id, sum(cents), 0
    FROM ledger_transfer WHERE kind IN ('transfer', 'post') AND {credits} GROUP BY credit_id
) AS sides GROUP BY account_id
"""


def balance(account: Account, day: date | None = None) -> Balance:
    """The balance of one account, at the end of `day` (none: everything written)."""
    return _derive(day, account.pk).get(account.pk, ZERO)


def balances(day: date | None = None) -> dict[int, Balance]:
    """The balances of all accounts that ever moved, by account number, in one query."""
    return _derive(day, None)


def history(account: Account) -> TransferQuerySet:
    """Every transfer that touched the account, oldest first, with the other account."""
    return Transfer.objects.of(account).select_related("debit", "credit")


def _derive(day: date | None, account_id: int | None) -> dict[int, Balance]:
    debits, credits, values = ["1 = 1"], ["1 = 1"], []
    for column, clauses in (("debit_id", debits), ("credit_id", credits)):
        if account_id is not None:
            clauses.append(f"{column} = %s")
            values.append(account_id)
        if day is not None:
            clauses.append("day <= %s")
            values.append(connection.ops.adapt_datefield_value(day))
    query = QUERY.format(debits=" AND ".join(debits), credits=" AND ".join(credits))
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return {
            number: Balance(posted, reserved, posted - reserved)
            for number, posted, reserved in cursor.fetchall()
        }
