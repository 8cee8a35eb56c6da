"""What payments show a visitor: Chorus, returns, bank accounts, a file of transfers."""

from __future__ import annotations

from datetime import date
from typing import Any

from ensemblier.base.people.models import Organisation, User
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.payments import (
    bank_reports,
    banking,
    chorus,
    cofunding,
    imports,
    orders,
    returns,
)
from ensemblier.fund.payments.chorus import Step
from ensemblier.fund.payments.models import Payment, PaymentFile, PaymentOrder, Return
from ensemblier.web.demo import files
from ensemblier.web.demo.people import Cast
from ensemblier.web.demo.plan import Clock, key

EXTRACT = "extrait-chorus-exemple.csv"


def example_iban(number: int) -> str:
    """An IBAN whose keys are right, in a bank code that no bank has (99999)."""
    account = f"{number:011d}"
    rest = 97 - (89 * 99999 + 15 * 1 + 3 * number) % 97
    bban = f"9999900001{account}{rest:02d}"
    check = 98 - int(f"{bban}{int('F', 36)}{int('R', 36)}00") % 97
    return f"FR{check:02d}{bban}"


def before_payment(payment: Payment, clock: Clock, actor: User, ago: int, slug: str) -> None:
    """Commitment, certified service, request: with numbers that say they are examples."""
    agreement = payment.instalment.agreement
    numbers = (
        (Step.COMMITMENT, f"21{agreement.pk:08d}", None),
        (Step.SERVICE, f"50{payment.pk:08d}", payment),
        (Step.REQUEST, f"10{payment.pk:08d}", payment),
    )
    for step, number, about in numbers:
        if step == Step.COMMITMENT and agreement.chorus.filter(step=step).exists():
            continue
        chorus.record_step(
            key=key("chorus", slug, payment.pk, step),
            agreement=agreement,
            payment=about,
            step=step,
            number=number,
            happened_on=clock.day(ago),
            actor=actor,
            now=clock.ago(ago, 16),
        )


def paid(payment: Payment, clock: Clock, actor: User, ago: int, **words: Any) -> None:
    """The accountant paid: the trace, and the books."""
    chorus.record_step(
        agreement=payment.instalment.agreement,
        payment=payment,
        step=Step.PAID,
        number="",
        happened_on=clock.day(ago),
        actor=actor,
        now=clock.ago(ago, 9),
        **words,
    )


def came_back(agreement: Agreement, clock: Clock, actor: User, ago: int, slug: str) -> None:
    """The first payment came back, and was paid again a week later."""
    payment = Payment.objects.get(instalment__agreement=agreement, state=Payment.State.PAID)
    returns.record_return(
        key=key("return", slug),
        payment=payment,
        kind=Return.Kind.RETURNED,
        code="AC04",
        reason="Le compte est clos : l'organisation a changé de banque. Retour d'exemple.",
        happened_on=clock.day(ago),
        actor=actor,
        now=clock.ago(ago, 11),
    )
    again = Payment.objects.get(instalment__agreement=agreement, state=Payment.State.RESERVED)
    before_payment(again, clock, actor, ago - 3, slug)
    paid(again, clock, actor, ago - 7, key=key("pay-again", slug))


def accounts(cast: Cast, clock: Clock) -> None:
    """One account in use, one in its waiting period, one that waits for a second person."""
    rib = files.paper("bank_details", "Relevé d'identité bancaire (RIB)")
    for number, (carrier, ago, confirmed) in enumerate(
        (("marmite", 60, True), ("dinan", 1, True), ("ffba", 1, False)), start=1
    ):
        organisation: Organisation = cast.organisations[carrier]
        account = banking.enter_account(
            organisation=organisation,
            holder=organisation.name,
            iban=example_iban(number),
            paper=rib,
            actor=cast.speakers[carrier],
            now=clock.ago(ago, 10),
        )
        if confirmed:
            banking.confirm_account(account=account, actor=cast["payeur"], now=clock.ago(ago, 15))


def extract(clock: Clock, actor: User) -> None:
    """An extract read and not applied: one line fits, one is known, two fit nothing."""
    waiting = Payment.objects.filter(state=Payment.State.RESERVED).order_by("pk").first()
    done = Payment.objects.filter(chorus__step=Step.PAID).order_by("pk").first()
    lines = ["N° EJ;Convention;Montant;N° SF;N° DP;Date de paiement"]
    day = f"{clock.day(1):%d/%m/%Y}"
    for payment in filter(None, (waiting, done)):
        agreement = payment.instalment.agreement
        euros, cents = divmod(payment.amount_cents, 100)
        lines.append(
            f"21{agreement.pk:08d};{agreement.number};{euros},{cents:02d};"
            f"50{payment.pk:08d};10{payment.pk:08d};{day if payment is waiting else ''}"
        )
    lines += [f"2199999999;C-0000-00000;1234,00;5;1;{day}", f"2188888888;;12 mille;5;1;{day}"]
    imports.read_extract(
        content="\n".join(lines).encode(),
        name=EXTRACT,
        columns={},
        actor=actor,
        now=clock.ago(0, 8),
    )


def co_funder(cast: Cast, clock: Clock, agreement: Agreement) -> None:
    """A foundation pays what it owes by a file of transfers (assumed amounts); one came back."""
    funder, payer = cast.organisations["fondation"], cast["payeur-fondation"]
    carrier = agreement.decision.application.organisation
    rib = files.paper("bank_details", "Relevé d'identité bancaire (RIB)")
    for number, organisation, speaker in (
        (11, funder, cast.speakers["fondation"]),
        (12, carrier, cast.speakers["solaal"]),
    ):
        account = banking.enter_account(
            organisation=organisation,
            holder=organisation.name,
            iban=example_iban(number),
            paper=rib,
            actor=speaker,
            now=clock.ago(40, 10),
        )
        banking.confirm_account(account=account, actor=payer, now=clock.ago(40, 15))
    first, second = cofunding.owed_by([funder.pk])[:2]
    file = orders.make_file(
        key=key("transfers", "fondation"),
        payer=funder,
        payments=[],
        shares=[first, second],
        execute_on=clock.day(9),
        actor=payer,
        now=clock.ago(10, 10),
    )
    orders.send_file(
        key=key("transfers-sent", "fondation"), file=file, actor=payer, now=clock.ago(9, 9)
    )
    report = bank_reports.read_report(
        content=_notice(file, clock.day(6)),
        name="avis-banque-exemple.xml",
        payer=funder,
        actor=payer,
        now=clock.ago(5, 9),
    )
    bank_reports.apply_report(
        key=key("bank-report", "fondation"), report=report, actor=payer, now=clock.ago(5, 10)
    )


def _notice(file: PaymentFile, day: date) -> bytes:
    """A camt.054 of example: the first order is debited, the second comes back."""
    kept, back = file.orders.order_by("pk")
    returned = "<RtrInf><Rsn><Cd>MS03</Cd></Rsn></RtrInf>"
    entries = _entry(kept, day, "DBIT") + _entry(back, day, "CRDT", returned)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.02">'
        "<BkToCstmrDbtCdtNtfctn>"
        f"<GrpHdr><MsgId>EXEMPLE</MsgId><CreDtTm>{day}T06:00:00</CreDtTm></GrpHdr>"
        f"<Ntfctn><Id>EXEMPLE</Id><CreDtTm>{day}T06:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{example_iban(11)}</IBAN></Id></Acct>{entries}"
        "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


def _entry(order: PaymentOrder, day: date, way: str, back: str = "") -> str:
    euros, cents = divmod(order.amount_cents, 100)
    family = "RRTN" if back else "ESCT"
    return (
        f'<Ntry><Amt Ccy="EUR">{euros}.{cents:02d}</Amt><CdtDbtInd>{way}</CdtDbtInd>'
        f"<Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt><BkTxCd><Domn><Cd>PMNT</Cd><Fmly>"
        f"<Cd>ICDT</Cd><SubFmlyCd>{family}</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{order.reference}</EndToEndId></Refs>{back}</TxDtls></NtryDtls></Ntry>"
    )
