"""Addresses of the catalogue of a chain."""

from __future__ import annotations

OWNED = {
    "catalogue:list": lambda s: {"slug": s.chain.slug},
    "catalogue:new": lambda s: {"slug": s.chain.slug},
    "catalogue:select": lambda s: {"slug": s.chain.slug},
    "catalogue:detail": lambda s: {"pk": s.product.pk},
    "catalogue:price": lambda s: {"pk": s.product.pk},
    "catalogue:label": lambda s: {"pk": s.product.pk},
    "catalogue:offer": lambda s: {"pk": s.product.pk},
}
NO_PAGE: dict[str, str] = {}
CEILINGS = {name: 15 for name in OWNED} | {"catalogue:list": 10}
