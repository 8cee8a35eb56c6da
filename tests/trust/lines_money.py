"""Lines of acts on money beside the main walk (test_four_eyes.py), with their people and objects.

Each act takes the world of its line and whoever does it: test_four_eyes_lines.py walks them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from ensemblier.base.people.models import Organisation, Role, User
from ensemblier.fund.agreements import actions as agreements
from ensemblier.fund.agreements import amending, qr, recovering, releasing, signing
from ensemblier.fund.agreements.amending import Changes, MoneyChange, Scheduled
from ensemblier.fund.agreements.models import Recovery
from ensemblier.fund.decisions import contradictory
from ensemblier.fund.monitoring import reopening
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.payments import bank_reports, bank_undo, banking, orders, recoveries, returns
from tests import factories_bank as sample
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_payments as bank
from tests import factories_review as review

NOW, LATER = fund.NOW, bank.LATER
FOUND = NOW + timedelta(days=150)
ORDERED = FOUND + timedelta(days=20)
STAFF = (
    *(Role.INSTRUCTOR, Role.PROGRAMME, Role.SIGNATORY, Role.PAYER),
    *(Role.AUDITOR, Role.SUPPORT, Role.JUROR),
)
World = SimpleNamespace
Act = Callable[[World, User], Any]


def staff() -> dict[str, User]:
    """One person for each role of the State; the instructor is of the Pas-de-Calais."""
    place = fund.place().department
    people = {
        str(role): fund.user(role, department=place if role == Role.INSTRUCTOR else None)
        for role in STAFF
    }
    return people | {"nobody": fund.user()}


def members(home: Organisation, head: Organisation | None = None) -> dict[str, User]:
    people = {
        "applicant": fund.user(Role.APPLICANT, home),
        "representative": fund.user(Role.REPRESENTATIVE, home),
        "other": fund.user(Role.REPRESENTATIVE, fund.organisation()),
    }
    return people | ({"network_head": fund.user(Role.NETWORK_HEAD, head)} if head else {})


def around(case: SimpleNamespace) -> World:
    """A case with its people; those who made it keep their part in it."""
    home = case.application.organisation
    case.hands = members(home, home.head)
    return case


def headed() -> Any:
    head = fund.organisation("Réseau", kind="network")
    return review.proposed(fund.filed(by=fund.organisation(head=head)))


# The account of the organisation that is paid, and the one that a funder pays from.


def accounts() -> World:
    return around(money.certified(money.signed(money.granted(case=headed()))))


def own_accounts() -> World:
    """Of a foundation: its payers enter and confirm."""
    funder = fund.organisation("Fondation", kind="foundation")
    w = World(application=World(organisation=funder))
    w.hands = {name: fund.user(Role.PAYER, funder) for name in ("own payer", "own payer 2")}
    return w


def enter(w: World, who: User) -> None:
    w.account = banking.enter_account(
        organisation=w.application.organisation,
        holder="Titulaire",
        iban=bank.iban(fund.unique()),
        paper=fund.paper("rib.pdf"),
        actor=who,
        now=NOW,
    )


def confirm(w: World, who: User) -> None:
    w.account = banking.confirm_account(account=w.account, actor=who, now=NOW)


def reveal(w: World, who: User) -> None:
    banking.reveal_account(account=w.account, reason="Contrôle", actor=who, now=NOW)


def stop(w: World, who: User) -> None:
    banking.stop_account(account=w.account, reason="Erreur", actor=who, now=NOW)


# Files of transfers: certified by the desk, made, then called back by two people.


def files() -> World:
    case = bank.foundation_case()
    case.hands = {"own payer": case.payer, "own payer 2": case.other_payer}
    return case


def make(w: World, who: User) -> None:
    w.file = bank.make(w, [w.payment], actor=who)


def send_file(w: World, who: User) -> None:
    orders.send_file(key=uuid4(), file=w.file, actor=who, now=LATER)


def ask_cancel(w: World, who: User) -> None:
    w.file = orders.ask_cancel(file=w.file, reason="Erreur", actor=who, now=LATER)


def cancel_file(w: World, who: User) -> None:
    orders.settle_cancel(file=w.file, agreed=True, actor=who, now=LATER)


# A bank's file that says a transfer came back: read, applied, undone, by this funder's payers.


def bank_files() -> World:
    case = bank.sent(bank.foundation_case())
    case.hands = {"own payer": case.payer, "own payer 2": case.other_payer}
    return case


def read_bank(w: World, who: User) -> None:
    fate = sample.Fate(w.file.orders.get().reference, "RJCT", "MS03")
    content = sample.status_report("X", [fate], on=LATER.date(), group="PART")
    w.report = bank_reports.read_report(
        content=content, name="retour.xml", payer=w.funder, actor=who, now=LATER
    )


def apply_bank(w: World, who: User) -> None:
    bank_reports.apply_report(key=uuid4(), report=w.report, actor=who, now=LATER)


def undo_bank(w: World, who: User) -> None:
    bank_undo.undo_report(key=uuid4(), report=w.report, reason="Erreur", actor=who, now=LATER)


# An amendment that gives more money: written by the desk, signed for the State by another, then
# paid by a third.


def amendments() -> World:
    return around(money.signed(money.granted(case=headed())))


def amend(w: World, who: User) -> None:
    first, last = w.instalments
    rows = [
        Scheduled(r.pk, r.label, r.release, r.amount_cents + more, r.due_on)
        for r, more in ((first, 1_000_00), (last, 0))
    ]
    changes = Changes(money=[MoneyChange(w.envelope, "engineering", 1_000_00)], schedule=rows)
    w.amendment = amending.prepare(
        key=uuid4(), agreement=w.agreement, reasons="Un quartier de plus.", changes=changes,
        version=0, actor=who, now=NOW,
    )  # fmt: skip


def send_amendment(w: World, who: User) -> None:
    w.amendment = amending.send(amendment=w.amendment, actor=who, now=NOW)


def abandon(w: World, who: User) -> None:
    amending.abandon(amendment=w.amendment, why="Plus utile", actor=who, now=NOW)


def sign_for_organisation(w: World, who: User) -> None:
    _sign(w, who, w.application.organisation)


def sign_for_state(w: World, who: User) -> None:
    _sign(w, who, w.application.call.owner)


def _sign(w: World, who: User, party: Organisation) -> None:
    agreements.sign(
        agreement=w.agreement, amendment=w.amendment, organisation=party, actor=who, now=NOW,
        key=uuid4(),
    )  # fmt: skip


def give_paper(w: World, who: User) -> None:
    """The paper that all have signed, the State too; its code is read already."""
    w.scan = signing.give_scan(
        agreement=w.agreement,
        amendment=w.amendment,
        parties=[w.application.organisation_id, w.application.call.owner_id],
        checked=fund.paper("signe.pdf"),
        read=qr.Scan((w.amendment.code,), 1, 1),
        actor=who,
        now=NOW,
    )


def confirm_paper(w: World, who: User) -> None:
    agreements.confirm_scan(scan=w.scan, actor=who, now=NOW, key=uuid4())


def certify(w: World, who: User) -> None:
    row = w.agreement.instalments.order_by("position").first()
    w.payment = payments.certify(key=uuid4(), instalment=row, actor=who, now=NOW)


def pay(w: World, who: User) -> None:
    payments.pay(key=uuid4(), payment=w.payment, actor=who, now=NOW)


# Money given back by the organisation, closed, then returned by the bank as well.


def twice() -> World:
    w = money.accepted(0, case=money.paid(money.signed(money.granted(case=headed()))))
    payments.refund(
        key=uuid4(), agreement=w.agreement, amount_cents=w.payment.amount_cents,
        reason="Non dépensé", actor=w.payer, now=NOW,
    )  # fmt: skip
    payments.close(key=uuid4(), agreement=w.agreement, actor=w.desk, now=NOW)
    returns.record_return(
        key=uuid4(), payment=w.payment, kind="returned", code="", reason="Compte clos",
        happened_on=NOW.date(), actor=w.payer, now=NOW,
    )  # fmt: skip
    return around(w)


def hand_back(w: World, who: User) -> None:
    payments.hand_back(key=uuid4(), agreement=w.agreement, reason="Virement", actor=who, now=NOW)


# A recovery: found and heard by the desk, ordered by a signatory, given back to a payer.


def recovery() -> World:
    return around(money.paid(money.signed(money.granted(case=headed()))))


def find(w: World, who: User) -> None:
    w.recovery = recovering.find(
        key=uuid4(), agreement=w.agreement, ground="cer", happened_on=date(2027, 9, 15),
        facts="Des personnes refusées.", misused_cents=0, stops_payments=True, actor=who,
        now=FOUND,
    )  # fmt: skip


def hear(w: World, who: User) -> None:
    due = (FOUND + timedelta(days=15)).date()
    w.notice = recovering.hear(recovery=w.recovery, due_on=due, actor=who, now=FOUND)


def reply(w: World, who: User) -> None:
    contradictory.reply(notice=w.notice, text="Nous contestons.", actor=who, now=FOUND)


def drop(w: World, who: User) -> None:
    recovering.drop(recovery=w.recovery, why="Sans suite", actor=who, now=ORDERED)


def order(w: World, who: User) -> None:
    stages = [recovering.Stage((ORDERED + timedelta(days=30)).date(), 2_000_00)]
    row = recoveries.order(
        key=uuid4(), recovery=w.recovery, cents=2_000_00, reasons="Faits établis.", stages=stages,
        actor=who, now=ORDERED,
    )  # fmt: skip
    w.recovery = Recovery.objects.get(pk=row.pk)


def give_back(w: World, who: User) -> None:
    stage = w.recovery.stages.get()
    recoveries.give_back(key=uuid4(), stage=stage, amount_cents=1_00, actor=who, now=ORDERED)


def cancel_recovery(w: World, who: User) -> None:
    recoveries.cancel(key=uuid4(), recovery=w.recovery, why="Erreur", actor=who, now=ORDERED)


# A paper that opens an instalment.


def evidence() -> World:
    plan = [
        agreements.Planned("Avance", "date", 12_000_00, date(2027, 7, 1)),
        agreements.Planned("Solde", "paper", 8_000_00, date(2028, 6, 1), "bail du local"),
    ]
    case = money.granted(case=headed())
    return around(money.signed_of(money.prepared(case, instalments=plan)))


def give_evidence(w: World, who: User) -> None:
    w.evidence = releasing.give_evidence(
        instalment=w.instalments[1], checked=fund.paper("bail.pdf"), note="", actor=who, now=NOW
    )


def check_evidence(w: World, who: User) -> None:
    releasing.check_evidence(evidence=w.evidence, accepted=True, note="", actor=who, now=NOW)


def suspend(w: World, who: User) -> None:
    w.stopped = releasing.suspend(
        agreement=w.agreement, instalment=None, reason="Le RIB manque.", actor=who, now=NOW
    )


def lift(w: World, who: User) -> None:
    releasing.lift(suspension=w.stopped, why="RIB reçu.", actor=who, now=NOW)


# An accepted report in which an error is found.


def report() -> World:
    paid = money.paid(money.signed(money.granted(case=headed())))
    return around(money.accepted(case=paid))


def reopen(w: World, who: User) -> None:
    reopening.reopen_report(report=w.report, reason="Facture en double", actor=who, now=ORDERED)
