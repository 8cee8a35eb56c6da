"""The addresses of chains and plans, one file for each concept: whose they are, what they cost.

Each module holds OWNED (address -> how an object of a side fills it), NO_PAGE (address -> why its
GET is no page of ours) and CEILINGS (address -> most SQL queries of a page).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from types import SimpleNamespace
from typing import Any

OWNED: dict[str, Callable[[SimpleNamespace], dict[str, Any]]] = {}
NO_PAGE: dict[str, str] = {}
CEILINGS: dict[str, int] = {}

for _found in sorted(module.name for module in iter_modules(__path__)):
    _concept = import_module(f"{__name__}.{_found}")
    OWNED |= _concept.OWNED
    NO_PAGE |= _concept.NO_PAGE
    CEILINGS |= _concept.CEILINGS
