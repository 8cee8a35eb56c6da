"""Addresses of the stock."""

from __future__ import annotations

OF_CHAIN = ("list", "receive", "process", "count")
OF_LOT = (
    "lot",
    "transport",
    "take_out",
    "lose",
    "quarantine",
    "release",
    "recall",
    "reached",
    "reached_csv",
)
OWNED = {
    **{f"stock:{name}": lambda s: {"slug": s.chain.slug} for name in OF_CHAIN},
    **{f"stock:{name}": lambda s: {"pk": s.lot.pk} for name in OF_LOT},
    "stock:undo": lambda s: {"pk": s.movement.pk},
}
NO_PAGE = {"stock:reached_csv": "a table"}
CEILINGS = {name: 15 for name in OWNED if name not in NO_PAGE} | {"stock:list": 10}
