"""What co-financing forgets: what each household used of its caps, once the period is over."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q

from ensemblier.base.journal.retention import Rule, register
from ensemblier.base.pages.formats import in_paris
from ensemblier.chain.cofinancing.models import CapUse
from ensemblier.chain.distribution.models import Card
from ensemblier.engines.months import add_months

# Lines of a period may be entered late: the count waits for them. No line can come any more for a
# card that is erased: its count goes as soon as the period is over.
LATE_MONTHS = 2


def purge_caps(now: datetime) -> int:
    day = in_paris(now).date()
    known = Exists(Card.objects.filter(code=OuterRef("household")))
    late = add_months(day, -LATE_MONTHS)
    return CapUse.objects.filter(_over(late) | (_over(day) & ~known)).delete()[0]


def _over(day: date) -> Q:
    return Q(ends__lt=day) | Q(ends__isnull=True, version__ends__lt=day)


def register_rules() -> None:
    register(
        Rule(
            "cap_uses",
            "Plafonds et crédits utilisés par chaque carte",
            "jusqu'à la fin de la période du plafond si la carte est effacée, sinon 2 mois de plus",
            "RGPD, article 5 : durée nécessaire pour qu'un plafond tienne",
            purge_caps,
        )
    )
