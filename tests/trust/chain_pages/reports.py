"""Addresses of the reports of a chain."""

from __future__ import annotations

OF_CHAIN = ("books", "close", "list", "send", "sufficiency")
OWNED = {f"reports:{name}": lambda s: {"slug": s.chain.slug} for name in OF_CHAIN} | {
    "reports:canteen": lambda s: {"pk": s.sent_canteen.pk},
    "reports:detail": lambda s: {"pk": s.sent_report.pk},
    "reports:fill": lambda s: {"pk": s.money.report.pk},
    "reports:rows": lambda s: {"pk": s.sent_figures.pk},
    "reports:table": lambda s: {"pk": s.sent_report.pk},
}
NO_PAGE = {
    "reports:canteen": "a table",
    "reports:rows": "needs the name of a figure in its address",
    "reports:table": "a table",
}
CEILINGS = {name: 15 for name in OWNED if name not in NO_PAGE} | {"reports:list": 10}
