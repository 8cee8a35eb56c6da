"""What the site writes about, and whether the law makes it write: a small registry."""

from __future__ import annotations

from dataclasses import dataclass

THREAD = "thread"
REMINDERS = "reminders"
INSTRUCTION = "instruction"


@dataclass(frozen=True)
class Topic:
    """A kind of e-mail. One that is due by law leaves at once, whatever was chosen."""

    key: str
    label: str
    is_due: bool = False
    source: str = ""


_topics: dict[str, Topic] = {}


def register(topic: Topic) -> None:
    """Called by each concept when the application starts."""
    _topics[topic.key] = topic


def topic(key: str) -> Topic:
    """An unknown topic is treated as due: a notice is never lost for a missing word."""
    return _topics.get(key) or Topic(key, key, is_due=True)


def all_topics() -> list[Topic]:
    """Those one may choose first, then those that are due, each in the order of its label."""
    return sorted(_topics.values(), key=lambda found: (found.is_due, found.label))


def free_topics() -> list[Topic]:
    return [found for found in all_topics() if not found.is_due]
