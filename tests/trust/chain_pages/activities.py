"""Addresses of the activities of a chain and of those who take part."""

from __future__ import annotations

OF_CHAIN = ("list", "new", "people", "add_participant")
OF_ACTIVITY = ("detail", "move", "agreement", "cancel", "finish", "serve", "sign_up", "hours")
OWNED = {
    **{f"activities:{name}": (lambda s: {"slug": s.chain.slug}) for name in OF_CHAIN},
    **{f"activities:{name}": (lambda s: {"pk": s.activity.pk}) for name in OF_ACTIVITY},
    "activities:erase": lambda s: {"pk": s.participant.pk},
}
NO_PAGE: dict[str, str] = {}
CEILINGS = {name: 15 for name in OWNED} | {"activities:list": 10, "activities:people": 10}
