"""Small real books, written through the actions of the ledger (run inside an installation)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid5

from ensemblier.base.ledger import actions as ledger

DAY = date(2027, 3, 1)
# Any fixed UUID does: each payment's key is drawn from it, so that books are the same each time.
SPACE = UUID("6f0d0c3e-9a63-4d0b-8f2c-0c9f2f6f7a10")


def accounts() -> dict[str, Any]:
    contributor = ledger.open_account(code="apport:etat", name="État", kind="contributor")
    envelope = ledger.open_account(
        code="enveloppe:2027", name="Enveloppe 2027", kind="envelope", floor_zero=True
    )
    payee = ledger.open_account(code="dossier:1", name="Convention 1", kind="agreement")
    return {"contributor": contributor, "envelope": envelope, "payee": payee}


def open_books(*, payments: int) -> None:
    """An envelope is filled, then paid from, one payment in four through a reservation."""
    known = accounts()
    ledger.transfer(
        key=uuid5(SPACE, "fill"),
        debit=known["contributor"],
        credit=known["envelope"],
        amount_cents=5_000_000,
        day=DAY,
        reason="dotation",
        actor=None,
    )
    for number in range(payments):
        pay(known, number)


def pay(known: dict[str, Any], number: int) -> None:
    terms = {
        "debit": known["envelope"],
        "credit": known["payee"],
        "amount_cents": 1_000 + number,
        "day": DAY,
        "reason": f"versement {number}",
        "actor": None,
    }
    key = uuid5(SPACE, f"payment {number}")
    if number % 4 == 0:
        ledger.reserve(key=key, **terms)
    else:
        ledger.transfer(key=key, **terms)


def pay_once_more() -> None:
    pay(accounts(), 1_001)
