"""Who pays what was billed, and when: most in time, some late or twice, one never. All assumed."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from ensemblier.chain.billing.balances import to_settle
from ensemblier.chain.billing.models import DocumentKind, Settlement
from ensemblier.chain.billing.settling import BOUGHT, settle
from ensemblier.web.demo.plan import NAMESPACE
from ensemblier.web.demo.year.life import Life
from ensemblier.web.demo.year.profile import GROCERY

CALL_DAYS = 30  # a call of funds says no day: paid within so many days when all is well
SOON = 6  # the quick demonstration is paid within the week, whatever the day of loading
LATE, TWICE = 20, 15  # documents in a hundred that are paid late, and in two payments
LATEST = (30, 90)  # days after the due day


class Payment(NamedTuple):
    """One line of the bank to come, for a part of a document in percent; 100 is what is left."""

    key: UUID
    day: date
    percent: int


def pay(life: Life, day: date) -> None:
    """Note, on `day`, the money that came and went for the documents up to then."""
    rows = _waiting(life)
    _choose_unpaid(life, rows)
    noted = set(Settlement.objects.filter(document__chain=life.chain).values_list("key", flat=True))
    for row in rows:
        if row.pk == life.unpaid:
            continue
        if row.due_cents < 0:  # credited after it was paid, or called back: given back at once
            _note(
                life, row, _key(life, row, f"rendu:{row.settled_cents}"), -row.due_cents, day, day
            )
            continue
        left = row.due_cents
        for payment in _payments(life, row):
            if payment.day <= day and payment.key not in noted and left:
                part = max(1, row.total_cents * payment.percent // 100)
                cents = left if payment.percent == 100 else min(left, part)
                _note(life, row, payment.key, cents, payment.day, day)
                left -= cents


def _waiting(life: Life) -> list[Any]:
    """What each who keeps a place is owed and owes, asked as the page of the bank asks it."""
    owners = {body.pk: body for body in (life.lead, *(s.keeper for s in life.places.values()))}
    found = {row.pk: row for owner in owners.values() for row in to_settle(life.chain, owner)}
    return [found[pk] for pk in sorted(found)]


def _choose_unpaid(life: Life, rows: list[Any]) -> None:
    """Among the first calls of funds, or else the first invoices to be paid, one waits for ever."""
    asked = [row for row in rows if row.kind not in BOUGHT and row.due_cents > 0]
    calls = [row for row in asked if row.kind == DocumentKind.FUNDER_CALL]
    if life.unpaid is None and asked:
        life.unpaid = _dice(life, "jamais").choice(calls or asked).pk


def _payments(life: Life, row: Any) -> list[Payment]:
    """When this document is paid: the same each time it is asked."""
    dice = _dice(life, _about(row))
    due = row.due_on or row.day + timedelta(days=CALL_DAYS)
    in_time = row.day + timedelta(days=dice.randint(1, max(1, (due - row.day).days)))
    late = due + timedelta(days=dice.randint(*LATEST))
    drawn = dice.randrange(100)
    if life.profile.number == GROCERY:
        plan = [(row.day + timedelta(days=dice.randint(1, SOON)), 100)]
    elif drawn < LATE:
        plan = [(late, 100)]
    elif drawn < LATE + TWICE:
        plan = [(in_time, dice.randint(30, 70)), (late, 100)]
    else:
        plan = [(in_time, 100)]
    return [
        Payment(_key(life, row, str(rank)), day, percent)
        for rank, (day, percent) in enumerate(plan)
    ]


def _about(row: Any) -> str:
    """What names a document without the number of a row: two databases give the same."""
    if row.kind == DocumentKind.SELF_BILLED:  # its key says a number
        return f"{row.kind}:{row.seller.name}:{row.day}"
    return str(row.key)


def _dice(life: Life, about: str) -> Random:
    """Dice of their own: who pays when changes nothing of what is grown and sold."""
    return Random(f"{life.seed}:{life.profile.number}:{about}")  # noqa: S311 - demonstration


def _key(life: Life, row: Any, rank: str) -> UUID:
    about = f"reglement:{life.seed}:{life.profile.number}:{_about(row)}:{rank}"
    return uuid5(NAMESPACE, about)


def _note(life: Life, row: Any, key: UUID, cents: int, paid_on: date, day: date) -> None:
    settle(
        key=key, document=row, cents=cents, day=paid_on, now=life.at(day), actor=life.actor,
        bank_reference=f"VIR EXEMPLE {key.hex[:12].upper()}",
    )  # fmt: skip
