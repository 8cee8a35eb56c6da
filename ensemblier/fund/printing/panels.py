"""On the page of a file: where to print it."""

from __future__ import annotations

from ensemblier.base.people.access import Actor
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.panels import Panel


def print_panel(application: Application, actor: Actor) -> Panel:
    """Whoever opened the page may print the file."""
    return Panel("printing/panel.html", {"number": application.number})
