"""A chain lived by its public actions, with what every call repeats said once: who, when, where.

Nothing here decides anything: each method is one public action (or the few that always go
together). Quantities are thousandths of a unit: `kg(30)` is thirty kilos.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from ensemblier.base.chains import actions as chains
from ensemblier.base.chains.models import Site
from ensemblier.base.people import actions as people
from ensemblier.base.people.models import IaeAgreement, Organisation
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities.models import Activity, Participation
from ensemblier.chain.catalogue import actions as catalogue
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.commitments import actions as commitments
from ensemblier.chain.commitments.models import Commitment
from ensemblier.chain.insertion import actions as insertion
from ensemblier.chain.insertion.models import InsertionContract
from tests.factories_people import a_siret
from tests.stories.frame import Figures
from tests.stories.papers import Papers
from tests.stories.sales import Sales

_numbers = count(500_000)  # SIRET apart from those of the factories


def kg(kilos: int) -> int:
    """Kilos, or whole units of anything, as the stock counts them."""
    return kilos * 1000


class Life(Sales, Papers):
    """One chain from the `first` to the `last` day of its figures."""

    def __init__(self, figures: Figures, lead: str, *, kind: str = "association") -> None:
        self.figures = figures
        self.first, self.last = figures.first, figures.last
        number = next(_numbers)
        self.actor = people.open_account(
            email=f"pilote{number}@exemple.fr", name="Pilote", password=None
        )
        self.lead = self.organisation(lead, kind)
        self.chain = chains.open_chain(
            name=figures.title,
            slug=f"fiche-{figures.sheet}-{number}",
            lead=self.lead,
            length="local",
            actor=self.actor,
        )

    def day(self, rank: int) -> date:
        """The day so many days after the first."""
        return self.first + timedelta(days=rank)

    # ---- who and where

    def organisation(
        self, name: str, kind: str = "association", part: str = "", link: str = "", **facts: Any
    ) -> Organisation:
        """An organisation and, with a `part`, a member of the chain. Each registers by itself: one
        account may not register more than ten a day."""
        made = people.create_organisation(
            name=name, kind=kind, actor=None, siret=a_siret(next(_numbers)), **facts
        )
        if part:
            chains.add_member(
                chain=self.chain,
                organisation=made,
                part=part,
                link=link,
                starts=self.first,
                actor=self.actor,
            )
        return made

    def site(self, name: str, kind: str, keeper: Organisation | None = None, **facts: Any) -> Site:
        return chains.add_site(
            chain=self.chain,
            keeper=keeper or self.lead,
            name=name,
            kind=kind,
            actor=self.actor,
            **facts,
        )

    def authorise(self, organisation: Organisation, designated: Sequence[Organisation] = ()) -> Any:
        """An authorisation for food aid over the days of the story."""
        return people.add_food_aid_authorisation(
            organisation=organisation,
            actor=self.actor,
            designated=designated,
            level="national",
            number=f"HAB-{next(_numbers)}",
            starts=self.first - timedelta(days=365),
            ends=self.last + timedelta(days=365),
        )

    def aci(self, organisation: Organisation, kind: str = "aci", **facts: Any) -> IaeAgreement:
        """An agreement for insertion over the years of the story."""
        return people.add_iae_agreement(
            organisation=organisation,
            actor=self.actor,
            kind=kind,
            number=f"{kind.upper()}-{next(_numbers)}",
            starts=date(self.first.year, 1, 1),
            ends=date(self.last.year + 2, 12, 31),
            **facts,
        )

    # ---- products and promises

    def product(self, code: str, name: str, unit: str = "kg", **fields: Any) -> Product:
        facts = {"family": "FRUITS_ET_LEGUMES", "storage": "ambient"} | fields
        return catalogue.add_product(
            chain=self.chain, code=code, name=name, unit=unit, actor=self.actor, **facts
        )

    def price(self, product: Product, basis: str, unit_cents: int, **fields: Any) -> Any:
        facts = {"starts": self.first} | fields
        return catalogue.set_price(
            product=product, basis=basis, unit_cents=unit_cents, actor=self.actor, **facts
        )

    def label(self, product: Product, kind: str = "BIO", **fields: Any) -> Any:
        facts = {"starts": self.first, "certificate": f"{kind}-{next(_numbers)}"} | fields
        return catalogue.add_label(product=product, kind=kind, actor=self.actor, **facts)

    def promise(self, kind: str, product: Product, milli: int, **fields: Any) -> Commitment:
        """A need, a plan, a framework or an order; over the whole story unless told."""
        facts = {"starts": self.first, "ends": self.last, "firmness": "firm"} | fields
        return commitments.promise(
            key=uuid4(),
            chain=self.chain,
            kind=kind,
            product=product,
            milli=milli,
            now=self.at(self.first),
            actor=self.actor,
            **facts,
        )

    # ---- days and people

    def activity(
        self, kind: str, title: str, site: Site, *, day: date, minutes: int = 180, **fields: Any
    ) -> Activity:
        starts = self.at(day)
        facts = {"host": self.lead, "ends_at": starts + timedelta(minutes=minutes)} | fields
        if kind == "gleaning":
            facts = {"agreed_on": self.first, "is_insured": True} | facts
        return activities.plan(
            chain=self.chain,
            kind=kind,
            title=title,
            site=site,
            starts_at=starts,
            actor=self.actor,
            **facts,
        )

    def persons(self, number: int, organisation: Organisation | None = None) -> list[Any]:
        """So many persons under a name of their choice."""
        return [
            activities.add_participant(
                chain=self.chain,
                organisation=organisation or self.lead,
                alias=f"Prénom {rank}",
                actor=self.actor,
            )
            for rank in range(1, number + 1)
        ]

    def take_part(
        self, activity: Activity, persons: Sequence[Any], minutes: int, nature: str = "volunteer"
    ) -> list[Participation]:
        """Each signs up, comes, and stays so many minutes."""
        rows = [self.sign_up(activity, each, nature) for each in persons]
        return [self.minutes(row, minutes) for row in rows]

    def minutes(self, participation: Participation, minutes: int) -> Participation:
        return activities.record_minutes(
            participation=participation,
            minutes=minutes,
            now=participation.activity.ends_at,
            actor=self.actor,
        )

    def sign_up(
        self, activity: Activity, person: Any, nature: str = "volunteer", **fields: Any
    ) -> Participation:
        """With `now`, only while sign-up is open."""
        facts = {"activity": activity, "participant": person, "nature": nature} | fields
        return activities.sign_up(actor=self.actor, **facts)

    def serve(self, activity: Activity, commitment: Commitment) -> Any:
        """This activity serves this promise: an order in its cycle, a call-off on its round."""
        return activities.serve(activity=activity, commitment=commitment, actor=self.actor)

    def move(self, activity: Activity, day: date, reason: str, minutes: int = 180) -> Activity:
        """To another day at the same hour; sign-ups follow."""
        starts = datetime.combine(day, activity.starts_at.timetz())
        return activities.move(
            activity=activity,
            starts_at=starts,
            ends_at=starts + timedelta(minutes=minutes),
            reason=reason,
            actor=self.actor,
        )

    def finish(self, activity: Activity) -> Activity:
        return activities.finish(activity=activity, actor=self.actor)

    # ---- insertion

    def contract(self, agreement: IaeAgreement, participant: Any, **fields: Any) -> Any:
        facts = {"starts": self.first} | fields
        return insertion.open_contract(
            agreement=agreement, participant=participant, actor=self.actor, **facts
        )

    def hours(self, contract: InsertionContract, kind: str, minutes: int, day: date) -> Any:
        return insertion.note_hours(
            contract=contract, kind=kind, minutes=minutes, day=day, **self.said(day)
        )

    def charge(self, agreement: IaeAgreement, month: date, label: str, cents: int) -> Any:
        return insertion.note_charge(
            agreement=agreement, month=month, label=label, cents=cents, **self.said(month)
        )
