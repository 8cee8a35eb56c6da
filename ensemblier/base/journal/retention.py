"""How long each kind of data is kept, and why: one table, shown to the public and really run."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Rule:
    """One line of the table. `purge(now)` removes what is past its time and says how many.

    Without `purge` the data is kept by law, and the line says so.
    """

    key: str
    what: str
    duration: str
    source: str
    purge: Callable[[datetime], int] | None = None


_rules: dict[str, Rule] = {}


def register(rule: Rule) -> None:
    """Called by each concept when the application starts."""
    _rules[rule.key] = rule


def table() -> list[Rule]:
    """Every rule, in the order of its French wording."""
    return sorted(_rules.values(), key=lambda rule: rule.what)
