"""What an application keeps of its plan when it is sent: its name, its version, its digest."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db.models import F

from ensemblier.atelier.models import MAIN, PlanVersion
from ensemblier.fund.applications.models import Application

TITLE = "Plan économique de cinq ans"


def plan_annex(application: Application) -> dict[str, Any] | None:
    """One row for each plan joined to the file; one query."""
    rows = PlanVersion.objects.filter(
        scenario__plan__application=application.pk,
        scenario__rank=MAIN,
        number=F("scenario__version"),
    )
    found = rows.select_related("scenario__plan").order_by("scenario__plan_id")
    told = {row.scenario.plan.title: words(row) for row in found}
    return {"step": "modele", "title": TITLE, "rows": told} if told else None


def words(version: PlanVersion) -> str:
    digest = hashlib.sha256(version.text.encode()).hexdigest()
    return f"version {version.number}, empreinte {digest}"
