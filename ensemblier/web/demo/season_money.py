"""The money of the season: decisions, agreements, payments and reports, through the books."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ensemblier.base.ledger import actions as ledger
from ensemblier.fund.agreements.models import Agreement, Instalment, Party
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.decisions.actions import grant_account
from ensemblier.fund.decisions.models import Award, Decision
from ensemblier.fund.monitoring.models import Evaluation, Report, ReportLine
from ensemblier.fund.payments.actions import payee_account
from ensemblier.fund.payments.models import Payment
from ensemblier.web.demo.plan import key
from ensemblier.web.demo.season import ASSUMED, Season
from ensemblier.web.demo.season_files import holder
from ensemblier.web.demo.season_plan import GRANTED, Draw

STEP = 50
# What is paid at the signature, out of ten; the rest waits for a report.
FIRST = 7


def write_money(season: Season) -> None:
    """File by file, in the order of the decisions: each amount is one action of the books."""
    pairs = sorted(
        (
            (row, file)
            for row, file in zip(season.rows, season.files, strict=True)
            if row.state in (*GRANTED, State.REFUSED)
        ),
        key=lambda pair: (-pair[0].decided, pair[0].rank),
    )
    _refuse(season, [(row, file) for row, file in pairs if row.state == State.REFUSED])
    granted = [(row, file) for row, file in pairs if row.state in GRANTED]
    for done, (row, file) in enumerate(granted):
        if done % STEP == 0:
            season.say(f"Décisions, conventions et versements : {done} sur {len(granted)}…")
        decision = _decide(season, row, file)
        if row.state != State.FUNDED:
            _after(season, row, file, decision)


def _decision(season: Season, row: Draw, file: Application, **fields: Any) -> Decision:
    season.note(row.decided, season.officers["signataire"], "decision.made", file)
    verb = "refuse" if row.state == State.REFUSED else "fund"
    state = State.REFUSED if verb == "refuse" else State.FUNDED
    season.note(
        row.decided, season.officers["signataire"], f"application.{verb}", file, state=state
    )
    moment = season.clock.ago(row.decided, 11)
    return Decision(
        application=file,
        number=f"D-{file.number}",
        reasons=f"Décision d'exemple. {ASSUMED}",
        signatory=season.officers["signataire"],
        decided_at=moment,
        notified_at=moment,
        notified_by=season.officers["signataire"],
        key=key("season", "decide", file.number),
        **fields,
    )


def _refuse(season: Season, pairs: list[tuple[Draw, Application]]) -> None:
    Decision.objects.bulk_create(
        (_decision(season, row, file, outcome="refused") for row, file in pairs), batch_size=500
    )


def _decide(season: Season, row: Draw, file: Application) -> Decision:
    decision = _decision(season, row, file, outcome="funded", account=grant_account(file))
    decision.save(force_insert=True)
    for part in row.parts:
        if not part.granted:
            continue
        envelope = season.envelopes[row.strand, part.year]
        reservation = ledger.reserve(
            key=key("season", "award", file.number, part.expense_class),
            debit=envelope.account,
            credit=decision.account,
            amount_cents=part.granted,
            day=season.clock.day(row.decided),
            reason=f"Décision {decision.number}",
            reference=f"application:{file.pk}",
            actor=season.officers["signataire"],
        )
        Award.objects.create(
            decision=decision,
            envelope=envelope,
            expense_class=part.expense_class,
            amount_cents=part.granted,
            reservation=reservation,
        )
    return decision


def _after(season: Season, row: Draw, file: Application, decision: Decision) -> None:
    """Signed; paid for most; reported, evaluated and closed for some."""
    agreement = _agreement(season, row, file, decision)
    for award in decision.awards.select_related("reservation"):
        ledger.post(
            key=key("season", "sign", award.pk, file.number),
            reservation=award.reservation,
            day=season.clock.day(row.signed),
            actor=season.officers["signataire"],
            reason=f"Convention {agreement.number}",
        )
    season.note(
        row.signed, season.officers["signataire"], "application.agree", file, state=State.AGREED
    )
    first, last = agreement.instalments.order_by("position")
    if row.state == State.AGREED and row.rank % 10 == 0:
        return  # still to certify: its clock runs
    _pay(season, row, file, decision, first, row.certified, row.paid)
    is_closed = row.state == State.CLOSED
    if is_closed or row.rank % 3 == 0:
        _report(season, row, agreement, accepted=is_closed or row.rank % 2 == 0)
    if is_closed:
        _pay(season, row, file, decision, last, 20, 12)
        _close(season, file, agreement)


def _agreement(season: Season, row: Draw, file: Application, decision: Decision) -> Agreement:
    clock = season.clock
    is_closed = row.state == State.CLOSED
    agreement = Agreement.objects.create(
        decision=decision,
        number=f"C-{file.number}",
        state=Agreement.State.CLOSED if is_closed else Agreement.State.SIGNED,
        starts_on=clock.day(row.signed),
        ends_on=clock.today + timedelta(days=-30 if is_closed else 240),
        legal_basis="not_economic",
        sent_at=clock.ago(row.sent, 17),
        signed_at=clock.ago(row.signed, 12),
        closed_at=clock.ago(8) if is_closed else None,
    )
    Party.objects.bulk_create(
        [
            Party(agreement=agreement, organisation=file.organisation, role="beneficiary",
                  position=1),
            Party(agreement=agreement, organisation=season.owner, role="grantor", position=2),
        ]
    )  # fmt: skip
    part = row.granted * FIRST // 10 // 100 * 100
    Instalment.objects.bulk_create(
        [
            Instalment(agreement=agreement, position=1, label="Avance", release="signature",
                       amount_cents=part, due_on=clock.day(row.signed),
                       clock_starts_on=clock.day(row.signed)),
            Instalment(agreement=agreement, position=2, label="Solde", release="final_report",
                       amount_cents=row.granted - part, due_on=agreement.ends_on),
        ]
    )  # fmt: skip
    return agreement


def _pay(
    season: Season, row: Draw, file: Application, decision: Decision, instalment: Instalment,
    certified: int, paid: int,
) -> None:  # fmt: skip
    words = ("season", instalment.position, file.number)
    reservation = ledger.reserve(
        key=key("certify", *words),
        debit=decision.account,
        credit=payee_account(file.organisation),
        amount_cents=instalment.amount_cents,
        day=season.clock.day(certified),
        reason=f"Échéance {instalment.position} de la convention C-{file.number}",
        reference=f"instalment:{instalment.pk}",
        actor=holder(season, row),
    )
    is_reserved = row.state == State.AGREED and row.rank % 10 == 1
    settlement = None
    if not is_reserved:
        settlement = ledger.post(
            key=key("pay", *words),
            reservation=reservation,
            day=season.clock.day(paid),
            actor=season.officers["payeur"],
            reason=reservation.reason,
        )
    Payment.objects.create(
        instalment=instalment,
        state=Payment.State.RESERVED if is_reserved else Payment.State.PAID,
        amount_cents=instalment.amount_cents,
        reservation=reservation,
        settlement=settlement,
        reserved_by=holder(season, row),
        reserved_at=season.clock.ago(certified),
        settled_by=None if is_reserved else season.officers["payeur"],
        settled_at=None if is_reserved else season.clock.ago(paid),
    )


def _report(season: Season, row: Draw, agreement: Agreement, *, accepted: bool) -> None:
    """Some are accepted, some wait for the desk, some are late."""
    clock = season.clock
    is_late = not accepted and row.rank % 9 == 0
    state = Report.State.ACCEPTED if accepted else Report.State.FILED
    closed = row.state == State.CLOSED
    report = Report.objects.create(
        agreement=agreement,
        kind="final" if closed else "intermediate",
        state=Report.State.DRAFT if is_late else state,
        due_on=clock.today - timedelta(days=20),
        narrative=f"Bilan d'exemple. {ASSUMED}",
        people_count=agreement.decision.application.people_count,
        filed_at=None if is_late else clock.ago(34),
        filed_by=None if is_late else season.speakers[row.carrier],
        checked_at=clock.ago(27) if accepted else None,
        checked_by=holder(season, row) if accepted else None,
        justified_cents=(row.granted if closed else row.granted // 2) if accepted else None,
    )
    total = row.asked + row.asked // 4 // 100 * 100
    ReportLine.objects.create(
        report=report, side="charge", code="60", label="Achats", planned_cents=total,
        actual_cents=total * 9 // 10 // 100 * 100,
    )  # fmt: skip


def _close(season: Season, file: Application, agreement: Agreement) -> None:
    officer = season.officers["programme"]
    Evaluation.objects.create(
        agreement=agreement,
        state=Evaluation.State.DONE,
        method="Une réunion avec les personnes concernées (exemple).",
        opened_by=officer,
        opened_at=season.clock.ago(26),
        done_by=officer,
        done_at=season.clock.ago(10),
    )
    season.note(8, officer, "application.close", file, state=State.CLOSED)
