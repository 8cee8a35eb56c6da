"""Payers beside the State, bank accounts, transfer files and extracts of Chorus for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from ensemblier.base.people.models import Organisation, Role, User
from ensemblier.fund.payments import banking, chorus, orders
from ensemblier.fund.payments.models import (
    BankAccount,
    BankReport,
    ChorusImport,
    Payment,
    PaymentFile,
    PaymentOrder,
)
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_review as review

NOW = money.NOW
LATER = NOW + timedelta(hours=49)


def iban(number: int, country: str = "FR") -> str:
    """An IBAN whose keys are right, from any number: bank 30004, branch 00001."""
    account = f"{number:011d}"
    key = 97 - (89 * 30004 + 15 * 1 + 3 * int(account)) % 97
    bban = f"3000400001{account}{key:02d}"
    rest = int(bban + "".join(str(int(letter, 36)) for letter in country) + "00")
    return f"{country}{98 - rest % 97:02d}{bban}"


def entered(
    organisation: Organisation, by: User | None = None, now: datetime = NOW, number: int = 0
) -> BankAccount:
    return banking.enter_account(
        organisation=organisation,
        holder=organisation.name,
        iban=iban(number or fund.unique()),
        paper=fund.paper("rib.pdf"),
        actor=by or fund.user(Role.REPRESENTATIVE, organisation),
        now=now,
    )


def confirmed(
    organisation: Organisation, by: User | None = None, now: datetime = NOW, number: int = 0
) -> BankAccount:
    """Usable at LATER."""
    account = entered(organisation, now=now, number=number)
    by = by or fund.user(Role.PAYER)
    return banking.confirm_account(account=account, actor=by, now=now)


def foundation_case(funder: Organisation | None = None) -> SimpleNamespace:
    """A grant of a foundation that pays by itself: certified, with both accounts usable LATER."""
    funder = funder or fund.organisation("Fondation des Tables ouvertes", kind="foundation")
    call = fund.call(owner=funder)
    case = money.granted(case=review.proposed(fund.filed(of=call)))
    case.funder = funder
    case.payer = fund.user(Role.PAYER, funder)
    case.other_payer = fund.user(Role.PAYER, funder)
    case = money.certified(money.signed(case))
    source = banking.enter_account(
        organisation=funder,
        holder=funder.name,
        iban=iban(fund.unique()),
        paper=fund.paper("rib.pdf"),
        actor=case.payer,
        now=NOW,
    )
    case.source = banking.confirm_account(account=source, actor=case.other_payer, now=NOW)
    case.account = confirmed(case.application.organisation, by=case.payer)
    return case


def made(case: SimpleNamespace | None = None) -> SimpleNamespace:
    case = case or foundation_case()
    case.file = make(case, [case.payment])
    return case


def make(case: SimpleNamespace, payments: list[Payment], **fields: object) -> PaymentFile:
    full = {
        "key": uuid4(),
        "payer": case.funder,
        "payments": payments,
        "execute_on": LATER.date(),
        "actor": case.payer,
        "now": LATER,
    } | fields
    return orders.make_file(**full)


def sent(case: SimpleNamespace | None = None) -> SimpleNamespace:
    case = made(case)
    case.file = orders.send_file(key=uuid4(), file=case.file, actor=case.payer, now=LATER)
    case.payment.refresh_from_db()
    return case


def near_pages(side: SimpleNamespace) -> None:
    """What the pages of payments show of one side of the world of trust tests."""
    payer = fund.user(Role.PAYER)
    side.account = entered(side.organisation, by=side.representative)
    side.trace = chorus.record_step(
        key=uuid4(),
        agreement=side.money.agreement,
        payment=side.money.payment,
        step=chorus.Step.REQUEST,
        number="100200300",
        happened_on=NOW.date(),
        actor=payer,
        now=NOW,
    )
    side.transfers = PaymentFile.objects.create(
        payer=side.head,
        account=side.account,
        number=f"VIR-{side.head.pk}",
        key=uuid4(),
        holder=side.head.name,
        execute_on=NOW.date(),
        total_cents=0,
        sha256="0" * 64,
        size=0,
        made_by=payer,
        made_at=NOW,
    )
    side.transfer_order = PaymentOrder.objects.create(
        file=side.transfers,
        share=side.party_payment,
        account=side.account,
        reference=f"{side.transfers.number}-0001",
        holder=side.organisation.name,
        remittance="COFINANCEMENT",
        amount_cents=side.party_payment.amount_cents,
    )
    _read_files(side, payer)


def _read_files(side: SimpleNamespace, payer: Any) -> None:
    """One file of the bank and one of the public accountant, read."""
    side.report_of_bank = BankReport.objects.create(
        payer=side.head,
        sha256="0" * 64,
        name=f"retour-{side.word}.xml",
        version="pain.002.001.03",
        rows=[{"rank": 1, "says": "rejected", "reference": "VIR-absent", "code": "AC04"}],
        read_by=payer,
        read_at=NOW,
    )
    side.batch = ChorusImport.objects.create(
        sha256=f"{side.head.pk:064d}",
        name=f"extrait-{side.word}.csv",
        rows=[{"rank": 2, "agreement": "C-absente", "amount_cents": 1}],
        read_by=payer,
        read_at=NOW,
    )
