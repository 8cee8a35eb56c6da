"""Checks that only a higher concept can make: reports not received, aid already counted.

A concept above review registers its check when the application starts (`AppConfig.ready`):

    from ensemblier.fund.review.evidence import register_check
    register_check("monitoring", reports_received)  # (application, facts) -> Iterable[Check]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ensemblier.fund.applications.models import Application
from ensemblier.fund.review.checks import Check, Facts

Source = Callable[[Application, Facts], Iterable[Check]]
_sources: dict[str, Source] = {}


def register_check(name: str, source: Source) -> None:
    """Two queries at most: the page of a file counts them."""
    _sources[name] = source


def from_elsewhere(application: Application, facts: Facts) -> list[Check]:
    """What the higher concepts know of this file, in the order of their names."""
    return [check for name in sorted(_sources) for check in _sources[name](application, facts)]
