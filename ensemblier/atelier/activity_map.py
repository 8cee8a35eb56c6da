"""Figure 1 of the report with the activities of a plan, and the effects that they give."""

from __future__ import annotations

from typing import Any

from ensemblier.base.pages.formats import euros
from ensemblier.engines.budget import RESOURCE
from ensemblier.engines.economics.activities import (
    LENGTHS,
    MAP_LINKS,
    READING,
    SOURCE,
    effects_given,
    map_of,
)
from ensemblier.engines.economics.outcome import Outcome
from ensemblier.engines.economics.sources import LEVERS, said, sources_held
from ensemblier.engines.economics.sources import SOURCE as DRAWING
from ensemblier.engines.economics.terms import LINKS
from ensemblier.fund.applications.report import funders


def context(outcome: Outcome) -> dict[str, Any]:
    """What the page shows: the nine squares, then effect after effect, the least paid first."""
    keys = [volume.activity for volume in outcome.plan.volumes if volume.activity]
    paid = [
        (line.effect, line.payer, sum(line.amounts)) for line in outcome.of(RESOURCE) if line.effect
    ]
    squares = [
        (LENGTHS[length], [by_link[link] for link in MAP_LINKS])
        for length, by_link in map_of(keys).items()
    ]
    given = [
        {
            "label": each.label,
            "activities": each.activities,
            "paid": euros(each.paid_cents) if each.paid_cents else "",
            "paid_by": each.paid_by,
            "could_pay": [funder.name for funder in each.could_pay],
        }
        for each in effects_given(keys, paid, funders())
    ]
    unpaid = sum(1 for each in given if not each["paid"])
    return {
        "links": [LINKS[link] for link in MAP_LINKS],
        "squares": squares,
        "done": len(set(keys)),
        "given": given,
        "unpaid": unpaid,
        "source": SOURCE,
        "reading": READING,
        "sources": sources_held({line.code for line in outcome.of(RESOURCE)}),
        "levers": [(each, said(each.effects)) for each in LEVERS],
        "drawing": DRAWING,
    }
