"""All that a chain wrote, row by row and in words: what two lives of a story are compared by.

No number of a row and no key is in it, so that the same figures always leave the same trace.
"""

from __future__ import annotations

from django.db.models import QuerySet

from ensemblier.base.chains.models import Chain
from ensemblier.chain.activities.models import Activity, Participation
from ensemblier.chain.billing.models import Document
from ensemblier.chain.catalogue.models import Price, Product
from ensemblier.chain.cofinancing.models import EnvelopeLeft, SchemeVersion, Share
from ensemblier.chain.commitments.models import Commitment
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.insertion.models import (
    ActivityCharge,
    HourEntry,
    InsertionContract,
    OutsideSale,
)
from ensemblier.chain.stock.models import Lot, Movement, Processing


def trace(chain: Chain) -> list[str]:
    """Goods, promises, hours, sales, parts, papers and prices of a chain, each row as a text."""
    work = {"agreement__contracts__participant__chain": chain}
    return [
        *rows(Movement.objects.filter(lot__chain=chain), "kind milli grams value_cents day"),
        *rows(Lot.objects.filter(chain=chain), "made_on use_by best_before legal_status"),
        *rows(Processing.objects.filter(activity__chain=chain), "lost_grams day"),
        *rows(
            Commitment.objects.filter(chain=chain),
            "kind milli unit_cents starts ends state is_prepaid revision",
        ),
        *rows(
            Activity.objects.filter(chain=chain),
            "kind starts_at ends_at opens_at closes_at places state",
        ),
        *rows(Participation.objects.filter(activity__chain=chain), "nature minutes"),
        *rows(
            InsertionContract.objects.filter(participant__chain=chain),
            "weekly_minutes training_share starts ends",
        ),
        *rows(HourEntry.objects.filter(contract__participant__chain=chain), "kind minutes day"),
        *rows(ActivityCharge.objects.filter(**work).distinct(), "label cents"),
        *rows(OutsideSale.objects.filter(**work).distinct(), "label cents day"),
        *rows(
            SaleLine.objects.filter(chain=chain),
            "milli price_cents cost_cents producer_cents extra_cents vat_rate day labels",
        ),
        *rows(Share.objects.filter(line__chain=chain), "payer__name step cents reason"),
        *rows(SchemeVersion.objects.filter(scheme__chain=chain), "text"),
        *rows(EnvelopeLeft.objects.filter(version__scheme__chain=chain), "payer cents"),
        *rows(Document.objects.filter(chain=chain), "kind net_cents vat_cents total_cents"),
        *rows(Product.objects.filter(chain=chain), "name unit_grams is_offered"),
        *rows(Price.objects.filter(product__chain=chain), "basis unit_cents starts"),
    ]


def rows(found: QuerySet, fields: str) -> list[str]:
    name = found.model.__name__
    values = found.order_by("pk").values_list(*fields.split())
    return [f"{name}: {' '.join(map(str, row))}" for row in values]
