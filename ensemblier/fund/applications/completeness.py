"""What keeps a file from being sent: its own rules, and those that higher concepts add."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ensemblier.fund.applications import content
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.rules import NAMES, Missing, missing

# Each takes a file and tells what it lacks; for instance the shares of a grouped request.
extra_gaps: list[Callable[[Application], Iterable[Missing]]] = []


def gaps(application: Application) -> list[Missing]:
    """Everything that is missing, in the order of the pages."""
    found = missing(content.facts(application), content.caps(application.call))
    added = [gap for more in extra_gaps for gap in more(application)]
    if not added:
        return found
    order = list(NAMES)
    return sorted([*found, *added], key=lambda gap: order.index(gap.step))
