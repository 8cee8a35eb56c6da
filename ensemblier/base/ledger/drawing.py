"""Where the two halves join: an account of the fund that the lines of a chain may draw on.

Who keeps the account gives the right, to one organisation; a scheme of a chain led by it may then
name the account. The account's floor of zero counts what is reserved: a line and an instalment
never get the same cent (docs/decisions/0016).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger.models import Account, AccountKind, DrawRight, Kind, Transfer
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal


class CannotBeDrawn(Refusal):
    """Only an account held above zero may be drawn on, and by one organisation."""


@transaction.atomic
def give(
    *, account: Account, holder: Organisation, reason: str, actor: Any, now: datetime
) -> DrawRight:
    """Let the lines of the chains that `holder` leads draw on this account; again after an end."""
    if not account.floor_zero:
        raise CannotBeDrawn("Ce compte n'est pas tenu au-dessus de zéro : rien ne le borne.")
    said = {"given_at": now, "given_by_id": getattr(actor, "pk", None)}
    right, made = DrawRight.objects.get_or_create(
        account=account, defaults={"holder": holder, **said}
    )
    if right.holder_id != holder.pk:
        raise CannotBeDrawn("Ce compte est déjà ouvert à une autre organisation.")
    if made or right.ended_at is not None:
        DrawRight.objects.filter(pk=right.pk).update(ended_at=None, ended_by_id=None, **said)
        right.refresh_from_db()
        _note("ledger.draw_given", account, actor, reason)
    return right


@transaction.atomic
def end(*, account: Account, reason: str, actor: Any, now: datetime) -> bool:
    """Nothing more is drawn; what was drawn stays. False when nothing was open."""
    open_now = DrawRight.objects.filter(account=account, ended_at=None)
    if not open_now.update(ended_at=now, ended_by_id=getattr(actor, "pk", None)):
        return False
    _note("ledger.draw_ended", account, actor, reason)
    return True


def right_on(account: Account) -> DrawRight | None:
    """The right that is open on this account."""
    return DrawRight.objects.filter(account=account, ended_at=None).first()


def was_given(account_id: int | None) -> bool:
    """Lines draw on this account, or did."""
    return DrawRight.objects.filter(account=account_id).exists()


def open_to(holder: Organisation) -> QuerySet[Account]:
    """The accounts that the chains of this organisation may name today."""
    return Account.objects.filter(draw_right__holder=holder, draw_right__ended_at=None)


def closed_among(accounts: Collection[Account]) -> set[int]:
    """Agreements' accounts of these whose right is ended; no query without an agreement's."""
    agreements = {one.pk for one in accounts if one.kind == AccountKind.AGREEMENT}
    if not agreements:
        return set()
    ended = DrawRight.objects.filter(account__in=agreements, ended_at__isnull=False)
    return set(ended.values_list("account_id", flat=True))


def drawn_cents(account: Account, own: str) -> int:
    """What lines took on this account, undone ones given back. `own`: the code of the account that
    is paid the instalments, whose moves are not lines."""
    rows, seller = Transfer.objects.filter(kind=Kind.TRANSFER), AccountKind.PAYEE
    taken = rows.filter(debit=account, credit__kind=seller).exclude(credit__code=own)
    given = rows.filter(credit=account, debit__kind=seller).exclude(debit__code=own)
    return _sum(taken) - _sum(given)


def _sum(rows: QuerySet[Transfer]) -> int:
    return rows.aggregate(sum=Sum("cents"))["sum"] or 0


def _note(action: str, account: Account, actor: Any, reason: str) -> None:
    record(actor=actor, action=action, subject=f"ledger_account:{account.pk}", reason=reason)
