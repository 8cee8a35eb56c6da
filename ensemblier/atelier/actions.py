"""What can be done with a plan: start, keep a version, vary, comment, join to an application."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ensemblier.atelier import access
from ensemblier.atelier.handing import handed
from ensemblier.atelier.models import (
    MAIN,
    EconomicPlan,
    PlanComment,
    PlanScenario,
    PlanVersion,
)
from ensemblier.atelier.rows import row_of, values_of, with_row, without_row
from ensemblier.base.chains.models import Chain
from ensemblier.base.journal.actions import record, refuse
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.engines.economics.outcome import compute
from ensemblier.engines.economics.plan import BadPlan
from ensemblier.engines.economics.reading import read_plan
from ensemblier.engines.economics.writing import plan_text
from ensemblier.fund.applications import access as application_access
from ensemblier.fund.applications.models import EDITABLE, Application
from ensemblier.fund.applications.saving import set_asked, set_budget_lines

MOST_SCENARIOS = 12
LONGEST_COMMENT = 2_000


class NotYourPlan(Refusal):
    """This person may not do this with this plan."""


class PlanRefused(Refusal):
    """The plan does not compute; `line` is the line of its text that is wrong, when known."""

    def __init__(self, message: str, *, line: int | None = None, field: str = "") -> None:
        super().__init__(message, field=field)
        self.line = line


class StalePlan(Refusal):
    """Somebody kept a version of this scenario since the page was opened."""

    def __init__(self, *, saved: PlanVersion) -> None:
        super().__init__(
            f"Une autre version de ce plan (n° {saved.number}) a été enregistrée pendant que vous "
            "écriviez. Rien n'est perdu : comparez, puis enregistrez de nouveau pour garder la "
            "vôtre."
        )
        self.saved = saved


class TooManyScenarios(Refusal):
    """A plan keeps a bounded number of scenarios."""


class NameTaken(Refusal):
    """Another scenario of this plan has this name."""


class EmptyComment(Refusal):
    """A comment that says nothing, or too much."""


class CannotAttach(Refusal):
    """This plan does not go with this application or this chain."""


@transaction.atomic
def start(
    *,
    organisation: Organisation,
    title: str,
    text: str,
    actor: Any,
    now: datetime,
    sheet: int = 0,
    why: str = "Plan de départ",
) -> EconomicPlan:
    """Open a plan with its first version."""
    if actor is not None and not _actor_of(actor, now).has(
        *access.WRITERS, organisation=organisation
    ):
        raise NotYourPlan("Vous n'agissez pas pour cette organisation.", field="organisation")
    checked(text)
    plan = EconomicPlan.objects.create(
        organisation=organisation, title=title, sheet=sheet, made_by=actor, made_at=now
    )
    scenario = PlanScenario.objects.create(plan=plan, rank=MAIN, name="Plan", version=0)
    _keep(scenario, text, why, actor, now)
    _log(plan, actor, "economic_plan.start", sheet=sheet)
    return plan


@transaction.atomic
def save_text(
    *, scenario: PlanScenario, text: str, opened: int, actor: Any, now: datetime, why: str = ""
) -> PlanVersion:
    """Keep a version. `opened`: the version that the page showed."""
    fresh = _locked(scenario, actor, now)
    last = fresh.versions.get(number=fresh.version)
    if last.text == text:
        return last
    if opened != fresh.version:
        raise StalePlan(saved=last)
    checked(text)
    return _keep(fresh, text, why, actor, now)


@transaction.atomic
def change_row(
    *,
    scenario: PlanScenario,
    table: str,
    item: str,
    row: Mapping[str, Any] | None,
    opened: int,
    actor: Any,
    now: datetime,
    why: str = "",
) -> PlanVersion:
    """Write one row, or take it out when `row` is None. Changes that others made of other rows
    since `opened` are kept; of the same row, refused."""
    fresh = _locked(scenario, actor, now)
    last = fresh.versions.get(number=fresh.version)
    data = values_of(last.text)
    if opened != fresh.version:
        seen = fresh.versions.filter(number=opened).first()
        before = row_of(values_of(seen.text), table, item) if seen else None
        if seen is None or before != row_of(data, table, item):
            raise StalePlan(saved=last)
    if row is None:
        changed = without_row(data, table, item)
    else:
        changed = with_row(data, table, item, row)
    if changed == data:
        return last
    text = plan_text(changed)
    checked(text)
    return _keep(fresh, text, why, actor, now)


@transaction.atomic
def add_scenario(
    *, plan: EconomicPlan, name: str, text: str, actor: Any, now: datetime
) -> PlanScenario:
    """A named variant that starts from this text."""
    _require(plan, actor, now)
    EconomicPlan.objects.select_for_update().get(pk=plan.pk)
    others = list(plan.scenarios.all())
    if len(others) >= MOST_SCENARIOS:
        raise TooManyScenarios(f"Un plan garde {MOST_SCENARIOS} scénarios au plus.")
    if any(other.name == name for other in others):
        raise NameTaken("Un scénario de ce plan porte déjà ce nom.", field="name")
    checked(text)
    rank = max(other.rank for other in others) + 1
    scenario = PlanScenario.objects.create(plan=plan, rank=rank, name=name)
    _keep(scenario, text, "Début du scénario", actor, now)
    _log(plan, actor, "economic_plan.vary", scenario=name)
    return scenario


@transaction.atomic
def comment(*, version: PlanVersion, body: str, actor: Any, now: datetime) -> PlanComment:
    """Say something of a version; only the plan's own people do, and read it."""
    plan = version.scenario.plan
    _require(plan, actor, now)
    words = body.strip()
    if not words or len(words) > LONGEST_COMMENT:
        raise EmptyComment(f"Écrivez de 1 à {LONGEST_COMMENT} signes.", field="body")
    row = PlanComment.objects.create(version=version, author=actor, body=words, written_at=now)
    _log(plan, actor, "economic_plan.comment", version=version.pk)
    return row


@transaction.atomic
def attach(
    *,
    plan: EconomicPlan,
    application: Application | None,
    chain: Chain | None,
    actor: Any,
    now: datetime,
) -> EconomicPlan:
    """Say with which application the plan goes, and of which chain it is the model."""
    _require(plan, actor, now)
    if chain is not None and chain.lead_id != plan.organisation_id:
        raise CannotAttach("Cette filière n'est pas pilotée par votre organisation.", field="chain")
    if application != plan.application:
        for file in (application, plan.application):
            if file is not None:
                check_open(plan, file)
        plan.attached_at = now if application else None
    plan.application, plan.chain = application, chain
    plan.save()
    _log(
        plan,
        actor,
        "economic_plan.attach",
        application=getattr(application, "pk", None),
        chain=getattr(chain, "pk", None),
    )
    return plan


def check_open(plan: EconomicPlan, application: Application) -> None:
    """A plan joins or leaves an application of its own people while that one may change."""
    if application.organisation_id != plan.organisation_id:
        raise CannotAttach("Ce dossier est celui d'une autre organisation.", field="application")
    if application.state not in EDITABLE:
        raise CannotAttach(
            f"Le dossier {application.number} est envoyé : le plan qui l'accompagne ne change "
            "plus.",
            field="application",
        )


def _actor_of(actor: Any, now: datetime) -> Actor:
    return application_access.actor_on(actor, in_paris(now).date())


def _require(plan: EconomicPlan, actor: Any, now: datetime) -> None:
    """Go on when this person writes this plan; the site itself writes without an actor."""
    if actor is None:
        return
    answer = access.may_write(_actor_of(actor, now), plan)
    if not answer.allowed:
        reason = answer.reason or "Vous n'avez plus accès à ce plan. Rechargez la page."
        refuse(actor=actor, subject=f"economicplan:{plan.pk}", reason=reason)
        raise NotYourPlan(reason)


def _locked(scenario: PlanScenario, actor: Any, now: datetime) -> PlanScenario:
    _require(scenario.plan, actor, now)
    rows = PlanScenario.objects.select_for_update(of=("self",)).select_related("plan")
    return rows.get(pk=scenario.pk)


def checked(text: str) -> None:
    """Refuse a text that is not a plan, at its line."""
    try:
        read_plan(text)
    except BadPlan as error:
        raise PlanRefused(str(error), line=error.line) from error


def _keep(scenario: PlanScenario, text: str, why: str, actor: Any, now: datetime) -> PlanVersion:
    """The next version, and its line in the journal."""
    scenario.version += 1
    scenario.save(update_fields=["version"])
    version = PlanVersion.objects.create(
        scenario=scenario, number=scenario.version, text=text, why=why, made_by=actor, made_at=now
    )
    _log(scenario.plan, actor, "economic_plan.save", scenario=scenario.rank, version=version.number)
    return version


def _log(plan: EconomicPlan, actor: Any, action: str, **data: Any) -> None:
    record(actor=actor, action=action, subject=f"economicplan:{plan.pk}", data=data)


@transaction.atomic
def take_into_budget(
    *, version: PlanVersion, year: int, opened: int, actor: Any, now: datetime
) -> Application:
    """Hand one year of the plan to its application: the budget's lines, then what is asked.

    `opened`: the version of the application that the preview was made on.
    """
    plan = version.scenario.plan
    _require(plan, actor, now)
    application = plan.application
    if application is None:
        raise CannotAttach("Ce plan n'accompagne aucun dossier : choisissez d'abord le dossier.")
    check_open(plan, application)
    if application.version != opened:
        raise CannotAttach(
            "Le dossier a changé depuis cet aperçu. Relisez l'aperçu, puis confirmez de nouveau."
        )
    rows = handed(compute(read_plan(version.text)), year)
    set_budget_lines(application=application, lines=rows.lines, version=opened, actor=actor)
    set_asked(application=application, amounts=rows.asked, version=application.version, actor=actor)
    _log(plan, actor, "economic_plan.hand", application=application.pk, year=rows.year)
    return application
