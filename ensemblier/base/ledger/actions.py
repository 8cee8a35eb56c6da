"""What can be done in the books: open an account, move money, reserve it, post or void it.

`debit` is the source, `credit` the destination (see models.py). Every verb takes the `key` made by
the client before sending: the same key with the same content gives the same answer, with another
content it is refused (HTTP 409). Inside a transaction of the caller, everything belongs to it.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models.base import ModelState

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger import bulk, locks
from ensemblier.base.ledger.bulk import Line
from ensemblier.base.ledger.digest import digest
from ensemblier.base.ledger.models import Account, AccountKind, Counter, Kind, Transfer
from ensemblier.base.refusal import Refusal
from ensemblier.engines.money import euros

CONTENT = (
    "kind",
    "debit_id",
    "credit_id",
    "cents",
    "settles_id",
    "settled_cents",
    "day",
    "reason",
    "reference",
    "actor_id",
)
MOST_CENTS = 10**14  # a thousand billion euros: sums stay far inside 64 bits


class EnvelopeExhausted(Refusal):
    """The source has less left than is asked, counting what is reserved."""

    def __init__(self, account: Account, left_cents: int, asked_cents: int) -> None:
        super().__init__(
            f"Il reste {euros(left_cents)} sur « {account.name} », et vous demandez "
            f"{euros(asked_cents)}. Réduisez le montant ou choisissez un autre compte.".replace(
                "« ", "«\u00a0"
            ).replace(" »", "\u00a0»"),
            field="amount",
        )
        self.account = account
        self.left_cents = left_cents


class KeyReused(Refusal):
    """This key was used for something else."""

    status = 409

    def __init__(self, key: UUID) -> None:
        super().__init__(
            "Cette demande a déjà servi pour une autre opération. Rechargez la page, vérifiez ce "
            "qui est enregistré, puis recommencez si besoin."
        )
        self.key = key


class AlreadySettled(Refusal):
    """The reservation was posted or voided before."""

    status = 409

    def __init__(self, reservation: Transfer) -> None:
        super().__init__(
            f"La réservation de {euros(reservation.cents)} est déjà soldée : elle a été payée ou "
            "abandonnée. Rechargez la page pour voir son état.".replace(" :", "\u00a0:")
        )
        self.reservation = reservation


class BadAmount(Refusal):
    """Not a whole number of cents above zero, or too much."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="amount")


class BadAccounts(Refusal):
    """The two accounts are one, or one of them does not exist, or is another kind of account."""


@transaction.atomic
def open_account(
    *, code: str, name: str, kind: str, floor_zero: bool = False, fec_code: str = ""
) -> Account:
    """Open an account, or give back the one that already has this code."""
    account, opened = Account.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "kind": AccountKind(kind),
            "floor_zero": floor_zero,
            "fec_code": fec_code,
        },
    )
    if opened and floor_zero:
        Counter.objects.create(account_id=account.pk)
    if opened:
        record(actor=None, action="ledger.account_opened", subject=f"ledger_account:{account.pk}")
    elif (account.kind, account.floor_zero) != (kind, floor_zero):
        raise BadAccounts(f"Le compte {code} existe déjà, avec d'autres règles.")
    return account


def transfer(
    *,
    key: UUID,
    debit: Account,
    credit: Account,
    amount_cents: int,
    day: date,
    reason: str,
    actor: Any,
    reference: str = "",
) -> Transfer:
    """Move money at once from `debit` to `credit`."""
    return _open(Kind.TRANSFER, key, debit, credit, amount_cents, day, reason, reference, actor)


def reserve(
    *,
    key: UUID,
    debit: Account,
    credit: Account,
    amount_cents: int,
    day: date,
    reason: str,
    actor: Any,
    reference: str = "",
) -> Transfer:
    """Set money of `debit` aside for `credit`, until it is posted or voided."""
    return _open(Kind.RESERVE, key, debit, credit, amount_cents, day, reason, reference, actor)


def post(
    *,
    key: UUID,
    reservation: Transfer,
    day: date,
    actor: Any,
    reason: str = "",
    amount_cents: int | None = None,
    reference: str = "",
) -> Transfer:
    """Pay a reservation, whole or in part; the part not paid is released at once."""
    amount = reservation.cents if amount_cents is None else amount_cents
    _check_amount(amount)
    if amount > reservation.cents:
        raise BadAmount(
            f"La réservation est de {euros(reservation.cents)} : vous ne pouvez pas en payer "
            f"{euros(amount)}.".replace(" :", "\u00a0:")
        )
    return _settle(Kind.POST, key, reservation, amount, day, actor, reason, reference)


def void(
    *,
    key: UUID,
    reservation: Transfer,
    day: date,
    actor: Any,
    reason: str,
    reference: str = "",
) -> Transfer:
    """Give a reservation up: its whole amount is available again."""
    return _settle(Kind.VOID, key, reservation, reservation.cents, day, actor, reason, reference)


def transfer_many(lines: Sequence[Line]) -> int:
    """Move a month of shares in one transaction; how many transfers that makes.

    The checks are those of `transfer`, line after line. Sent again whole, it changes nothing and
    answers the same; sent again with only some of its keys known, it is refused.
    """
    for line in lines:
        _check(line.debit, line.credit, line.amount_cents)
    outcome = bulk.put_many(lines, datetime.now(UTC))
    if outcome.exhausted is not None:
        raise EnvelopeExhausted(
            outcome.exhausted.debit, outcome.left_cents, outcome.exhausted.amount_cents
        )
    if outcome.reused is not None:
        raise KeyReused(outcome.reused)
    if outcome.absent:
        raise BadAccounts("Un des comptes n'existe pas. Ouvrez-le d'abord.")
    return len(lines)


def lock(*accounts: Account) -> None:
    """Before several moves in one transaction: lock their accounts together, in the safe order."""
    if not connection.in_atomic_block:
        raise RuntimeError("a lock only holds inside a transaction")
    locks.lock(account.pk for account in accounts)


def _settle(
    kind: Kind,
    key: UUID,
    reservation: Transfer,
    amount: int,
    day: date,
    actor: Any,
    reason: str,
    reference: str,
) -> Transfer:
    if reservation.kind != Kind.RESERVE:
        raise BadAccounts("Cette écriture n'est pas une réservation : elle ne se solde pas.")
    row = _row(
        key=key,
        kind=kind.value,
        debit_id=reservation.debit_id,
        credit_id=reservation.credit_id,
        cents=amount,
        settles_id=reservation.pk,
        settled_cents=reservation.cents,
        day=day,
        reason=reason,
        reference=reference or reservation.reference,
        actor_id=getattr(actor, "pk", None),
        created_at=datetime.now(UTC),
    )
    return _put(row, reservation)


def _open(
    kind: Kind,
    key: UUID,
    debit: Account,
    credit: Account,
    cents: int,
    day: date,
    reason: str,
    reference: str,
    actor: Any,
) -> Transfer:
    _check(debit, credit, cents)
    row = _row(
        key=key,
        kind=kind.value,
        debit_id=debit.pk,
        credit_id=credit.pk,
        cents=cents,
        settles_id=None,
        settled_cents=0,
        day=day,
        reason=reason,
        reference=reference,
        actor_id=None if actor is None else actor.pk,
        created_at=datetime.now(UTC),
    )
    row._state.fields_cache.update(debit=debit, credit=credit)
    return _put(row)


def _row(**content: Any) -> Transfer:
    """A transfer with its digest, its fields set at once: Django's own way costs ten times more."""
    row = Transfer.__new__(Transfer)
    row.__dict__.update(content, _state=ModelState(), id=None, digest=digest(**content))
    return row


def _put(row: Transfer, reservation: Transfer | None = None) -> Transfer:
    outcome = locks.put(row)
    if outcome.name == "done":
        row.pk = outcome.row_id
        row._state.adding = False
        row._state.db = DEFAULT_DB_ALIAS
        return row
    if outcome.name == "known":
        known = Transfer.objects.get(pk=outcome.row_id)
        if not _same_content(known, row):
            raise KeyReused(row.key)
        return known
    if outcome.name == "exhausted":
        assert outcome.left_cents is not None
        raise EnvelopeExhausted(row.debit, outcome.left_cents, row.cents)
    if outcome.name == "settled" and reservation is not None:
        raise AlreadySettled(reservation)
    raise BadAccounts("Un des comptes, ou la réservation, n'existe pas.")


def _same_content(known: Transfer, row: Transfer) -> bool:
    return all(getattr(known, name) == getattr(row, name) for name in CONTENT)


def _check(debit: Account, credit: Account, cents: object) -> None:
    _check_amount(cents)
    if debit.pk == credit.pk:
        raise BadAccounts("Le compte qui paie et celui qui reçoit sont le même. Changez l'un.")


def _check_amount(cents: object) -> None:
    if isinstance(cents, bool) or not isinstance(cents, int):
        raise BadAmount("Le montant doit être un nombre entier de centimes.")
    if cents <= 0:
        raise BadAmount("Le montant doit être supérieur à zéro.")
    if cents > MOST_CENTS:
        raise BadAmount(f"Le montant dépasse le maximum de {euros(MOST_CENTS)}.")
