"""The sales of a story: lines, schemes with their payers, cards and rights. One action each."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from django.utils.text import slugify

from ensemblier.base.chains.models import Site
from ensemblier.base.ledger import actions as ledger
from ensemblier.base.ledger.actions import open_account
from ensemblier.base.ledger.models import Account
from ensemblier.base.ledger.queries import balance
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing import actions as billing
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.cofinancing import actions as cofinancing
from ensemblier.chain.cofinancing.models import Scheme
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.models import Card, Entitlement, SaleLine
from ensemblier.chain.stock.models import Lot
from tests.stories.goods import Goods


class Sales(Goods):
    """On the first day of the story unless told."""

    def sell(
        self,
        product: Product,
        site: Site,
        milli: int,
        *,
        lot: Lot | None = None,
        price_cents: int | None = None,
        card: Card | None = None,
        day: date | None = None,
        **facts: Any,
    ) -> SaleLine:
        """One line, sold or handed over, by the place's keeper unless told."""
        return billing.sell(
            lot=lot,
            price_cents=price_cents,
            card=card,
            chain=self.chain,
            site=site,
            product=product,
            milli=milli,
            day=day or self.first,
            **({"seller": site.keeper} | facts),
            **self.said(day),
        )

    def scheme(
        self,
        code: str,
        name: str,
        rule: str,
        payers: dict[str, Organisation],
        *,
        asks_card: bool = False,
        own: Account | None = None,
    ) -> Scheme:
        """A published scheme; each payer has an address, and an account in the books: a new one, or
        `own` for somebody who pays out of what they earn."""
        scheme = cofinancing.create_scheme(
            chain=self.chain, code=code, name=name, asks_card=asks_card, actor=self.actor
        )
        for payer, organisation in payers.items():
            account = own or open_account(
                code=f"payeur-{scheme.pk}-{slugify(payer)}", name=organisation.name, kind="funder"
            )
            cofinancing.name_payer(
                scheme=scheme,
                name=payer,
                account=account,
                organisation=organisation,
                actor=self.actor,
            )
        version = cofinancing.save_draft(scheme=scheme, text=rule, actor=self.actor)
        cofinancing.publish(
            version=version, starts=self.first, now=self.at(self.first), actor=self.actor
        )
        return scheme

    def grant(self, funder: Organisation, to: Organisation, cents: int, reason: str) -> int:
        """A grant paid whole in the books; what its receiver got so far in grants."""
        accounts = [
            open_account(code=f"subventions-{side}-{org.pk}", name=org.name, kind=kind)
            for side, org, kind in (("de", funder, "funder"), ("a", to, "payee"))
        ]
        ledger.transfer(
            key=uuid4(),
            debit=accounts[0],
            credit=accounts[1],
            amount_cents=cents,
            day=self.first,
            reason=reason,
            actor=self.actor,
        )
        return balance(accounts[1]).posted

    def card(self, given_by: Organisation | None = None) -> Card:
        return distribution.give_card(
            chain=self.chain,
            given_by=given_by or self.lead,
            given_on=self.first,
            actor=self.actor,
        )

    def entitle(self, card: Card, scheme: Scheme, **right: Any) -> Entitlement:
        """A right to a scheme, attested by who gave the card; `persons`: of the household."""
        facts = {"starts": self.first, "attested_by": card.given_by} | right
        return cofinancing.entitle(scheme=scheme, card=card, actor=self.actor, **facts)
