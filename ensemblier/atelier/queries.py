"""What the pages of the atelier read: the plans of a person, and the version they may see."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import QuerySet

from ensemblier.atelier import access
from ensemblier.atelier.models import MAIN, EconomicPlan, PlanScenario, PlanVersion
from ensemblier.atelier.rows import Data, values_of
from ensemblier.base.people.access import Actor
from ensemblier.engines.economics.plan import Plan
from ensemblier.engines.economics.reading import read_plan


class Shown(NamedTuple):
    """One version of one scenario, as this person sees it."""

    plan: EconomicPlan
    scenario: PlanScenario
    version: PlanVersion
    scenarios: list[PlanScenario]
    writes: bool

    @property
    def read(self) -> Plan:
        """The plan of the engine; a kept version always reads."""
        return read_plan(self.version.text)

    @property
    def data(self) -> Data:
        return values_of(self.version.text)

    @property
    def query(self) -> str:
        """What an address adds to stay on this scenario."""
        return f"?scenario={self.scenario.rank}" if self.scenario.rank else ""


def plans_of(actor: Actor) -> QuerySet[EconomicPlan]:
    """The plans this person writes, the last first."""
    mine = actor.organisations(*access.WRITERS)
    rows = EconomicPlan.objects.filter(organisation_id__in=mine)
    return rows.select_related("organisation", "application", "chain")


def shown(plan: EconomicPlan, actor: Actor, rank: int = MAIN) -> Shown | None:
    """For its writers the last version of this scenario; for its readers the one that was sent."""
    writes = access.writes(actor, plan)
    scenarios = list(plan.scenarios.all()) if writes else list(plan.scenarios.filter(rank=MAIN))
    scenario = next((each for each in scenarios if each.rank == rank), None)
    if scenario is None:
        return None
    scenario.plan = plan
    versions = scenario.versions.all()
    if not writes:
        versions = versions.filter(made_at__lte=access.sent_at(plan))
    version = versions.select_related("made_by").last()
    return Shown(plan, scenario, version, scenarios, writes) if version else None


def visible_versions(found: Shown) -> list[PlanVersion]:
    """Every version of this scenario for its writers; the one that was sent for its readers."""
    if not found.writes:
        return [found.version]
    return list(found.scenario.versions.select_related("made_by"))
