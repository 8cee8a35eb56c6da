"""Addresses of insertion."""

from __future__ import annotations

OWNED = {
    "insertion:list": lambda s: {"slug": s.chain.slug},
    **{
        f"insertion:{name}": lambda s: {"slug": s.chain.slug, "pk": s.iae.pk}
        for name in ("agreement", "open", "charge", "choose_sales", "sale")
    },
    **{
        f"insertion:{name}": lambda s: {"pk": s.contract.pk}
        for name in ("contract", "hours", "leave")
    },
    "insertion:undo_hours": lambda s: {"pk": s.hours.pk},
}
NO_PAGE: dict[str, str] = {}
CEILINGS = {name: 15 for name in OWNED} | {
    "insertion:agreement": 18,
    "insertion:list": 12,
}
