"""Two scenarios of the call, side by side, and one file held for a notice: examples to click."""

from __future__ import annotations

from ensemblier.fund.calls.models import Call
from ensemblier.fund.decisions import contradictory, sharing
from ensemblier.fund.decisions.models import Decision
from ensemblier.web.demo.people import Cast
from ensemblier.web.demo.plan import Clock

RULES = (
    ("Les mieux notés d'abord", {"kind": "rank"}),
    ("La même part pour tous", {"kind": "rate"}),
)


def scenarios(call: Call, cast: Cast, clock: Clock) -> None:
    """What the officer compares before anything is decided."""
    for name, rule in RULES:
        sharing.write(call=call, name=name, rule=rule, actor=cast["programme"], now=clock.ago(2))


def notice(cast: Cast, clock: Clock) -> None:
    """A refused organisation is asked for its observations: the page can be answered."""
    decision = (
        Decision.objects.filter(outcome="refused")
        .select_related("application__organisation", "application__department", "application__call")
        .first()
    )
    if decision is None:
        return
    contradictory.send_notice(
        application=decision.application,
        about=f"decision:{decision.pk}",
        title="Un point du dossier à éclaircir",
        grounds=(
            "Le budget déposé et les comptes joints ne donnent pas le même montant de ventes. "
            "Avant tout échange sur une nouvelle demande, le service vous demande vos "
            "observations. Demande d'exemple."
        ),
        due_on=clock.day(-15),
        actor=cast["programme"],
        now=clock.ago(1),
    )
