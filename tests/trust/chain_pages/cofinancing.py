"""Addresses of the schemes of a chain."""

from __future__ import annotations

OWNED = {
    "cofinancing:detail": lambda s: {"pk": s.scheme.pk},
    "cofinancing:edit": lambda s: {"pk": s.scheme.pk},
    "cofinancing:entitle": lambda s: {"pk": s.scheme.pk},
    "cofinancing:list": lambda s: {"slug": s.chain.slug},
    "cofinancing:new": lambda s: {"slug": s.chain.slug},
    "cofinancing:parts": lambda s: {"pk": s.scheme.pk},
    "cofinancing:payer": lambda s: {"pk": s.scheme.pk},
    "cofinancing:preview": lambda s: {"pk": s.scheme.pk},
    "cofinancing:publish": lambda s: {"pk": s.scheme.pk},
    "cofinancing:version": lambda s: {"pk": s.version.pk},
    "cofinancing:why": lambda s: {"pk": s.sale.pk},
}
NO_PAGE = {
    "cofinancing:preview": "a piece of the editor, asked by POST",
    "cofinancing:payer": "the world's rule has all its payers: sent back to the scheme",
}
CEILINGS = {name: 15 for name in OWNED if name not in NO_PAGE} | {"cofinancing:list": 10}
