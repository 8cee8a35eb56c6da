"""Writing scenarios, fixing a file by hand in one of them, and working out what they give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.engines.scenarios import BadRule, Outcome, Rule
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls.models import Call
from ensemblier.fund.decisions import access
from ensemblier.fund.decisions.candidates import WAITING, Field
from ensemblier.fund.decisions.models import Scenario, ScenarioLine
from ensemblier.fund.review.actions import actor_on, require

MOST = 12  # scenarios of one call


class NotYours(Refusal):
    """This person does not write scenarios."""


class BadScenario(Refusal):
    """A scenario, or a line of it, that does not hold."""


def rule_of(scenario: Scenario) -> Rule:
    """The rule as the engine reads it."""
    kept = scenario.rule
    least = kept.get("min_score_bp")
    return Rule(
        kind=kept.get("kind", "rank"),
        rate_bp=kept.get("rate_bp", 10_000),
        min_score=None if least is None else Fraction(least, 10_000),
        floor_bp=kept.get("floor_bp", 0),
        whole_files=kept.get("whole_files", False),
    )


def pins_of(scenario: Scenario) -> dict[str, int]:
    """Amounts fixed by hand, by number; `lines` may have been prefetched."""
    return {line.application.number: line.amount_cents for line in scenario.lines.all()}


def outcome_of(scenario: Scenario, field: Field) -> Outcome:
    pins = {number: c for number, c in pins_of(scenario).items() if number in field.files}
    return field.line_up.share(rule_of(scenario), pins)


@transaction.atomic
def write(*, call: Call, name: str, rule: Mapping[str, Any], actor: Any, now: datetime) -> Scenario:
    """Keep one more way to share the envelopes of a call."""
    _may(call, actor, now)
    if not name.strip():
        raise BadScenario("Donnez un nom à ce scénario.", field="name")
    if call.scenarios.count() >= MOST:
        raise BadScenario(
            f"Cet appel a déjà {MOST} scénarios : supprimez-en un avant d'en écrire un autre.",
            field="name",
        )
    row = Scenario(call=call, name=name.strip(), author=actor, created_at=now, rule=dict(rule))
    try:
        sentence = rule_of(row).sentence()
    except BadRule as fault:
        raise BadScenario(str(fault), field="kind") from fault
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise BadScenario(
            "Un scénario de cet appel porte déjà ce nom : choisissez-en un autre.", field="name"
        ) from error
    record(
        actor=actor,
        action="scenario.write",
        subject=f"scenario:{row.pk}",
        reason=sentence,
        data={"call": call.slug, "name": row.name, "rule": row.rule},
    )
    return row


@transaction.atomic
def remove(*, scenario: Scenario, actor: Any, now: datetime) -> None:
    """Forget a scenario that prepared nothing."""
    _may(scenario.call, actor, now)
    if scenario.drafts.exists() or scenario.decisions.exists():
        raise BadScenario(
            "Ce scénario a préparé des décisions : il reste, pour que l'on sache d'où elles "
            "viennent."
        )
    subject, name = f"scenario:{scenario.pk}", scenario.name
    scenario.delete()
    record(actor=actor, action="scenario.remove", subject=subject, data={"name": name})


@transaction.atomic
def fix(
    *,
    scenario: Scenario,
    application: Application,
    amount_cents: int,
    reason: str,
    actor: Any,
    now: datetime,
) -> ScenarioLine:
    """Fix what one file gets in a scenario, and say why; 0 leaves it out."""
    _may(scenario.call, actor, now)
    if application.call_id != scenario.call_id or application.state not in WAITING:
        raise BadScenario(
            f"Le dossier {application.number} n'attend pas de décision dans cet appel.",
            field="number",
        )
    if not reason.strip():
        raise BadScenario("Dites pourquoi ce montant est fixé à la main.", field="reason")
    asked = sum(row.amount_cents for row in application.asked.all())
    if amount_cents > asked:
        raise BadScenario(
            f"Ce dossier demande {euros(asked)} : fixez au plus ce montant.", field="amount"
        )
    line, _ = ScenarioLine.objects.update_or_create(
        scenario=scenario,
        application=application,
        defaults={
            "amount_cents": amount_cents,
            "reason": reason.strip(),
            "author": actor,
            "written_at": now,
        },
    )
    record(
        actor=actor,
        action="scenario.fix",
        subject=f"scenario:{scenario.pk}",
        reason=line.reason,
        data={"application": application.number, "amount_cents": amount_cents},
    )
    return line


@transaction.atomic
def release(*, line: ScenarioLine, actor: Any, now: datetime) -> None:
    """Let the rule decide again for this file."""
    _may(line.scenario.call, actor, now)
    record(
        actor=actor,
        action="scenario.release",
        subject=f"scenario:{line.scenario_id}",
        data={"application": line.application.number},
    )
    line.delete()


def _may(call: Call, actor: Any, now: datetime) -> None:
    require(access.may_prepare(actor_on(actor, in_paris(now).date()), call), NotYours)
