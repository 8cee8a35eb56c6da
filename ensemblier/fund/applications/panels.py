"""What higher concepts add to the page of a file: each registers a panel when it starts.

A panel takes the application and the actor, and gives a template and its values, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Panel(NamedTuple):
    """A template, and the values it reads under the name `panel`."""

    template: str
    values: dict[str, Any]


Maker = Callable[[Any, Any], "Panel | None"]
_makers: list[Maker] = []


def register_panel(maker: Maker) -> None:
    """Called from AppConfig.ready(); twice the same is one."""
    if maker not in _makers:
        _makers.append(maker)


def panels_of(application: Any, actor: Any) -> list[Panel]:
    """What this actor finds under the summary of this file."""
    return [panel for maker in _makers if (panel := maker(application, actor)) is not None]
