"""What the page of a file shows of its grouped request."""

from __future__ import annotations

from ensemblier.base.people.access import Actor
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.panels import Panel
from ensemblier.fund.frameworks import access
from ensemblier.fund.frameworks.models import Framework
from ensemblier.fund.frameworks.reading import members


def framework_panel(application: Application, actor: Actor) -> Panel | None:
    """Members, amounts, answers and the network's own scores; or the way to begin."""
    if application.organisation.kind != "network":
        return None
    framework = Framework.objects.filter(application=application).first()
    if framework is None:
        if not access.may_start(actor, application).allowed:
            return None
        return Panel("frameworks/panel.html", {"number": application.number, "framework": None})
    framework.application = application
    if not access.may_see(actor, framework).allowed:
        return None
    rows = members(framework)
    values = {
        "number": application.number,
        "framework": framework,
        "rows": rows,
        "total": sum(row.cents for row in rows),
    }
    return Panel("frameworks/panel.html", values)
