"""Addresses of the chains themselves."""

from __future__ import annotations

OWNED = {
    "chains:add_member": lambda s: {"slug": s.chain.slug},
    "chains:add_site": lambda s: {"slug": s.chain.slug},
    "chains:detail": lambda s: {"slug": s.chain.slug},
    "chains:end_member": lambda s: {"pk": s.member.pk},
    "chains:set_open": lambda s: {"pk": s.shop.pk},
}
NO_PAGE: dict[str, str] = {}
CEILINGS = {name: 15 for name in OWNED} | {"chains:list": 10, "chains:new": 10}
