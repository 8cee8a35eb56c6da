"""On the page of an application: the five-year plan that goes with it."""

from __future__ import annotations

from ensemblier.atelier.access import may_read, writes
from ensemblier.atelier.models import EconomicPlan
from ensemblier.base.people.access import Actor
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.panels import Panel


def plan_panel(application: Application, actor: Actor) -> Panel | None:
    """The plans joined to this file that this person may read; to its people, how to join one."""
    plans = [
        plan
        for plan in EconomicPlan.objects.filter(application=application)
        if may_read(actor, filled(plan, application)).allowed
    ]
    own = EconomicPlan(organisation_id=application.organisation_id)
    mine = writes(actor, own)
    if not plans and not mine:
        return None
    return Panel("atelier/panel.html", {"plans": plans, "mine": mine})


def filled(plan: EconomicPlan, application: Application) -> EconomicPlan:
    """With the application already read, so that nothing asks for it again."""
    plan.application = application
    plan.organisation = application.organisation
    return plan
