"""What distribution forgets: which card a line went to."""

from __future__ import annotations

from datetime import datetime

from ensemblier.base.journal.retention import Rule, register
from ensemblier.base.pages.formats import in_paris
from ensemblier.chain.distribution.actions import erase_ties
from ensemblier.engines.months import months_before

# A year of counts of households for the authorised bodies, and a month to write them.
TIES_MONTHS = 13


def purge_ties(now: datetime) -> int:
    return erase_ties(before=months_before(in_paris(now), TIES_MONTHS).date())


def register_rules() -> None:
    register(
        Rule(
            "sale_line_ties",
            "Liens entre une ligne distribuée et une carte (la carte ne porte aucun nom)",
            "13 mois, puis la ligne reste sans carte et les totaux ne changent pas",
            "RGPD, article 5 : durée nécessaire aux quotas du mois et aux comptes de l'année",
            purge_ties,
        )
    )
