"""The addresses of juries and sharings, and the object of a side that fills them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

Side = SimpleNamespace


def open_sitting(side: Side) -> dict[str, Any]:
    return {"pk": side.open_sitting.pk}


def jury(side: Side) -> dict[str, Any]:
    return {"pk": side.jury.pk}


def item(side: Side) -> dict[str, Any]:
    return {"pk": side.item.pk}


OWNED: dict[str, Callable[[Side], dict[str, Any]]] = {
    "jury:gather": lambda s: {"slug": s.jury_call.slug},
    "jury:replace": lambda s: {"pk": s.juror_seat.pk},
    "jury:pay": lambda s: {"pk": s.expense.pk},
    "jury:cancel": lambda s: {"pk": s.expense.pk},
    "jury:question": lambda s: {"pk": s.open_sitting.pk, "number": 1},
    "jury:result": lambda s: {"pk": s.held_sitting.pk},
    "allocation:share": lambda s: {"pk": s.held_sitting.pk},
    "allocation:for_jurors": lambda s: {"pk": s.held_sitting.pk},
    "allocation:run": lambda s: {"pk": s.run.pk},
    "allocation:inputs": lambda s: {"pk": s.run.pk},
    "allocation:result": lambda s: {"pk": s.run.pk},
    "allocation:why": lambda s: {"number": s.judged.number},
    "allocation:why_pdf": lambda s: {"number": s.judged.number},
    **{
        f"jury:{name}": jury
        for name in ("detail", "volunteers", "close_list", "lots", "helper", "languages",
                     "new_sitting")
    },
    **{
        f"jury:{name}": open_sitting
        for name in ("sitting", "present", "open", "close", "minutes", "costs", "cards", "sign",
                     "count", "projects", "links", "news", "receipt", "vote", "urn")
    },
    **{f"jury:{name}": item for name in ("card", "score", "edit_card")},
}  # fmt: skip
NO_PAGE = {
    "jury:vote": "sends on to the first project, or to the links",
    "allocation:inputs": "a file",
    "allocation:result": "a file",
    "allocation:why_pdf": "a file",
}
# Queries of a page, whatever the agenda and the number of jurors (test_query_ceilings.py).
CEILINGS = {
    **dict.fromkeys(OWNED, 25),
    "jury:list": 15,
    "jury:gather": 15,
    "jury:receipt": 15,
    "jury:languages": 15,
    "calls:colleges": 15,
}
