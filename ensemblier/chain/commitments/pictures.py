"""What is called off under a promise and what is left, as one bar."""

from __future__ import annotations

from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.pages.formats import quantity
from ensemblier.chain.commitments.models import Commitment
from ensemblier.chain.commitments.rules import Calls

# A need is answered; anything else is called off.
WORDS = {
    Commitment.Kind.NEED: ("Reçu", "Promis, à venir", "Il manque"),
    "": ("Livré", "Appelé, à venir", "Reste à appeler"),
}


def calls(promise: Commitment, found: Calls) -> StackedBar | None:
    """None when nothing is ever called off under it: an order, a subscription."""
    called = found.kept + found.coming
    if not called and promise.kind in (Commitment.Kind.ORDER, Commitment.Kind.SUBSCRIPTION):
        return None
    unit = promise.product.get_unit_display()
    kept, coming, left = WORDS.get(promise.kind, WORDS[""])
    whole, done = quantity(promise.milli, unit), quantity(called, unit)
    over = called - promise.milli
    if promise.kind == Commitment.Kind.NEED:
        start, lacks = f"Pour un besoin de {whole}, les promesses font {done}", "il manque"
    else:
        start, lacks = f"Sur {whole} promis, la part appelée est de {done}", "il reste"
    end = f"{lacks} {quantity(found.left, unit)}"
    if over >= 0:
        end = f"c'est {quantity(over, unit)} de plus" if over else "le compte y est"
    return StackedBar(
        parts=[
            Part(kept, found.kept, "leaf"),
            Part(coming, found.coming, "honey"),
            Part(left, found.left, "slate"),
        ],
        sentence=f"{start} ; {end}.",
        unit=unit,
        in_milli=True,
    )
