"""Addresses of distribution."""

from __future__ import annotations

OWNED = {
    "distribution:list": lambda s: {"slug": s.chain.slug},
    "distribution:give": lambda s: {"slug": s.chain.slug},
    "distribution:card": lambda s: {"pk": s.card.pk},
    "distribution:block": lambda s: {"pk": s.card.pk},
    "distribution:erase": lambda s: {"pk": s.card.pk},
}
NO_PAGE: dict[str, str] = {}
CEILINGS = {name: 15 for name in OWNED} | {"distribution:list": 10}
