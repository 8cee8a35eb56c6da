"""What is done with a closed vote: share, compare, hand the result over, and note departures."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import euros
from ensemblier.base.refusal import Refusal
from ensemblier.engines import allocation
from ensemblier.engines.allocation.outcome import result_of
from ensemblier.engines.allocation.writing_toml import toml_of
from ensemblier.fund.allocation import access
from ensemblier.fund.allocation.building import (
    ELIGIBLE,
    EQUIPMENT,
    CannotShare,
    Settings,
    problem_of,
    seed_of,
)
from ensemblier.fund.allocation.certifying import certify
from ensemblier.fund.allocation.explaining import explain, names_of
from ensemblier.fund.allocation.facts import DRAWS, facts_of, weighed
from ensemblier.fund.allocation.models import Departure, Outcome, Run
from ensemblier.fund.applications.models import Application
from ensemblier.fund.jury.actions import check_may
from ensemblier.fund.jury.models import Poll, Sitting
from ensemblier.fund.jury.rules import Group, merged

NOT_ELIGIBLE = "Pas soumis au partage : ce dossier n'est pas recevable à cette date."
TOO_DEAR = "Pas soumis au partage : l'enveloppe ne peut pas le payer en entier."


class DepartureWithoutReason(Refusal):
    """A decision that differs from the jury's result says why."""


class SatOnTheJury(Refusal):
    """Who judged a file does not decide on it."""


class AlreadyHanded(Refusal):
    """The result of this sitting is handed over: it does not change."""


class Shared(NamedTuple):
    """A result computed, with the file it comes from."""

    inputs: str
    result: dict[str, Any]
    facts: dict[str, Any]


def share(sitting: Sitting, settings: Settings, *, weigh: bool = False) -> Shared:
    """Compute, keep nothing: what scenarios compare. `weigh`: also how solid each result is."""
    problem = problem_of(sitting, settings)
    inputs = toml_of(problem)
    try:
        found = allocation.allocate(problem)
    except allocation.BadProblem as error:
        raise CannotShare(str(error)) from error
    body = result_of(problem, found, inputs.encode())
    facts = facts_of(problem, found)
    if weigh:
        facts |= weighed(problem, found, seed_of(sitting))
    return Shared(inputs, body, facts)


@transaction.atomic
def run(*, sitting: Sitting, settings: Settings, final: bool, actor: Any, now: datetime) -> Run:
    """Share an envelope, have the result checked apart, and keep both; `final` hands it over."""
    check_may(actor, now, access.may_share, sitting)
    Sitting.objects.select_for_update().get(pk=sitting.pk)
    if Run.objects.filter(sitting=sitting, is_final=True).exists():
        raise AlreadyHanded("Le résultat de cette séance est déjà remis au signataire.")
    if final and settings.shares:
        raise CannotShare("Les parts des collèges sont celles de l'appel : elles sont figées.")
    shared = share(sitting, settings, weigh=True)
    row = Run.objects.create(
        sitting=sitting,
        number=sitting.runs.count() + 1,
        envelope_cents=settings.envelope_cents,
        settings=settings.kept(),
        inputs=shared.inputs,
        inputs_digest=sha256(shared.inputs.encode()).hexdigest(),
        result=shared.result,
        facts=shared.facts,
        result_digest=shared.result["digest"],
        certificate=certify(shared.inputs, shared.result),
        is_final=final,
        author=actor,
        made_at=now,
    )
    _write_outcomes(row)
    data = {"run": row.pk, "final": final, "inputs": row.inputs_digest,
            "result": row.result_digest}  # fmt: skip
    record(actor=actor, action="allocation.run", subject=f"jury:{sitting.jury_id}", data=data)
    return row


def groups_of(sitting: Sitting) -> list[Group]:
    """Colleges as they may be published: those of few jurors together."""
    poll = Poll.objects.get(sitting=sitting)
    sizes = {row.pk: 0 for row in sitting.jury.call.colleges.all()}
    for college in poll.ballots.values_list("college_id", flat=True):
        sizes[college] += 1
    scoring = sitting.jury.seats.filter(scores__application__in=sitting.agenda.all()).distinct()
    for college in scoring.values_list("college_id", flat=True):
        sizes[college] += 1
    return merged(sizes)


def _write_outcomes(row: Run) -> None:
    colleges = {college.pk: college for college in row.sitting.jury.call.colleges.all()}
    names = names_of(groups_of(row.sitting), colleges)
    paid = {each["lot"]: each["cost"] for each in row.facts["payments"]}
    known = {*paid, *(each["lot"] for each in row.facts["refused"])}
    items = row.sitting.items.select_related("application").prefetch_related("application__asked")
    Outcome.objects.bulk_create(
        Outcome(
            run=row,
            application=item.application,
            number=item.number,
            asked_cents=sum(part.amount_cents for part in item.application.asked.all()),
            funded_cents=sum(paid.get(lot, 0) for lot in lots_named(item.application)),
            sentences=_sentences(row, item.application, names, known),
        )
        for item in items
    )


def lots_named(application: Application) -> tuple[str, str]:
    return application.number, application.number + EQUIPMENT


def _sentences(row: Run, application: Application, names: Any, known: set[str]) -> list[str]:
    told = [
        sentence
        for lot in lots_named(application)
        if lot in known
        for sentence in explain(row.facts, lot, names)
    ]
    if told:
        times = max(row.facts["drawn"].get(lot, 0) for lot in lots_named(application))
        again = (
            f"Avec d'autres jurés tirés au sort, ce projet serait retenu {times} fois sur {DRAWS}."
        )
        return [*told, again]
    return [TOO_DEAR if application.state in ELIGIBLE else NOT_ELIGIBLE]


def outcome_of(application: Application) -> Outcome | None:
    """What the final run of the last sitting says of a file, None when no jury looked at it."""
    rows = Outcome.objects.filter(application=application, run__is_final=True)
    return rows.select_related("run__sitting__jury__call").order_by("-pk").first()


@transaction.atomic
def hold_to(
    *, application: Application, granted_cents: int, departure: str, decision: str, signatory: Any,
    now: datetime,
) -> Departure | None:  # fmt: skip
    """Before a decision: the same as the jury's result, or with a reason that stays beside it."""
    outcome = outcome_of(application)
    if outcome is None:
        return None
    if outcome.run.sitting.jury.seats.filter(user=signatory).exists():
        raise SatOnTheJury("Vous avez siégé au jury de cet appel : une autre personne décide.")
    if outcome.funded_cents == granted_cents:
        return None
    if not departure.strip():
        kept = outcome.funded_cents
        said = f"Le jury retient {euros(kept)}" if kept else "Le jury ne retient rien"
        raise DepartureWithoutReason(
            f"{said} pour ce dossier, et vous accordez {euros(granted_cents)}. "
            "Vous le pouvez : écrivez pourquoi. Cette raison restera à côté du résultat.",
            field="departure",
        )
    row = Departure.objects.create(
        outcome=outcome, decision=decision, granted_cents=granted_cents,
        reason=departure.strip(), signatory=signatory, written_at=now,
    )  # fmt: skip
    record(
        actor=signatory,
        action="allocation.depart",
        subject=f"application:{application.pk}",
        reason=row.reason,
        data={"outcome": outcome.pk, "jury": outcome.funded_cents, "granted": granted_cents},
    )
    return row
