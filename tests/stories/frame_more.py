"""A chain of many organisations: no daily ceiling stops them, and a crowd is written at once."""

from __future__ import annotations

from itertools import count
from typing import Any

from ensemblier.base.chains import actions as chains
from ensemblier.base.people import actions as people
from ensemblier.base.people.models import Organisation, OrganisationKind
from tests.factories_people import a_siret
from tests.stories.life import Life

_numbers = count(700_000)


class WideLife(Life):
    """As `Life`, with as many organisations as a sheet says: one account may register ten a day."""

    def organisation(
        self, name: str, kind: str = "association", part: str = "", link: str = "", **facts: Any
    ) -> Organisation:
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

    def crowd(self, name: str, number: int, kind: str = OrganisationKind.ASSOCIATION) -> list[Any]:
        """Hundreds of organisations, straight into their table: registering one by its action takes
        the database 30 ms, and is proved elsewhere."""
        return Organisation.objects.bulk_create(
            Organisation(name=f"{name} {rank}", kind=kind, siret=a_siret(next(_numbers)))
            for rank in range(1, number + 1)
        )
