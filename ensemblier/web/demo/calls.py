"""More of the calls for a visitor: a notice on the open one, a national one being written."""

from __future__ import annotations

from datetime import timedelta

from ensemblier.fund.calls import actions as calls
from ensemblier.fund.calls.defaults import template
from ensemblier.fund.calls.models import Call
from ensemblier.fund.calls.notices import publish_notice
from ensemblier.fund.programme.models import Programme
from ensemblier.web.demo.people import Cast
from ensemblier.web.demo.plan import CALL_YEARS, Clock

NOTICE = (
    "Démonstration : plusieurs personnes ont demandé si un RIB au nom d'un établissement suffit. "
    "Oui, s'il porte le nom de l'association. Les règles de l'appel ne changent pas."
)


def more_calls(programme: Programme, cast: Cast, clock: Clock, call: Call) -> Call:
    """A notice about the open call, and the draft of a call of the national strand."""
    actor = cast["programme"]
    publish_notice(actor=actor, call=call, text=NOTICE, now=clock.ago(14))
    model = template("national")
    opens_at = clock.ago(-30, 8)
    draft = calls.create_call(
        actor=actor,
        programme=programme,
        owner=cast.organisations["dgcs"],
        title=f"{model.title} (en cours d'écriture)",
        kind_template=model.key,
        strand=model.strand,
        description=model.description,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=model.days_open),
        first_year=clock.year + 1,
        last_year=clock.year + CALL_YEARS,
        max_rate_bp=model.max_rate_bp,
        envelopes=programme.envelopes.filter(strand=model.strand),
    )
    calls.apply_default_grid(call=draft, actor=actor)
    return draft
