"""Addresses of the desk."""

from __future__ import annotations

OWNED = {
    "desk:sale": lambda s: {"slug": s.chain.slug},
    "desk:day": lambda s: {"slug": s.chain.slug},
    "desk:day_csv": lambda s: {"slug": s.chain.slug},
    "desk:line": lambda s: {"pk": s.sale.pk},
    "desk:undo": lambda s: {"pk": s.sale.pk},
}
NO_PAGE = {"desk:day_csv": "a table"}
CEILINGS = {name: 15 for name in OWNED if name not in NO_PAGE}
