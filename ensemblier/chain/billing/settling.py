"""Money in or out for a document: noted once, in the books too, undone by its opposite."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from ensemblier.base.chains.models import Chain
from ensemblier.base.journal.actions import record
from ensemblier.base.ledger.actions import transfer
from ensemblier.base.ledger.models import Account, AccountKind
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.balances import due_of
from ensemblier.chain.billing.freezing import held
from ensemblier.chain.billing.models import Document, DocumentKind, Settlement
from ensemblier.chain.billing.posting import bank_account, buyer_account, grower_account
from ensemblier.chain.billing.refusals import (
    AlreadyNoted,
    NothingToSettle,
    PaidByAgreement,
    SettlementKeyReused,
    SettlementRefused,
    TooMuch,
)
from ensemblier.chain.billing.rules import PAID

MOST_REFERENCE = 100
AGAIN = "\u00a0"
BOUGHT = (DocumentKind.SELF_BILLED, DocumentKind.RECEIVED)


def settle(
    *,
    key: UUID,
    document: Document,
    cents: int,
    day: date,
    bank_reference: str,
    actor: Any,
    now: datetime,
) -> Settlement:
    """Note money for a document, whole or in part, never more than what is left.

    `cents` is above zero. When more was paid than is due, after a credit note, it is money given
    back. The same key gives the same settlement; a line of the bank counts once.
    """
    reference = bank_mark(document, bank_reference)
    try:
        with transaction.atomic():
            return _known(key, document, cents, day) or _settle(
                key, document, cents, day, reference, actor, now
            )
    except IntegrityError as error:
        if known := _known(key, document, cents, day):
            return known
        raise AlreadyNoted(bank_reference) from error


@transaction.atomic
def undo_settlement(
    *, key: UUID, settlement: Settlement, day: date, reason: str, actor: Any, now: datetime
) -> Settlement:
    """The opposite of a settlement, in the books too: both stay to be read."""
    known = Settlement.objects.filter(key=key).first()
    if known is not None:
        if known.undoes_id != settlement.pk:
            raise SettlementKeyReused
        return known
    document = settlement.document
    _hold(document)
    if settlement.undoes_id or settlement.undone_by.exists():
        raise SettlementRefused("Ce règlement est déjà annulé : il n'y a rien à annuler.")
    _check_day(day, now)
    mark = f"annule {settlement.pk}"
    row = Settlement.objects.create(
        document=document,
        cents=-settlement.cents,
        day=day,
        bank_reference=mark,
        key=key,
        undoes=settlement,
    )
    _post(row, actor)
    record(
        actor=actor,
        action="billing.settlement_undone",
        subject=f"document:{document.pk}",
        reason=reason,
    )
    return row


def bank_mark(document: Document, reference: str) -> str:
    """References are those of one bank account: another organisation's may be the same."""
    bare = " ".join(reference.split())
    if not bare or len(bare) > MOST_REFERENCE:
        raise SettlementRefused(
            "Écrivez la référence de la banque, en 100 caractères au plus : elle évite de noter "
            "deux fois le même règlement.",
            field="bank_reference",
        )
    return f"{owner_of(document).pk}:{bare}"


def owner_of(document: Document) -> Organisation:
    """Whose bank account it is: who wrote the invoice or the call, or the buyer who pays."""
    return document.recipient if document.kind in BOUGHT else document.issuer


def comes_in(document: Document, cents: int) -> bool:
    """Whether this money (with the sign of its document) comes in for whose account it is."""
    return (cents > 0) is (document.kind not in BOUGHT)


def _known(key: UUID, document: Document, cents: int, day: date) -> Settlement | None:
    known = Settlement.objects.filter(key=key).first()
    if known is not None:
        told = (known.document_id, abs(known.cents), known.day)
        if told != (document.pk, cents, day) or known.undoes_id:
            raise SettlementKeyReused
    return known


def _settle(
    key: UUID,
    document: Document,
    cents: int,
    day: date,
    reference: str,
    actor: Any,
    now: datetime,
) -> Settlement:
    if document.kind not in PAID:
        raise NothingToSettle(document.get_kind_display())
    if cents <= 0:
        raise SettlementRefused("Le montant doit être supérieur à zéro.", field="cents")
    _check_day(day, now)
    _hold(document)
    due = due_of(document)
    if due == 0:
        raise SettlementRefused("Cette pièce est déjà réglée : il ne reste rien à noter.")
    if cents > abs(due):
        raise TooMuch(abs(due))
    mark = _free(reference)
    row = Settlement.objects.create(
        document=document,
        cents=cents if due > 0 else -cents,
        day=day,
        bank_reference=mark,
        key=key,
    )
    _post(row, actor)
    record(
        actor=actor,
        action="billing.settled",
        subject=f"document:{document.pk}",
        data={"cents": row.cents, "day": day.isoformat()},
    )
    return row


def _free(reference: str) -> str:
    """The mark of this line of the bank. A settlement that was undone, on the wrong document for
    instance, leaves its line free: the next one bears a number, after a space nobody can type."""
    mark, times = reference, 1
    while found := Settlement.objects.filter(bank_reference=mark).first():
        if not found.undone_by.exists():
            raise AlreadyNoted(reference.partition(":")[2])
        times += 1
        mark = f"{reference}{AGAIN}({times})"
    return mark


def noted(owner: Organisation) -> dict[str, tuple[date, int]]:
    """The lines of this bank account that count: their reference as the bank wrote it, their day
    and their amount, whichever way it went."""
    prefix = f"{owner.pk}:"
    rows = Settlement.objects.filter(bank_reference__startswith=prefix, undone_by=None)
    return {
        mark.removeprefix(prefix).partition(AGAIN)[0]: (day, abs(cents))
        for mark, day, cents in rows.values_list("bank_reference", "day", "cents")
    }


def _check_day(day: date, now: datetime) -> None:
    if day > in_paris(now).date():
        raise SettlementRefused(
            "Ce jour n'est pas encore venu : un règlement se note une fois fait.", field="day"
        )


def _hold(document: Document) -> None:
    """One settlement of a document at a time, whatever asks for it."""
    held(document.issuer, document.seller, document.kind, document.day.year)


def _post(row: Settlement, actor: Any) -> None:
    debit, credit = accounts(row.document)
    if row.cents < 0:
        debit, credit = credit, debit
    transfer(
        key=uuid5(row.key, "settlement"),
        debit=debit,
        credit=credit,
        amount_cents=abs(row.cents),
        day=row.day,
        reason=f"règlement : {row.document.get_kind_display()} {row.document.number}"[:200],
        reference=f"règlement {row.pk}",
        actor=actor,
    )


def accounts(document: Document) -> tuple[Account, Account]:
    """Where the money comes from and goes to: what a sale opened is closed by its payment."""
    chain: Chain = document.chain
    bank = bank_account(chain, owner_of(document))
    if document.kind in BOUGHT:
        return grower_account(chain, document.seller), bank
    if document.kind == DocumentKind.FUNDER_CALL:
        return bank, _funder_account(document)
    return bank, buyer_account(chain, document.recipient)


def _funder_account(document: Document) -> Account:
    line = document.lines.select_related("share__payer__account").first()
    assert line is not None and line.share is not None and line.share.payer is not None
    account: Account = line.share.payer.account
    if account.kind != AccountKind.FUNDER:
        raise PaidByAgreement(account.name)
    return account
