"""Reading what a bank says of a payer's transfers: compared with the orders, applied once."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import transaction

from ensemblier.base.bank.iso import NotABankFile
from ensemblier.base.files.trees import read_tree
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import day as in_words
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.access import Actor, Answer
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.fund.payments import access, cofunding
from ensemblier.fund.payments.actions import check
from ensemblier.fund.payments.bank_reading import (
    RETURNED,
    BankWords,
    Said,
    read_words,
)
from ensemblier.fund.payments.bank_words import (
    BAD_ACCOUNT,
    CODES,
    EXECUTED,
    HEARD,
    REJECTED,
    STATUSES,
    for_the_organisation,
    reason_of,
)
from ensemblier.fund.payments.models import (
    BankAccount,
    BankReport,
    Payment,
    PaymentFile,
    PaymentOrder,
    Return,
)
from ensemblier.fund.payments.queues import PATH, return_hindrances
from ensemblier.fund.payments.returns import record_return
from ensemblier.fund.payments.sealing import marks
from ensemblier.fund.review.actions import actor_on

MOST_LINES = 2_000
NUMBER = re.compile(r"VIR-\d{4}-\d{5,7}", re.ASCII)
BACK = {REJECTED: Return.Kind.REJECTED, RETURNED: Return.Kind.RETURNED}


class ReportRefused(Refusal):
    """The bank's file cannot be read or applied as it stands."""


class Planned(NamedTuple):
    """What a line would do. `outcome`: back, confirm, heard, known, early, barred, unmatched,
    look, invalid."""

    line: Said
    outcome: str
    words: str
    order: PaymentOrder | None = None


@transaction.atomic
def read_report(
    *, content: bytes, name: str, payer: Organisation, actor: Any, now: datetime
) -> BankReport:
    """Read a bank's file and keep what it says of transfers. Nothing else is changed.

    The same file given twice is the same report; once applied it stays applied, once undone it is
    read again.
    """
    check(access.may_pay_by_file(actor_on(actor, in_paris(now).date()), payer))
    payer = Organisation.objects.select_for_update().get(pk=payer.pk)
    digest = hashlib.sha256(content).hexdigest()
    known = BankReport.objects.filter(payer=payer, sha256=digest).first()
    if known is not None and known.state != BankReport.State.UNDONE:
        return known
    try:
        words = read_words(read_tree(content=content))
    except NotABankFile as fault:
        raise ReportRefused(str(fault), field="paper") from fault
    _check_words(words, payer)
    report, _ = BankReport.objects.update_or_create(
        payer=payer,
        sha256=digest,
        defaults={
            "name": name[:150],
            "version": words.version,
            "others": words.others,
            "state": BankReport.State.READ,
            "rows": [_packed(line) for line in words.lines],
            "read_by": actor,
            "read_at": now,
            "ended_by": None,
            "ended_at": None,
        },
    )
    _log(report, actor, "bank_report.read", {"lines": len(words.lines), "sha256": digest})
    return report


def _check_words(words: BankWords, payer: Organisation) -> None:
    own = BankAccount.objects.filter(organisation=payer)
    for number in words.accounts:
        if not own.filter(fingerprint__in=marks(number)).exists():
            raise ReportRefused(
                f"Ce relevé porte sur un compte qui n'est pas enregistré pour {payer} : ce n'est "
                "pas celui d'où partent ses virements. Prenez le relevé du bon compte.",
                field="paper",
            )
    if len(words.lines) > MOST_LINES:
        raise ReportRefused(
            f"Ce fichier parle de plus de {MOST_LINES} virements : demandez à la banque une "
            "période plus courte.",
            field="paper",
        )
    if not words.lines:
        raise ReportRefused(
            "Ce fichier ne parle d'aucun virement : il n'y a rien à noter.", field="paper"
        )


def _packed(line: Said) -> dict[str, Any]:
    kept = {name: value for name, value in line._asdict().items() if value not in ("", None)}
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in kept.items()}


def _unpacked(row: dict[str, Any]) -> Said:
    days = {"on": date.fromisoformat(row["on"])} if "on" in row else {}
    return Said(**{k: v for k, v in row.items() if k in Said._fields} | days)


def plan(report: BankReport, person: Actor) -> list[Planned]:
    """What each line would do now; a line about a whole file gives one row for each order."""
    lines = [_unpacked(row) for row in report.rows]
    world = _World(report, lines, person)
    found: list[Planned] = []
    done: set[tuple[int, str]] = set()
    for entry in (entry for line in lines for entry in world.place(line)):
        mark = (entry.order.pk if entry.order else 0, entry.outcome)
        if entry.outcome in ("back", "confirm") and mark in done:
            entry = entry._replace(outcome="known", words="dit deux fois dans ce fichier")
        done.add(mark)
        found.append(entry)
    return found


class _World:
    """The orders that the lines may speak of, fetched in a few queries."""

    def __init__(self, report: BankReport, lines: Sequence[Said], person: Actor) -> None:
        self.day = person.day
        groups = {number[0] for line in lines if (number := NUMBER.search(line.group))}
        names = {line.reference for line in lines if line.reference}
        own = PaymentOrder.objects.filter(file__payer=report.payer_id)
        asked = own.filter(reference__in=names) | own.filter(file__number__in=groups)
        rows = asked.select_related(
            "file",
            "account",
            "payment__settlement",
            "payment__came_back",
            f"payment__{PATH}__organisation",
            f"payment__{PATH}__department",
            f"payment__{PATH}__call__owner",
            f"share__{cofunding.PATH}__organisation",
            "share__party__organisation",
        ).order_by("pk")
        self.orders = {row.reference: row for row in rows}
        self.files: dict[str, list[PaymentOrder]] = {}
        for row in self.orders.values():
            self.files.setdefault(row.file.number, []).append(row)
        self.named = names
        grants = [row.payment for row in self.orders.values() if row.payment]
        shares = [row.share for row in self.orders.values() if row.share]
        self.barred = return_hindrances(person, grants)
        self.barred_shares = cofunding.barred_shares(person, shares)

    def bar(self, order: PaymentOrder) -> Answer | None:
        if order.share_id is not None:
            return self.barred_shares.get(order.share_id)
        return self.barred.get(order.payment_id or 0)

    def place(self, line: Said) -> Iterator[Planned]:
        if line.fault:
            yield Planned(line, "invalid", line.fault, self.orders.get(line.reference))
        elif line.reference:
            order = self.orders.get(line.reference)
            if order is None:
                words = "aucun de vos virements ne porte cette référence"
                yield Planned(line, "unmatched", words)
            else:
                yield self._about(line, order, line.amount_cents)
        else:
            yield from self._whole(line)

    def _whole(self, line: Said) -> Iterator[Planned]:
        """The whole file: each of its orders, but those of which this report says more."""
        number = NUMBER.search(line.group)
        orders = self.files.get(number[0], []) if number else []
        if not orders:
            yield Planned(line, "unmatched", "aucun de vos fichiers de virements n'est reconnu")
            return
        if line.amount_cents is not None and line.amount_cents != orders[0].file.total_cents:
            total = euros(orders[0].file.total_cents)
            words = f"le total du fichier est {total} : vérifiez avec la banque"
            yield Planned(line, "look", words, orders[0])
            return
        for order in orders:
            if order.reference not in self.named:
                yield self._about(line, order, None)

    def _about(self, line: Said, order: PaymentOrder, amount: int | None) -> Planned:
        if aside := self._aside(line, order, amount):
            return aside
        if line.says == HEARD:
            return Planned(line, "heard", STATUSES[line.status][1], order)
        if line.says == EXECUTED:
            return self._executed(line, order)
        if line.says in BACK:
            return self._back(line, order)
        words = STATUSES.get(line.status, ("", f"état « {line.status} » inconnu"))[1]
        return Planned(line, "look", f"{words} : notez-le à la main", order)

    def _aside(self, line: Said, order: PaymentOrder, amount: int | None) -> Planned | None:
        """What keeps the line from being believed or needed."""
        if order.back_on is not None and line.says != HEARD:
            words = f"déjà noté revenu le {in_words(order.back_on)}"
            return Planned(line, "known", words, order)
        if not order.is_live:
            words = "ce fichier est annulé ici, et la banque en parle : appelez-la"
            return Planned(line, "look", words, order)
        if order.file.state != PaymentFile.State.SENT:
            words = f"dites d'abord que la banque a reçu le fichier {order.file.number}"
            return Planned(line, "early", words, order)
        if amount is not None and amount != order.amount_cents:
            words = f"le virement est de {euros(order.amount_cents)} : vérifiez avec la banque"
            return Planned(line, "look", words, order)
        if line.on is not None and line.on > self.day:
            return Planned(line, "invalid", "une date n'est pas encore venue", order)
        return None

    def _executed(self, line: Said, order: PaymentOrder) -> Planned:
        if order.confirmed_on is not None:
            words = f"déjà confirmé le {in_words(order.confirmed_on)}"
            return Planned(line, "known", words, order)
        if answer := self.bar(order):
            return Planned(line, "barred", answer.reason, order)
        return Planned(line, "confirm", STATUSES[line.status][1], order)

    def _back(self, line: Said, order: PaymentOrder) -> Planned:
        why = reason_of(line.code)
        if order.payment is not None and order.payment.state == Payment.State.RETURNED:
            on = in_words(order.payment.came_back.happened_on)
            return Planned(line, "known", f"déjà noté revenu le {on}", order)
        if not order.is_paid:
            words = f"ce versement est « {order.state_in_words.lower()} » ici"
            return Planned(line, "look", words, order)
        if answer := self.bar(order):
            return Planned(line, "barred", answer.reason, order)
        if line.note:
            why += f", « {line.note} »"
        if line.code in BAD_ACCOUNT and order.account.stopped_at is None:
            why += f" ; le compte {order.account.masked} sera arrêté"
        return Planned(line, "back", why, order)


@transaction.atomic
def apply_report(*, key: UUID, report: BankReport, actor: Any, now: datetime) -> BankReport:
    """Do what the plan says, all or nothing. Asked twice, or killed and asked again: once."""
    person = actor_on(actor, in_paris(now).date())
    rows = BankReport.objects.select_for_update(of=("self",)).select_related("payer")
    report = rows.get(pk=report.pk)
    check(access.may_apply_bank_report(person, report))
    if report.state == BankReport.State.APPLIED:
        return report
    if report.state == BankReport.State.UNDONE:
        raise ReportRefused("Ce retour a été défait : déposez-le de nouveau pour le relire.")
    planned = plan(report, person)
    for entry in planned:
        if entry.outcome == "confirm" and entry.order is not None:
            entry.order.confirmed_on = entry.line.on or person.day
            entry.order.save(update_fields=["confirmed_on"])
        if entry.outcome == "back" and entry.order is not None:
            _note_back(key, entry.line, entry.order, actor, now)
    report.rows = [_told(entry) for entry in planned]
    report.state, report.ended_by, report.ended_at = BankReport.State.APPLIED, actor, now
    report.save()
    _log(report, actor, "bank_report.apply", dict(Counter(p.outcome for p in planned)))
    return report


def _note_back(key: UUID, line: Said, order: PaymentOrder, actor: Any, now: datetime) -> None:
    code, reason = line.code if line.code in CODES else "", for_the_organisation(line.code)
    if order.share is not None:
        on = _not_before(line, order.share.paid_on)
        cofunding.take_back(
            order=order, code=code, reason=reason, happened_on=on, actor=actor, now=now
        )
        return
    payment = order.payment
    assert payment is not None  # the plan looked
    record_return(
        key=uuid5(key, order.reference),
        payment=payment,
        kind=BACK[line.says],
        code=code,
        reason=reason,
        happened_on=_not_before(line, payment.left_on),
        actor=actor,
        now=now,
    )


def _not_before(line: Said, left_on: date | None) -> date:
    """A file said to be sent late: it cannot come back before it left."""
    assert left_on is not None  # the plan looked
    return max(line.on or left_on, left_on)


def _told(entry: Planned) -> dict[str, Any]:
    """The line and what it did, as the page goes on showing it."""
    order = entry.order
    about = {"order": order.pk, "file": order.file.number} if order else {}
    reference = order.reference if order else entry.line.reference
    words = {"reference": reference, "outcome": entry.outcome, "words": entry.words}
    return _packed(entry.line) | about | words


def _log(report: BankReport, actor: Any, action: str, data: dict[str, Any]) -> None:
    record(actor=actor, action=action, subject=f"bank_report:{report.pk}", data=data)
