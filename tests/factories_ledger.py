"""Accounts and moves of money for tests."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from ensemblier.base.ledger.actions import open_account, reserve, transfer
from ensemblier.base.ledger.models import Account, Transfer

DAY = date(2026, 3, 2)


def state(code: str = "etat") -> Account:
    return open_account(
        code=code, name="État", kind="contributor", floor_zero=False, fec_code="441100"
    )


def envelope(cents: int = 0, code: str = "enveloppe-2026", **fields: Any) -> Account:
    """An account held above zero, with this much on it."""
    account = open_account(
        code=code, name="Enveloppe 2026", kind="envelope", floor_zero=True, fec_code="741000"
    )
    if cents:
        move(state(), account, cents)
    return account


def payee(code: str = "jardin") -> Account:
    return open_account(
        code=code, name="Jardin de Cocagne", kind="payee", floor_zero=False, fec_code="467100"
    )


def move(debit: Account, credit: Account, cents: int, key: UUID | None = None) -> Transfer:
    return transfer(
        key=key or uuid4(),
        debit=debit,
        credit=credit,
        amount_cents=cents,
        day=DAY,
        reason="essai",
        actor=None,
    )


def hold(debit: Account, credit: Account, cents: int, key: UUID | None = None) -> Transfer:
    return reserve(
        key=key or uuid4(),
        debit=debit,
        credit=credit,
        amount_cents=cents,
        day=DAY,
        reason="essai",
        actor=None,
    )
