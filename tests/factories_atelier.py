"""Plans of the atelier, made through its actions."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from ensemblier.atelier import actions
from ensemblier.atelier.models import EconomicPlan, PlanComment
from ensemblier.atelier.starting import models
from ensemblier.base.people.models import Organisation
from tests import factories_fund as fund


def make_plan(
    organisation: Organisation,
    actor: Any,
    *,
    sheet: int = 3,
    title: str = "",
    now: datetime = fund.NOW,
    application: Any = None,
) -> EconomicPlan:
    """The plan of a sheet, its text as it is; joined to an application when one is given."""
    model = models()[sheet]
    plan = actions.start(
        organisation=organisation,
        title=title or model.name,
        text=model.text,
        sheet=sheet,
        actor=actor,
        now=now,
    )
    if application is None:
        return plan
    return actions.attach(plan=plan, application=application, chain=None, actor=actor, now=now)


def around(side: SimpleNamespace) -> None:
    """In a world of two sides: a plan sent with the side's filed application, and its words."""
    side.plan = make_plan(
        side.organisation, side.representative, title=f"Plan {side.word}", now=fund.OPENS
    )
    EconomicPlan.objects.filter(pk=side.plan.pk).update(
        application=side.filed, attached_at=fund.OPENS
    )
    version = side.plan.scenarios.get().versions.get()
    PlanComment.objects.create(
        version=version, author=side.representative, body=side.word, written_at=fund.OPENS
    )
