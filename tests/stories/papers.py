"""What partners and funders of a story get: its documents, its reports, and the books proved."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing import actions as billing
from ensemblier.chain.billing import documents, posting, queries
from ensemblier.chain.billing.models import Document
from ensemblier.chain.cofinancing.models import Scheme
from ensemblier.chain.stock.models import StockLevel
from ensemblier.reports import actions as reports
from ensemblier.reports.models import ReportKind


class Papers:
    """The papers of the days from `first` to `last`, written the day after the last one."""

    chain: Chain
    lead: Organisation
    actor: Any
    first: date
    last: date

    def call(self, scheme: Scheme, payer: str, **fields: Any) -> Document:
        """The call of a payer of a scheme."""
        return documents.funder_call(payer=scheme.payers.get(name=payer), **self._asked(fields))

    def invoice(self, buyer: Organisation, **fields: Any) -> Document:
        facts = {"seller": self.lead} | fields
        return documents.invoice(chain=self.chain, buyer=buyer, **self._asked(facts))

    def mandate(self, grower: Organisation, buyer: Organisation | None = None) -> Any:
        return billing.sign_mandate(
            grower=grower, buyer=buyer or self.lead, signed_on=self.first, actor=self.actor
        )

    def self_bill(self, grower: Organisation, **fields: Any) -> Document:
        facts = {"buyer": self.lead} | fields
        return documents.self_bill(chain=self.chain, grower=grower, **self._asked(facts))

    def self_bill_month(self, **fields: Any) -> list[Document]:
        facts = {"buyer": self.lead} | fields
        return documents.self_bill_month(chain=self.chain, **self._asked(facts))

    def delivery_note(self, party: Organisation, **fields: Any) -> Document:
        facts = {"keeper": self.lead} | fields
        return documents.delivery_note(chain=self.chain, party=party, **self._asked(facts))

    def tax_receipt(self, donor: Organisation, **fields: Any) -> Document:
        facts = {"keeper": self.lead} | fields
        return documents.tax_receipt(chain=self.chain, donor=donor, **self._asked(facts))

    def close(self) -> None:
        """The days of the story are over: their figures do not move any more."""
        reports.close_period(
            chain=self.chain, last_day=self.last, actor=self.actor, now=self.afterwards
        )

    def report(self, recipient: Organisation) -> dict[str, Any]:
        """What a funder is told of each part it pays."""
        sent = reports.send_funder_report(recipient=recipient, **self._told())
        return sent.content

    def activity_figures(self, recipient: Organisation) -> dict[str, Any]:
        return self._figures(ReportKind.ACTIVITY, recipient)

    def quality_figures(self, recipient: Organisation) -> dict[str, Any]:
        return self._figures(ReportKind.QUALITY, recipient)

    def prove(self) -> None:
        """The books, the stock and the shares hold together, and no number is missing."""
        faults = verify().faults
        assert not faults, faults
        assert not queries.gaps(self.lead)

    def left(self) -> int:
        """Thousandths of a unit that no place gave, sold or lost yet."""
        return sum(StockLevel.objects.filter(lot__chain=self.chain).values_list("milli", flat=True))

    def till(self, site: Site) -> int:
        """Cents that people paid at a place."""
        return -balance(posting.till_account(site)).posted

    def owed(self, grower: Organisation) -> int:
        """Cents that the books owe a grower."""
        return balance(posting.grower_account(self.chain, grower)).posted

    @property
    def afterwards(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(9), UTC)

    def _figures(self, kind: str, recipient: Organisation) -> dict[str, Any]:
        sent = reports.send_figures(kind=kind, recipient=recipient, **self._told())
        return sent.content

    def _told(self) -> dict[str, Any]:
        return {
            "key": uuid4(),
            "chain": self.chain,
            "first_day": self.first,
            "last_day": self.last,
            "now": self.afterwards,
            "actor": self.actor,
        }

    def _asked(self, facts: dict[str, Any]) -> Any:
        asked = {
            "key": uuid4(),
            "first": self.first,
            "last": self.last,
            "day": self.last,
            "now": self.afterwards,
            "actor": self.actor,
        }
        return asked | facts
