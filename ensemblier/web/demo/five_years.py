"""The five-year plan of each project of the demonstration: that of its sheet, kept as text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ensemblier.atelier import actions
from ensemblier.atelier.models import EconomicPlan
from ensemblier.atelier.starting import models
from ensemblier.fund.applications.models import Application


def open_plan(*, number: int, application: Application, actor: Any, now: datetime) -> EconomicPlan:
    """Open the plan of this sheet, and join it to the application it goes with."""
    model = models()[number]
    plan = actions.start(
        organisation=application.organisation,
        title=model.name[:160],
        text=model.text,
        sheet=number,
        actor=actor,
        now=now,
        why="Plan de la fiche ; tous les montants sont des hypothèses",
    )
    return actions.attach(plan=plan, application=application, chain=None, actor=actor, now=now)
