"""Files of transfer orders: a payment in exactly one, the same bytes each time, then sent once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import Q

from ensemblier.base.journal.actions import record
from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.actions import KeyReused
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.identifiers import siren
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import PartyPayment
from ensemblier.fund.payments import access
from ensemblier.fund.payments.actions import check, check_payable, open_payment, settle
from ensemblier.fund.payments.banking import current_account, why_no_account
from ensemblier.fund.payments.cofunding import check_share, open_share, settle_share
from ensemblier.fund.payments.holding import about, check_free, held, said, words
from ensemblier.fund.payments.models import BankAccount, Payment, PaymentFile, PaymentOrder
from ensemblier.fund.payments.sealing import unseal
from ensemblier.fund.payments.sepa import Heading, Order, plain, transfer_file
from ensemblier.fund.payments.ways import Way, payer_of, way_of
from ensemblier.fund.review.actions import actor_on

MOST_ORDERS = 500
FETCHED = "payment_file.fetch"
Line = tuple[Payment | PartyPayment, BankAccount]


class FileRefused(Refusal):
    """The file cannot be made, sent or cancelled as things stand."""


class FileChanged(Exception):
    """What the rows give is no longer what was sent: somebody or something changed them."""


@transaction.atomic
def make_file(
    *,
    key: UUID,
    payer: Organisation,
    payments: Sequence[Payment],
    shares: Sequence[PartyPayment] = (),
    execute_on: date,
    actor: Any,
    now: datetime,
) -> PaymentFile:
    """Put certified payments, and what this payer owes as a co-funder, in one file of orders.

    The same key gives the same file; with anything else than at first, it is refused.
    """
    payer = Organisation.objects.select_for_update().get(pk=payer.pk)
    wanted = sorted({row.pk for row in payments}), sorted({row.pk for row in shares})
    known = PaymentFile.objects.filter(key=key).first()
    if known is not None:
        first = known.payer_id, known.execute_on, _put_in(known)
        if first != (payer.pk, execute_on, wanted):
            raise KeyReused(key)
        return known
    today = in_paris(now).date()
    check(access.may_pay_by_file(actor_on(actor, today), payer))
    source = _check_file(payer, wanted[0] + wanted[1], execute_on, today, now)
    lines: list[Line] = [_checked(pk, payer, actor, now) for pk in wanted[0]]
    lines += [_checked_share(pk, payer, actor, now) for pk in wanted[1]]
    file = PaymentFile.objects.create(
        payer=payer,
        account=source,
        number=str(key)[:20],
        key=key,
        holder=plain(source.holder, 70),
        execute_on=execute_on,
        total_cents=sum(row.amount_cents for row, _ in lines),
        sha256="",
        size=0,
        made_by=actor,
        made_at=now.replace(microsecond=0),
    )
    file.number = f"VIR-{today.year}-{file.pk:05d}"
    _write_orders(file, lines)
    content = _content(file, check=True)
    file.sha256, file.size = hashlib.sha256(content).hexdigest(), len(content)
    file.save()
    _log(file, actor, "payment_file.make", {"orders": len(lines), "sha256": file.sha256})
    return file


def _put_in(file: PaymentFile) -> tuple[list[int], list[int]]:
    pairs = list(file.orders.values_list("payment_id", "share_id"))
    return sorted(pk for pk, _ in pairs if pk), sorted(pk for _, pk in pairs if pk)


def _check_file(
    payer: Organisation, wanted: list[int], execute_on: date, today: date, now: datetime
) -> BankAccount:
    if not wanted:
        raise FileRefused("Cochez au moins un versement.", field="payments")
    if len(wanted) > MOST_ORDERS:
        raise FileRefused(f"Un fichier porte {MOST_ORDERS} virements au plus.", field="payments")
    if execute_on < today:
        raise FileRefused("La date d'exécution est passée : choisissez-en une.", field="execute_on")
    source = current_account(payer, now)
    if source is None:
        raise FileRefused(f"{payer} n'a pas de compte d'où payer : {why_no_account(payer, now)}.")
    return source


def _checked(pk: int, payer: Organisation, actor: Any, now: datetime) -> Line:
    """The payment, held, with the account where it goes."""
    payment = open_payment(Payment(pk=pk))
    agreement = payment.instalment.agreement
    label = f"Convention {agreement.number}, échéance {payment.instalment.position} : "
    if way_of(agreement) is not Way.FILE or payer_of(agreement).pk != payer.pk:
        raise FileRefused(f"{label}ce versement n'est pas payé par {payer}.", field="payments")
    check_payable(payment=payment, actor=actor, now=now)
    check_free(payment)
    if PaymentOrder.objects.filter(payment=payment, is_live=True).exists():
        raise FileRefused(f"{label}ce versement est déjà dans un fichier.", field="payments")
    organisation = agreement.decision.application.organisation
    account = current_account(organisation, now)
    if account is None:
        raise FileRefused(f"{label}{why_no_account(organisation, now)}.", field="payments")
    return payment, account


def _checked_share(pk: int, payer: Organisation, actor: Any, now: datetime) -> Line:
    """What a co-funder owes, held, with the account where it goes."""
    share = open_share(pk)
    check_share(share=share, payer=payer, actor=actor, now=now)
    agreement = share.party.agreement
    label = f"Convention {agreement.number}, {share.label} : "
    if PaymentOrder.objects.filter(share=share, is_live=True).exists():
        raise FileRefused(f"{label}ce versement est déjà dans un fichier.", field="payments")
    organisation = agreement.decision.application.organisation
    account = current_account(organisation, now)
    if account is None:
        raise FileRefused(f"{label}{why_no_account(organisation, now)}.", field="payments")
    return share, account


def _words(row: Payment | PartyPayment) -> str:
    if isinstance(row, PartyPayment):
        number = row.party.agreement.number
        return f"COFINANCEMENT CONVENTION {number} VERSEMENT {row.position}"
    instalment = row.instalment
    return f"SUBVENTION CONVENTION {instalment.agreement.number} ECHEANCE {instalment.position}"


def _write_orders(file: PaymentFile, lines: list[Line]) -> None:
    rows = []
    for rank, (paid, account) in enumerate(lines, start=1):
        is_share = isinstance(paid, PartyPayment)
        rows.append(
            PaymentOrder(
                file=file,
                payment=None if is_share else paid,
                share=paid if is_share else None,
                account=account,
                reference=f"{file.number}-{rank:04d}",
                holder=plain(account.holder, 70),
                remittance=plain(f"{_words(paid)} {file.payer.name}", 140),
                amount_cents=paid.amount_cents,
            )
        )
    try:
        with transaction.atomic():
            PaymentOrder.objects.bulk_create(rows)
    except IntegrityError as error:
        raise FileRefused(
            "Un de ces versements vient d'entrer dans un autre fichier. Rechargez la page.",
            field="payments",
        ) from error


def _content(file: PaymentFile, *, check: bool = False) -> bytes:
    rows = file.orders.select_related("account").order_by("pk")
    heading = Heading(
        message=f"{siren(file.payer.siret)}-{file.number}"[:35],
        holder=file.holder,
        iban=unseal(file.account.sealed_iban),
        made_at=file.made_at,
        execute_on=file.execute_on,
        version=file.version,
    )
    return transfer_file(
        heading,
        [
            Order(
                row.reference,
                row.holder,
                unseal(row.account.sealed_iban),
                row.amount_cents,
                row.remittance,
            )
            for row in rows
        ],
        check=check,
    )


def file_bytes(file: PaymentFile) -> bytes:
    """The file again, byte for byte, or a loud failure: never another file with its number."""
    content = _content(file)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise FileChanged(file.number)
    return content


@transaction.atomic
def fetch_file(*, file: PaymentFile, actor: Any, now: datetime) -> bytes:
    """Take the file away, to give it to the bank; each time is noted."""
    file = _locked(file, actor, now)
    if file.state == PaymentFile.State.CANCELLED:
        raise FileRefused("Ce fichier est annulé : il ne se prend plus.")
    if file.state == PaymentFile.State.CANCEL_ASKED:
        raise FileRefused(
            "L'annulation de ce fichier est demandée : il ne se prend plus. Pour l'envoyer quand "
            "même, choisissez d'abord « Garder le fichier »."
        )
    if file.state != PaymentFile.State.SENT:
        _check_leaves(file)
    _log(file, actor, FETCHED, {"sha256": file.sha256})
    return file_bytes(file)


def _check_leaves(file: PaymentFile) -> None:
    if stopped := stopped_accounts(file):
        raise FileRefused(
            f"Compte arrêté depuis que ce fichier est fait : {', '.join(stopped)}. Ne l'envoyez "
            "pas : demandez son annulation, puis faites un autre fichier."
        )
    if kept := held_payments(file):
        raise FileRefused(
            f"{' '.join(kept)} Ce fichier ne s'envoie pas : attendez la fin de la suspension, ou "
            "demandez son annulation pour payer les autres dans un autre fichier."
        )


def held_payments(file: PaymentFile) -> list[str]:
    """What suspensions hold now of a file that is not sent yet: which payment, and why."""
    live = file.orders.filter(is_live=True, payment__isnull=False).order_by("pk")
    rows = [row.payment for row in live.select_related("payment__instalment__agreement")]
    stops = held(row for row in rows if row)
    return [said(row, stops[row.pk]) for row in rows if row and row.pk in stops]


def suspended_since(file: PaymentFile) -> list[str]:
    """What was suspended after the file left, and still is: the transfers are not called back."""
    rows = [
        row.payment
        for row in file.orders.filter(payment__state=Payment.State.PAID)
        .select_related("payment__instalment__agreement")
        .order_by("pk")
        if row.payment
    ]
    stops = held(rows)
    return [f"{about(row)} : {words(stops[row.pk])}." for row in rows if row.pk in stops]


def taken(file: PaymentFile) -> Event | None:
    """The last time that somebody took the file away: the bank may have it since."""
    rows = Event.objects.filter(subject=f"payment_file:{file.pk}", action=FETCHED)
    return rows.order_by("-pk").first()


def stopped_accounts(file: PaymentFile) -> list[str]:
    """The accounts of a file, where it pays and from where, that somebody stopped: whose, masked.

    The bank may have the file already, which `send_file` still notes; it is no longer taken away.
    """
    used = Q(pk=file.account_id) | Q(pk__in=file.orders.filter(is_live=True).values("account"))
    rows = BankAccount.objects.filter(used, stopped_at__isnull=False)
    rows = rows.select_related("organisation").order_by("organisation__name", "pk")
    return [f"{row.organisation.name} ({row.masked})" for row in rows]


@transaction.atomic
def send_file(*, key: UUID, file: PaymentFile, actor: Any, now: datetime) -> PaymentFile:
    """The bank took the file: each payment is posted in the books. Asked twice, it pays once."""
    file = _locked(file, actor, now)
    if file.state == PaymentFile.State.SENT:
        return file
    if file.state != PaymentFile.State.MADE:
        raise FileRefused(f"Ce fichier est « {file.get_state_display().lower()} ».")
    file_bytes(file)
    if taken(file) is None and (kept := held_payments(file)):
        raise FileRefused(
            f"{' '.join(kept)} Personne n'a pris ce fichier : la banque ne peut pas l'avoir reçu."
        )
    day = in_paris(now).date()
    live = file.orders.filter(is_live=True)
    for order in live.filter(share__isnull=False).order_by("share_id"):
        share = open_share(order.share_id)
        check_share(share=share, payer=file.payer, actor=actor, now=now)
        settle_share(share=share, actor=actor, day=day)
    for order in live.filter(payment__isnull=False).order_by("payment_id"):
        payment = open_payment(Payment(pk=order.payment_id))
        check_payable(payment=payment, actor=actor, now=now)
        settle(
            key=uuid5(key, f"payment:{payment.pk}"),
            payment=payment,
            actor=actor,
            now=now,
            day=day,
        )
    file.state, file.ended_by, file.ended_at = PaymentFile.State.SENT, actor, now
    file.save()
    _log(file, actor, "payment_file.send", {"total_cents": file.total_cents})
    return file


@transaction.atomic
def ask_cancel(*, file: PaymentFile, reason: str, actor: Any, now: datetime) -> PaymentFile:
    """Ask that a file not be sent; another person confirms. Meanwhile it cannot be sent."""
    file = _locked(file, actor, now)
    if file.state != PaymentFile.State.MADE:
        raise FileRefused(
            f"Ce fichier est « {file.get_state_display().lower()} » : il ne s'annule plus ainsi."
        )
    if not reason.strip():
        raise FileRefused("Dites pourquoi ce fichier ne doit pas partir.", field="reason")
    file.state, file.cancel_asked_by = PaymentFile.State.CANCEL_ASKED, actor
    file.cancel_reason = reason.strip()[:500]
    file.save()
    _log(file, actor, "payment_file.ask_cancel", reason=file.cancel_reason)
    return file


@transaction.atomic
def settle_cancel(*, file: PaymentFile, agreed: bool, actor: Any, now: datetime) -> PaymentFile:
    """A second person confirms the cancelling, or keeps the file. Payments are free again."""
    file = _locked(file, actor, now)
    if file.state == PaymentFile.State.CANCELLED and agreed:
        return file
    if file.state != PaymentFile.State.CANCEL_ASKED:
        raise FileRefused("Personne n'a demandé d'annuler ce fichier.")
    if agreed and actor.pk == file.cancel_asked_by_id:
        check(access.CALLED_BACK)
    if agreed:
        file.orders.update(is_live=False)
        file.state, file.ended_by, file.ended_at = PaymentFile.State.CANCELLED, actor, now
    else:
        file.state, file.cancel_asked_by = PaymentFile.State.MADE, None
    file.save()
    _log(file, actor, "payment_file.cancel" if agreed else "payment_file.keep")
    return file


def _locked(file: PaymentFile, actor: Any, now: datetime) -> PaymentFile:
    rows = PaymentFile.objects.select_for_update(of=("self",)).select_related("payer", "account")
    fresh = rows.get(pk=file.pk)
    check(access.may_handle_file(actor_on(actor, in_paris(now).date()), fresh))
    return fresh


def _log(
    file: PaymentFile,
    actor: Any,
    action: str,
    data: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    subject = f"payment_file:{file.pk}"
    record(actor=actor, action=action, subject=subject, reason=reason, data=data)
