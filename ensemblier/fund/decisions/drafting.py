"""Decisions prepared from a scenario, then signed one by one or together by somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.engines.scenarios import Outcome, Rule, ranked
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.decisions import access, actions
from ensemblier.fund.decisions.candidates import Field, File, field_of
from ensemblier.fund.decisions.models import Decision, DecisionDraft, Scenario
from ensemblier.fund.decisions.sharing import NotYours, outcome_of, rule_of
from ensemblier.fund.programme.models import Envelope
from ensemblier.fund.review.actions import actor_on, require
from ensemblier.fund.review.scoring import on_hundred

MOST = 100  # decisions signed in one go


class NothingToPrepare(Refusal):
    """No file of this scenario is ready for a decision."""


class StaleDraft(Refusal):
    """The draft changed, or is gone, since it was shown."""


class Signed(NamedTuple):
    """What became of one draft of a bundle."""

    number: str
    title: str
    decision: Decision | None
    trouble: str = ""


@transaction.atomic
def prepare(*, scenario: Scenario, actor: Any, now: datetime) -> list[DecisionDraft]:
    """One draft for each proposed file: what the scenario gives, or a refusal with its reasons.

    Drafts that stood before for these files are replaced; nothing is granted yet.
    """
    day = in_paris(now).date()
    require(access.may_prepare(actor_on(actor, day), scenario.call), NotYours)
    field = field_of(scenario.call, day)
    outcome = outcome_of(scenario, field)
    ready = [file for file in field.files.values() if file.state == State.PROPOSED]
    if not ready:
        raise NothingToPrepare(
            "Aucun dossier de cet appel n'est proposé à la décision : terminez l'instruction."
        )
    reasons = _reasons(scenario, field, outcome)
    kept = [_draft(scenario, file, outcome, reasons[file.number], actor, now) for file in ready]
    DecisionDraft.objects.filter(application__in=[draft.application_id for draft in kept]).delete()
    DecisionDraft.objects.bulk_create(kept)
    record(
        actor=actor,
        action="scenario.prepare",
        subject=f"scenario:{scenario.pk}",
        reason=rule_of(scenario).sentence(),
        data={
            "drafts": len(kept),
            "granted_cents": sum(outcome.total(file.number) for file in ready),
            "awards": {file.number: outcome.total(file.number) for file in ready},
        },
    )
    return kept


def _draft(
    scenario: Scenario, file: File, outcome: Outcome, reasons: str, actor: Any, now: datetime
) -> DecisionDraft:
    parts = outcome.awards[file.number]
    funded = Decision.Outcome.FUNDED if parts else Decision.Outcome.REFUSED
    return DecisionDraft(
        application_id=file.pk,
        scenario=scenario,
        outcome=funded,
        awards=[[part.purse, part.expense_class, part.cents] for part in parts],
        reasons=reasons,
        prepared_by=actor,
        prepared_at=now,
        key=uuid4(),
    )


def _reasons(scenario: Scenario, field: Field, outcome: Outcome) -> dict[str, str]:
    """Why each file gets what it gets: its place, the rule, and what the envelope allowed."""
    rule = rule_of(scenario)
    order = {row.number: rank for rank, row in enumerate(ranked(field.candidates), start=1)}
    by_hand = {line.application.number: line.reason for line in scenario.lines.all()}
    return {
        number: " ".join(
            [
                _place(file, order[number], len(order)),
                f"Règle appliquée à tous les dossiers : {rule.sentence()}",
                _why(file, outcome.total(number), rule, by_hand.get(number)),
            ]
        )
        for number, file in field.files.items()
    }


def _place(file: File, rank: int, total: int) -> str:
    place = f"{rank}er" if rank == 1 else f"{rank}e"
    score = file.candidate.score
    if score is None:
        return f"Dossier sans avis noté, {place} sur {total}."
    return f"Dossier classé {place} sur {total}, avec la note de {on_hundred(score)}."


def _why(file: File, cents: int, rule: Rule, by_hand: str | None) -> str:
    if by_hand is not None:
        return f"Montant fixé à la main : {by_hand}"
    if cents and cents == file.asked:
        return "Toute la demande est accordée."
    if cents:
        return f"Sur {euros(file.asked)} demandés, {euros(cents)} sont accordés."
    score = file.candidate.score
    if rule.min_score is not None and (score is None or score < rule.min_score):
        return "La note est au-dessous de celle demandée."
    return "L'enveloppe ne permet pas d'aller jusqu'à ce dossier."


def sign(
    *, draft: DecisionDraft, version: int, actor: Any, now: datetime, notify: bool
) -> Decision:
    """Sign one draft as it was shown. Asked twice, it is signed once."""
    known = Decision.objects.filter(key=draft.key, signatory=actor).first()
    if known is not None:
        return known
    fresh = DecisionDraft.objects.filter(pk=draft.pk).select_related("application", "scenario")
    kept = fresh.first()
    if kept is None or kept.version != version:
        raise StaleDraft(
            "Ce projet de décision a changé, ou n'existe plus. Relisez-le, puis signez."
        )
    envelopes = Envelope.objects.select_related("programme", "region", "account").in_bulk(
        [award[0] for award in kept.awards]
    )
    return actions.decide(
        key=kept.key,
        application=kept.application,
        actor=actor,
        outcome=kept.outcome,
        awards=[(envelopes[pk], name, cents) for pk, name, cents in kept.awards],
        reasons=kept.reasons,
        conditions=kept.conditions,
        ways=kept.ways,
        scenario=kept.scenario,
        now=now,
        version=kept.application.version,
        notify=notify,
    )


def sign_many(
    *,
    drafts: Sequence[tuple[DecisionDraft, int]],
    actor: Any,
    now: datetime,
    notify: bool,
) -> list[Signed]:
    """Each draft is one action with its own key: what fails is told, and the others stand."""
    found = []
    for draft, version in drafts[:MOST]:
        application: Application = draft.application
        number, title = application.number, application.title
        try:
            decision = sign(draft=draft, version=version, actor=actor, now=now, notify=notify)
        except Refusal as refusal:
            found.append(Signed(number, title, None, refusal.message))
        else:
            found.append(Signed(number, title, decision))
    return found
