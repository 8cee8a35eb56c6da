"""Addresses of the promises of a chain."""

from __future__ import annotations

OWNED = {
    "commitments:list": lambda s: {"slug": s.chain.slug},
    "commitments:new": lambda s: {"slug": s.chain.slug},
    "commitments:propose": lambda s: {"slug": s.chain.slug},
    "commitments:detail": lambda s: {"pk": s.promise.pk},
    "commitments:call_off": lambda s: {"pk": s.promise.pk},
    "commitments:revise": lambda s: {"pk": s.promise.pk},
    "commitments:keep": lambda s: {"pk": s.promise.pk},
    "commitments:cancel": lambda s: {"pk": s.promise.pk},
}
NO_PAGE: dict[str, str] = {}
CEILINGS = {name: 15 for name in OWNED} | {"commitments:list": 10}
