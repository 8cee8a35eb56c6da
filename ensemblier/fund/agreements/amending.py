"""Amendments: written, sent, signed by the same parties; the last signature applies them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile, check_bytes
from ensemblier.base.journal.actions import record
from ensemblier.base.ledger import actions as ledger
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import access, aid, applying, articles, content, releasing
from ensemblier.fund.agreements.models import Agreement, Amendment, AmendmentLine, Recovery
from ensemblier.fund.agreements.parties import PlannedPayment, parties_of
from ensemblier.fund.agreements.pdf import amendment_pdf
from ensemblier.fund.agreements.shares import agreed_cents, change_of
from ensemblier.fund.programme.delegation import hold_under_ceilings
from ensemblier.fund.programme.models import Envelope
from ensemblier.fund.review.actions import actor_on, require, write_to_applicant

Way = AmendmentLine.Way


class AmendmentRefused(Refusal):
    """The amendment cannot be written, sent, given up or signed as it stands."""


class StaleAmendment(Refusal):
    """Somebody else changed the draft since the page was opened."""

    status = 409


class NotYours(Refusal):
    """This person does not write the amendments of this agreement."""


class MoneyChange(NamedTuple):
    """Cents added from an envelope, or given back to it (negative)."""

    envelope: Envelope
    expense_class: str
    cents: int


class Scheduled(NamedTuple):
    """One instalment of the new schedule; `pk` when it is already there."""

    pk: int | None
    label: str
    release: str
    amount_cents: int
    due_on: date
    paper_label: str = ""
    indicator_id: int | None = None


class Target(NamedTuple):
    """A new target of an indicator that is there, or a new indicator (`pk` None)."""

    pk: int | None
    target: Decimal
    label: str = ""
    unit: str = ""
    baseline: Decimal = Decimal(0)
    source: str = ""
    measured_by: str = ""


class NewParty(NamedTuple):
    organisation_id: int
    role: str
    payments: tuple[PlannedPayment, ...] = ()


class NewArticle(NamedTuple):
    code: str
    title: str
    body: str


class Papers(NamedTuple):
    """Annexes that an amendment adds (title and checked file), or that its draft gives up."""

    added: Sequence[tuple[str, CheckedFile]] = ()
    given_up: Sequence[int] = ()


@dataclass(frozen=True)
class Changes:
    """All that an amendment may change; what is left out does not change."""

    starts_on: date | None = None
    ends_on: date | None = None
    money: Sequence[MoneyChange] = ()
    schedule: Sequence[Scheduled] | None = None
    targets: Sequence[Target] = ()
    joins: Sequence[NewParty] = ()
    leaves: Sequence[int] = ()
    articles: Sequence[NewArticle] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        return not any(
            (
                self.starts_on,
                self.ends_on,
                self.money,
                self.schedule,
                self.targets,
                self.joins,
                self.leaves,
                self.articles,
            )
        )


@transaction.atomic
def prepare(
    *,
    key: UUID,
    agreement: Agreement,
    reasons: str,
    changes: Changes,
    version: int,
    actor: Any,
    now: datetime,
    papers: Papers = Papers(),  # noqa: B008  immutable
) -> Amendment:
    """Write the next amendment, or write again the one in preparation. `version` is 0 at first."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    require(access.may_work_on(actor_on(actor, in_paris(now).date()), agreement), NotYours)
    if agreement.state != Agreement.State.SIGNED:
        raise AmendmentRefused("Un avenant modifie une convention signée et non close.")
    if not reasons.strip():
        raise AmendmentRefused("Dites pourquoi la convention change.", field="reasons")
    applying.check_once(changes)
    draft = _draft(agreement, key, version, actor, now)
    content.take_off_annexes(draft, papers.given_up, actor=actor)
    for title, checked in papers.added:
        content.put_annex(agreement, title, checked, actor=actor, now=now, amendment=draft)
    if changes.is_empty and not draft.annexes.exists():
        raise AmendmentRefused("Un avenant change au moins une chose.")
    draft.reasons = reasons.strip()
    draft.content = applying.written(changes)
    draft.lines.all().delete()
    AmendmentLine.objects.bulk_create(_line(draft, change) for change in changes.money)
    draft.prepared_by, draft.prepared_at = actor, now
    draft.save()
    draft.hands.add(actor)
    applying.check(draft, changes)
    record(
        actor=actor,
        action="amendment.prepare",
        subject=f"agreement:{agreement.pk}",
        reason=draft.reasons,
        data={"amendment": draft.number, "content": draft.content},
    )
    return draft


def _draft(agreement: Agreement, key: UUID, version: int, actor: Any, now: datetime) -> Amendment:
    last = agreement.amendments.order_by("-number").first()
    if last is not None and last.key == key and last.state != Amendment.State.DRAFT:
        raise AmendmentRefused("Cet avenant est déjà envoyé : il ne change plus.")
    if last is not None and last.state == Amendment.State.SENT:
        raise AmendmentRefused(
            f"L'avenant {last.number} attend des signatures : terminez-le ou abandonnez-le d'abord."
        )
    if last is not None and last.state == Amendment.State.DRAFT:
        if version not in (last.version, 0) or (version == 0 and last.key != key):
            raise StaleAmendment(
                "Cet avenant a changé pendant que vous l'écriviez : rechargez la page et comparez."
            )
        last.version += 1
        return last
    number = last.number + 1 if last else 1
    try:
        with transaction.atomic():
            return Amendment.objects.create(
                agreement=agreement,
                number=number,
                key=key,
                reasons="-",
                prepared_by=actor,
                prepared_at=now,
            )
    except IntegrityError as error:
        raise AmendmentRefused("Cette demande a déjà servi : rechargez la page.") from error


def _line(amendment: Amendment, change: MoneyChange) -> AmendmentLine:
    return AmendmentLine(
        amendment=amendment,
        envelope=change.envelope,
        expense_class=change.expense_class,
        way=Way.UP if change.cents > 0 else Way.DOWN,
        amount_cents=abs(change.cents),
    )


def _open(amendment: Amendment, actor: Any, now: datetime) -> Amendment:
    Agreement.objects.select_for_update().get(pk=amendment.agreement_id)
    fresh = (
        Amendment.objects.select_for_update(of=("self",))
        .select_related(*(f"agreement__{name}" for name in access.WHOLE_AGREEMENT), "pdf")
        .get(pk=amendment.pk)
    )
    require(access.may_work_on_amendment(actor_on(actor, in_paris(now).date()), fresh), NotYours)
    return fresh


@transaction.atomic
def send(*, amendment: Amendment, actor: Any, now: datetime) -> Amendment:
    """Set the money aside, freeze the text, ask the same parties to sign."""
    fresh = _open(amendment, actor, now)
    if fresh.state != Amendment.State.DRAFT:
        raise AmendmentRefused("Cet avenant est déjà envoyé.")
    agreement = fresh.agreement
    if agreement.state != Agreement.State.SIGNED:
        raise AmendmentRefused("La convention est close : elle ne change plus.")
    applying.check(fresh, applying.read(fresh))
    _check_text(fresh, now)
    _reserve(fresh, actor=actor, day=in_paris(now).date())
    applying.propose(fresh, actor=actor, now=now)
    fresh.previous_sha256 = previous_sha256(fresh)
    fresh.before = applying.in_force(agreement)
    fresh.sent_at = now
    fresh.pdf = store(
        checked=check_bytes(
            content=amendment_pdf(fresh, made_at=now),
            name=f"avenant-{fresh.number}-{agreement.number}.pdf",
        ),
        purpose="agreement_paper",
        about=f"agreement:{agreement.pk}",
        organisation_id=agreement.decision.application.organisation_id,
        actor=actor,
        counted=False,
    )
    fresh.state = Amendment.State.SENT
    fresh.save()
    fresh.hands.add(actor)
    record(
        actor=actor,
        action="amendment.send",
        subject=f"agreement:{agreement.pk}",
        reason=fresh.reasons,
        data={"amendment": fresh.number, "sha256": fresh.pdf.sha256},
    )
    write_to_applicant(
        agreement.decision.application,
        "agreements/emails/amendment.txt",
        {"agreement": agreement, "amendment": fresh},
    )
    return fresh


def _check_text(amendment: Amendment, now: datetime) -> None:
    agreement = amendment.agreement
    if change_of(amendment) > 0 and agreement.legal_basis:
        aid.check(agreement, agreed_cents(agreement, amendment), in_paris(now).date())
    if lacks := articles.missing(agreement, amendment):
        raise AmendmentRefused(f"La convention perdrait un article obligatoire : {lacks[0]}.")


def previous_sha256(amendment: Amendment) -> str:
    """The fingerprint of the text just before: the last amendment signed, or the agreement."""
    rows = Amendment.objects.filter(
        agreement=amendment.agreement_id, state=Amendment.State.SIGNED
    ).select_related("pdf")
    last = rows.order_by("-number").first()
    pdf = last.pdf if last else amendment.agreement.pdf
    return pdf.sha256 if pdf else ""


def _reserve(amendment: Amendment, *, actor: Any, day: date) -> None:
    """More: the envelope is checked and its money waits. Less: the grant's money waits."""
    account = amendment.agreement.decision.account
    rows = amendment.lines.select_related("envelope__account", "envelope__programme")
    lines = list(rows.order_by("pk"))
    _hold_under_ceilings(lines)
    if lines:
        ledger.lock(*{line.envelope.account for line in lines}, account)
    for line in lines:
        source, goal = line.envelope.account, account
        if line.way == Way.DOWN:
            source, goal = goal, source
        line.reservation = ledger.reserve(
            key=uuid5(amendment.key, f"line:{line.envelope_id}:{line.expense_class}"),
            debit=source,
            credit=goal,
            amount_cents=line.amount_cents,
            day=day,
            reason=f"Avenant {amendment.number} à la convention {amendment.agreement.number}",
            reference=f"agreement:{amendment.agreement_id}",
            actor=actor,
        )
        line.save(update_fields=["reservation"])


def _hold_under_ceilings(lines: Sequence[AmendmentLine]) -> None:
    """What an amendment adds is committed as a decision is; what it gives back makes room."""
    wanted: Counter[Envelope] = Counter()
    for line in lines:
        wanted[line.envelope] += line.amount_cents if line.way == Way.UP else -line.amount_cents
    hold_under_ceilings(wanted)


@transaction.atomic
def abandon(*, amendment: Amendment, why: str, actor: Any, now: datetime) -> Amendment:
    """Give up an amendment nobody needs any more: what waited goes back where it was."""
    fresh = _open(amendment, actor, now)
    if fresh.state not in (Amendment.State.DRAFT, Amendment.State.SENT):
        raise AmendmentRefused("Cet avenant est signé ou déjà abandonné.")
    if not why.strip():
        raise AmendmentRefused("Dites pourquoi cet avenant est abandonné.", field="why")
    for line in fresh.lines.filter(reservation__isnull=False).select_related("reservation"):
        line.settlement = ledger.void(
            key=uuid5(fresh.key, f"void:{line.pk}"),
            reservation=line.reservation,
            day=in_paris(now).date(),
            actor=actor,
            reason=why.strip(),
        )
        line.save(update_fields=["settlement"])
    applying.withdraw(fresh)
    told = fresh.state == Amendment.State.SENT
    fresh.state, fresh.abandoned_why = Amendment.State.ABANDONED, why.strip()
    fresh.save()
    record(
        actor=actor,
        action="amendment.abandon",
        subject=f"agreement:{fresh.agreement_id}",
        reason=fresh.abandoned_why,
        data={"amendment": fresh.number},
    )
    if told:
        write_to_applicant(
            fresh.agreement.decision.application,
            "agreements/emails/amendment_abandoned.txt",
            {"agreement": fresh.agreement, "amendment": fresh},
        )
    return fresh


def complete(amendment: Amendment, *, actor: Any, now: datetime, key: UUID) -> None:
    """All have signed: the money moves, and the agreement reads as amended."""
    day = in_paris(now).date()
    change = change_of(amendment)
    aid.settle(amendment.agreement, change, day, amendment)
    for line in amendment.lines.select_related("reservation").order_by("pk"):
        assert line.reservation is not None
        line.settlement = ledger.post(
            key=uuid5(key, f"line:{line.pk}"),
            reservation=line.reservation,
            day=day,
            actor=actor,
            reason=f"Avenant {amendment.number} signé",
        )
        line.save(update_fields=["settlement"])
    applying.apply(amendment)
    _end_suspensions(amendment, actor, now)
    amendment.state, amendment.signed_at = Amendment.State.SIGNED, now
    amendment.save()
    record(
        actor=actor,
        action="amendment.signed",
        subject=f"agreement:{amendment.agreement_id}",
        data={
            "amendment": amendment.number,
            "change_cents": change,
            "parties": [p.organisation_id for p in parties_of(amendment.agreement, amendment)],
        },
    )


def _end_suspensions(amendment: Amendment, actor: Any, now: datetime) -> None:
    """A withdrawal that is over stopped every payment until the schedule was written again."""
    rows = amendment.agreement.suspensions.filter(
        ends_on__isnull=True, recovery__state=Recovery.State.SETTLED
    )
    for row in rows.select_related("agreement"):
        releasing.end(row, f"Avenant {amendment.number} signé.", actor=actor, now=now)
