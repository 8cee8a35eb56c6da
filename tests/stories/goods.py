"""The goods of a story: what comes in, moves, goes out, is lost or processed. One action each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import Organisation
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.stock import actions as stock
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.models import Lot, Movement


class Goods:
    """On the first day of the story unless told."""

    chain: Chain
    lead: Organisation
    actor: Any
    first: date
    last: date

    def at(self, day: date, hour: int = 9) -> datetime:
        return datetime.combine(day, time(hour), UTC)

    def receive(
        self,
        kind: str,
        product: Product,
        site: Site,
        milli: int,
        *,
        origin: Organisation | None = None,
        day: date | None = None,
        **fields: Any,
    ) -> Lot:
        """What came in, as one lot: a purchase, a gift, a harvest, a gleaning."""
        day = day or self.first
        return stock.receive(
            chain=self.chain,
            product=product,
            site=site,
            kind=kind,
            origin=origin or self.lead,
            milli=milli,
            day=day,
            **self.said(day),
            **fields,
        ).lot

    def carry(
        self, lot: Lot, source: Site, target: Site, milli: int, day: date | None = None, **more: Any
    ) -> Movement:
        facts = {"lot": lot, "source": source, "target": target, "milli": milli} | more
        return stock.transport(day=day or self.first, **facts, **self.said(day))

    def hand_over(
        self, lot: Lot, site: Site, milli: int, party: Organisation | None, **fields: Any
    ) -> Movement:
        """For nothing, to an organisation or to those who are there."""
        return self.take_out("handed", lot, site, milli, party=party, **fields)

    def take_out(
        self, kind: str, lot: Lot, site: Site, milli: int, day: date | None = None, **fields: Any
    ) -> Movement:
        return stock.take_out(
            kind=kind,
            lot=lot,
            site=site,
            milli=milli,
            day=day or self.first,
            **fields,
            **self.said(day),
        )

    def lose(
        self, lot: Lot, site: Site, milli: int, reason: str, day: date | None = None, **more: Any
    ) -> Movement:
        facts = {"lot": lot, "site": site, "milli": milli, "reason": reason} | more
        return stock.lose(day=day or self.first, **facts, **self.said(day))

    def process(
        self,
        activity: Activity,
        inputs: Sequence[tuple[Lot, int]],
        outputs: Sequence[Output],
        lost_grams: int = 0,
        **fields: Any,
    ) -> list[Lot]:
        """What a workshop used, made and lost, on the day of the activity."""
        day = activity.starts_at.date()
        return stock.process(
            activity=activity,
            site=activity.site,
            inputs=inputs,
            outputs=outputs,
            lost_grams=lost_grams,
            day=day,
            **self.said(day),
            **fields,
        )

    def said(self, day: date | None = None) -> dict[str, Any]:
        """A key of its own, when, and who."""
        return {"key": uuid4(), "now": self.at(day or self.first), "actor": self.actor}
