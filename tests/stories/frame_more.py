"""A chain of many organisations: a crowd of them is written at once."""

from __future__ import annotations

from itertools import count

from ensemblier.base.people.models import Organisation, OrganisationKind
from tests.factories_people import a_siret
from tests.stories.life import Life

_numbers = count(700_000)  # SIRET apart from those of the frame


class WideLife(Life):
    """As `Life`, with as many organisations as a sheet says."""

    def crowd(
        self, name: str, number: int, kind: str = OrganisationKind.ASSOCIATION
    ) -> list[Organisation]:
        """Hundreds of organisations, straight into their table: registering one by its action takes
        the database some 10 ms, and is proved elsewhere."""
        return Organisation.objects.bulk_create(
            Organisation(name=f"{name} {rank}", kind=kind, siret=a_siret(next(_numbers)))
            for rank in range(1, number + 1)
        )
