"""Who else may read a file that was sent: a higher concept adds its own when it starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# (actor, application) -> bool; for instance an expert invited on that file.
extra_readers: list[Callable[[Any, Any], bool]] = []


def reads_too(actor: Any, application: Any) -> bool:
    return any(reads(actor, application) for reads in extra_readers)
