"""Addresses of the atelier: a plan of a side, sent with its filed application."""

from __future__ import annotations

OF_PLAN = (
    *("detail", "figures", "text", "activities", "scenarios", "versions", "balance", "comments"),
    *("budget", "attach", "actual", "files", "ods", "xlsx", "toml", "pdf"),
)
OWNED = {
    **{f"atelier:{name}": lambda s: {"pk": s.plan.pk} for name in OF_PLAN},
    "atelier:head": lambda s: {"pk": s.plan.pk, "table": "plan"},
    "atelier:row_new": lambda s: {"pk": s.plan.pk, "table": "cost"},
    "atelier:row": lambda s: {"pk": s.plan.pk, "table": "resource", "item": "fonds"},
    "atelier:row_remove": lambda s: {"pk": s.plan.pk, "table": "resource", "item": "fonds"},
}
NO_PAGE = {
    "atelier:ods": "a spreadsheet",
    "atelier:xlsx": "a spreadsheet",
    "atelier:toml": "a text",
    "atelier:pdf": "a PDF",
    "atelier:row_remove": "sent only",
}
CEILINGS = {name: 15 for name in OWNED if name not in NO_PAGE} | {
    "atelier:list": 10,
    "atelier:new": 10,
    "atelier:model": 10,
}
