"""Balances, derived from the transfers alone."""

from datetime import date
from typing import NamedTuple

from django.db import connection

from ensemblier.base.ledger.models import Account, Kind, Transfer, TransferQuerySet


class Balance(NamedTuple):
    """In cents. `available` is what may still be spent or reserved."""

    posted: int
    reserved: int
    available: int


ZERO = Balance(0, 0, 0)
# One reading of the transfers, summed by couple of accounts: what moved from one to the other, and
# reservations less those settled. Then each couple, far fewer, counts for its two accounts.
QUERY = f"""
WITH couples AS (
    SELECT debit_id, credit_id,
        sum(CASE WHEN kind IN ({Kind.TRANSFER:d}, {Kind.POST:d}) THEN cents ELSE 0 END) AS moved,
        sum(CASE WHEN kind = {Kind.RESERVE:d} THEN cents ELSE -settled_cents END) AS held
    FROM ledger_transfer WHERE {{wanted}} GROUP BY debit_id, credit_id
)
SELECT account_id, CAST(sum(posted) AS bigint), CAST(sum(reserved) AS bigint) FROM (
    SELECT debit_id AS account_id, -moved AS posted, held AS reserved FROM couples
    UNION ALL
    SELECT credit_id, moved, 0 FROM couples
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
    wanted, values = ["1 = 1"], []
    if account_id is not None:
        wanted.append("(debit_id = %s OR credit_id = %s)")
        values += [account_id, account_id]
    if day is not None:
        wanted.append("day <= %s")
        values.append(connection.ops.adapt_datefield_value(day))
    with connection.cursor() as cursor:
        cursor.execute(QUERY.format(wanted=" AND ".join(wanted)), values)
        return {
            number: Balance(posted, reserved, posted - reserved)
            for number, posted, reserved in cursor.fetchall()
        }
