"""Importing an extract of Chorus: read, compared with the files, applied once, undone."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import transaction

from ensemblier.base.files.tables import read_table
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.access import Actor
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.payments import access, holding
from ensemblier.fund.payments.actions import check
from ensemblier.fund.payments.chorus import ORDER, Step, record_step, undo_step
from ensemblier.fund.payments.extracts import FIELDS, Line, guess, lacking, read_line
from ensemblier.fund.payments.models import ChorusImport, ChorusTrace, Payment
from ensemblier.fund.payments.queues import hindrances, with_everything
from ensemblier.fund.review.actions import actor_on

MOST_LINES = 2_000
DAYS = ("commitment_on", "service_on", "request_on", "paid_on")


class ImportRefused(Refusal):
    """The extract cannot be read, applied or undone as it stands."""


class Planned(NamedTuple):
    """What a line would do. `outcome`: apply, known, unmatched, ambiguous, invalid, barred."""

    line: Line
    outcome: str
    words: str
    payment: Payment | None = None
    agreement: Agreement | None = None
    steps: tuple[tuple[str, str, date], ...] = ()


@transaction.atomic
def read_extract(
    *, content: bytes, name: str, columns: dict[str, str], actor: Any, now: datetime
) -> ChorusImport:
    """Read an extract and keep what its known columns say. Nothing else is changed.

    The same file given twice by somebody is the same extract; once applied it stays applied.
    Another payer reads it anew, for the lines of their own files.
    """
    check(access.may_import_chorus(actor_on(actor, in_paris(now).date())))
    digest = hashlib.sha256(content).hexdigest()
    mine = ChorusImport.objects.select_for_update().filter(sha256=digest, read_by=actor)
    known = mine.first()
    if known is not None and known.state == ChorusImport.State.APPLIED:
        return known
    table = read_table(content=content, name=name)
    places = guess(table.heading, columns)
    if lacks := lacking(places):
        seen = ", ".join(f"« {text} »" for text in table.heading[:20])
        raise ImportRefused(
            f"Il manque : {' ; '.join(lacks)}. Colonnes lues : {seen}. Écrivez ci-dessous le nom "
            "exact de vos colonnes, puis recommencez.",
            field="paper",
        )
    if len(table.rows) > MOST_LINES:
        raise ImportRefused(f"Un extrait compte {MOST_LINES} lignes au plus.", field="paper")
    lines = [read_line(rank, cells, places) for rank, cells in enumerate(table.rows, start=2)]
    batch, _ = ChorusImport.objects.update_or_create(
        sha256=digest,
        read_by=actor,
        defaults={
            "name": name[:150],
            "state": ChorusImport.State.READ,
            "columns": {FIELDS[field][0]: table.heading[place] for field, place in places.items()},
            "rows": [_packed(line) for line in lines],
            "read_at": now,
            "ended_by": None,
            "ended_at": None,
        },
    )
    _log(batch, actor, "chorus_import.read", {"lines": len(lines), "sha256": digest})
    return batch


def _packed(line: Line) -> dict[str, Any]:
    kept = {name: value for name, value in line._asdict().items() if value not in ("", None)}
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in kept.items()}


def _unpacked(row: dict[str, Any]) -> Line:
    days = {name: date.fromisoformat(row[name]) for name in DAYS if name in row}
    return Line(**{k: v for k, v in row.items() if k in Line._fields} | days)


def plan(batch: ChorusImport, person: Actor) -> list[Planned]:
    """What each line would do now. A line that fits nothing, or two payments, does nothing."""
    lines = [_unpacked(row) for row in batch.rows]
    world = _World(lines, person)
    planned = [world.place(line) for line in lines]
    # Two lines for one payment: neither is believed.
    twice = Counter(p.payment.pk for p in planned if p.payment and p.outcome == "apply")
    return [
        p._replace(outcome="ambiguous", words="deux lignes visent ce versement", steps=())
        if p.outcome == "apply" and p.payment and twice[p.payment.pk] > 1
        else p
        for p in planned
    ]


class _World:
    """The payments that the lines may speak of, fetched in a few queries."""

    def __init__(self, lines: Sequence[Line], person: Actor) -> None:
        self.day = person.day
        traces = ChorusTrace.objects.filter(is_live=True)
        numbers = {line.commitment for line in lines if line.commitment}
        by_ej = traces.filter(step=Step.COMMITMENT, number__in=numbers)
        self.ej = dict(by_ej.values_list("number", "agreement_id"))
        names = {line.agreement for line in lines if line.agreement}
        rows = Agreement.objects.filter(number__in=names) | Agreement.objects.filter(
            pk__in=self.ej.values()
        )
        rows = rows.select_related("decision__application__organisation")
        self.agreements = {row.pk: row for row in rows}
        self.by_number = {row.number: row for row in self.agreements.values()}
        found = with_everything(
            Payment.objects.filter(
                instalment__agreement__in=list(self.agreements),
                state__in=(Payment.State.RESERVED, Payment.State.PAID),
            )
        )
        self.payments: dict[int, list[Payment]] = defaultdict(list)
        for payment in found:
            self.payments[payment.instalment.agreement_id].append(payment)
        self.barred = hindrances(person, list(found))
        self.held = holding.held(p for p in found if p.state == Payment.State.RESERVED)
        self.noted: dict[tuple[int, int | None], dict[str, tuple[str, date]]] = defaultdict(dict)
        for trace in traces.filter(agreement__in=list(self.agreements)):
            where = (trace.agreement_id, trace.payment_id)
            self.noted[where][trace.step] = (trace.number, trace.happened_on)

    def place(self, line: Line) -> Planned:
        if line.fault:
            return Planned(line, "invalid", line.fault)
        if any(on and on > self.day for on in (getattr(line, name) for name in DAYS)):
            return Planned(line, "invalid", "une date n'est pas encore venue")
        agreement = self._agreement(line)
        if agreement is None:
            return Planned(line, "unmatched", "aucune convention ne porte ce numéro")
        siret = agreement.decision.application.organisation.siret
        if line.siret and line.siret != siret:
            return Planned(line, "unmatched", "le SIRET n'est pas celui du destinataire")
        fits = self._fits(line, agreement)
        if not fits:
            words = f"aucun versement certifié de {euros(line.amount_cents)} sur cette convention"
            return Planned(line, "unmatched", words, agreement=agreement)
        if len(fits) > 1:
            words = f"{len(fits)} versements de ce montant : notez celui-ci à la main"
            return Planned(line, "ambiguous", words, agreement=agreement)
        return self._steps(line, agreement, fits[0])

    def _agreement(self, line: Line) -> Agreement | None:
        """By its number and by its commitment, which must then agree."""
        named = self.by_number.get(line.agreement) if line.agreement else None
        engaged = self.agreements.get(self.ej.get(line.commitment, 0))
        if line.agreement and named is None:
            return None
        if named is not None and engaged is not None and named != engaged:
            return None
        return named or engaged

    def _fits(self, line: Line, agreement: Agreement) -> list[Payment]:
        rows = [p for p in self.payments[agreement.pk] if p.amount_cents == line.amount_cents]
        if line.request:
            same = [p for p in rows if self._number(p, Step.REQUEST) == line.request]
            if same:
                return same
        waiting = [p for p in rows if p.state == Payment.State.RESERVED]
        free = [p for p in waiting if not self._number(p, Step.REQUEST)] if line.request else []
        return free or waiting or rows

    def _number(self, payment: Payment, step: str) -> str:
        return self.noted[payment.instalment.agreement_id, payment.pk].get(step, ("", None))[0]

    def _steps(self, line: Line, agreement: Agreement, payment: Payment) -> Planned:
        new = []
        for step, number, on in _facts(line):
            about = None if step == Step.COMMITMENT else payment.pk
            noted = self.noted[agreement.pk, about].get(step)
            if noted is None:
                new.append((step, number, on))
            elif noted[1] != on if step == Step.PAID else noted[0] != number:
                words = f"Chorus dit autre chose que ce qui est noté : {noted[0]} et {number}"
                return Planned(line, "ambiguous", words, payment, agreement)
        if not new:
            return Planned(line, "known", "déjà noté", payment, agreement)
        if answer := self.barred.get(payment.pk):
            return Planned(line, "barred", answer.reason, payment, agreement)
        if why := self._stopped(payment, new):
            return Planned(line, "barred", why, payment, agreement)
        if payment.state == Payment.State.PAID and any(step == Step.PAID for step, _, _ in new):
            words = "ce versement est déjà payé, sans date de Chorus : notez-la à la main"
            return Planned(line, "ambiguous", words, payment, agreement)
        words = ", ".join(Step(step).label for step, _, _ in new)
        return Planned(line, "apply", words, payment, agreement, tuple(new))

    def _stopped(self, payment: Payment, new: Sequence[tuple[str, str, date]]) -> str:
        """Why a suspension bars the line; "" when none does. The commitment is never barred."""
        stop = self.held.get(payment.pk)
        if stop is None:
            return ""
        days = {step: on for step, _, on in new if step != Step.COMMITMENT}
        asked_on = days.get(Step.REQUEST, stop.starts_on)
        if all(on < stop.starts_on for on in days.values()) or asked_on < stop.starts_on:
            return ""
        why = holding.words(stop)
        return f"{why} : notez cette ligne à la main quand la suspension est levée"


def _facts(line: Line) -> list[tuple[str, str, date]]:
    """The steps that a line tells: those with a number, or a date for « paid »."""
    last = line.paid_on or line.request_on or line.service_on or line.commitment_on
    facts = []
    for step, number, on in (
        (Step.COMMITMENT, line.commitment, line.commitment_on or last),
        (Step.SERVICE, line.service, line.service_on or last),
        (Step.REQUEST, line.request, line.request_on or last),
    ):
        if number and on:
            facts.append((step.value, number, on))
    if line.paid_on:
        facts.append((Step.PAID.value, line.request, line.paid_on))
    return facts


@transaction.atomic
def apply_extract(*, key: UUID, batch: ChorusImport, actor: Any, now: datetime) -> ChorusImport:
    """Do what the plan says, all or nothing. Asked twice, or killed and asked again: once."""
    person = actor_on(actor, in_paris(now).date())
    batch = ChorusImport.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    check(access.may_work_on_import(person, batch))
    if batch.state == ChorusImport.State.APPLIED:
        return batch
    if batch.state == ChorusImport.State.UNDONE:
        raise ImportRefused("Cet extrait a été défait : déposez-le de nouveau pour le relire.")
    planned = plan(batch, person)
    for entry in planned:
        for step, number, on in entry.steps:
            assert entry.agreement is not None
            record_step(
                key=uuid5(key, f"{entry.line.rank}:{step}"),
                agreement=entry.agreement,
                payment=entry.payment,
                step=step,
                number=number,
                happened_on=on,
                actor=actor,
                now=now,
                source=batch,
            )
    told = {entry.line.rank: entry for entry in planned}
    batch.rows = [
        row | {"outcome": told[row["rank"]].outcome, "words": told[row["rank"]].words}
        for row in batch.rows
    ]
    batch.state, batch.ended_by, batch.ended_at = ChorusImport.State.APPLIED, actor, now
    batch.save()
    _log(batch, actor, "chorus_import.apply", dict(Counter(p.outcome for p in planned)))
    return batch


@transaction.atomic
def undo_extract(
    *, key: UUID, batch: ChorusImport, reason: str, actor: Any, now: datetime
) -> ChorusImport:
    """Undo all of it by opposite entries; refused whole when something followed one line."""
    person = actor_on(actor, in_paris(now).date())
    batch = ChorusImport.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    check(access.may_work_on_import(person, batch))
    if batch.state == ChorusImport.State.UNDONE:
        return batch
    if batch.state != ChorusImport.State.APPLIED:
        raise ImportRefused("Cet extrait n'est pas appliqué : il n'y a rien à défaire.")
    if not reason.strip():
        raise ImportRefused("Dites pourquoi cet extrait est défait.", field="reason")
    # Last step first; an undone payment hands its steps over, which are then undone too.
    for step in reversed(ORDER):
        live = batch.traces.filter(is_live=True, cancels__isnull=True, step=step)
        for trace in live.order_by("-pk"):
            key_of_it = uuid5(key, f"trace:{trace.pk}")
            undo_step(key=key_of_it, trace=trace, reason=reason, actor=actor, now=now)
    batch.state, batch.ended_by, batch.ended_at = ChorusImport.State.UNDONE, actor, now
    batch.save()
    _log(batch, actor, "chorus_import.undo", reason=reason.strip())
    return batch


def _log(
    batch: ChorusImport,
    actor: Any,
    action: str,
    data: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    subject = f"chorus_import:{batch.pk}"
    record(actor=actor, action=action, subject=subject, reason=reason, data=data)
