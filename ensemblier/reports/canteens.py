"""Rows of ma-cantine for a canteen that buys from a chain: what it declares as bought."""

from __future__ import annotations

from datetime import date

from ensemblier.base.chains.models import Chain
from ensemblier.base.people.models import Organisation, OrganisationKind
from ensemblier.chain.billing.rules import vat_rows
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.reports.figures import decimal, yes


def rows_for(
    chain: Chain, buyer: Organisation, first: date, last: date, *, local: str = "DEPARTEMENT"
) -> list[dict[str, str]]:
    """The lines this organisation bought, whole price without tax, in the twelve columns.

    Short chain: the food comes from a farm, and the seller is the only one between. Local: that
    farm sits in the department of the canteen's seat (`local` names the chain's definition).
    """
    lines = SaleLine.objects.filter(
        chain=chain, buyer=buyer, day__range=(first, last), undoes=None, undone_by=None
    )
    lines = lines.filter(price_cents__gt=0).select_related(
        "product", "seller", "movement__lot__origin__commune"
    )
    return [_row(line, buyer, local) for line in lines.order_by("day", "pk")]


def _row(line: SaleLine, buyer: Organisation, local: str) -> dict[str, str]:
    origin = line.movement.lot.origin if line.movement else line.seller
    at, seat = buyer.commune, origin.commune
    near = bool(at and seat and at.department_id == seat.department_id)
    (price,) = vat_rows([(line.vat_rate, line.price_cents)])
    labels = [kind for kind in line.labels.split(";") if kind and kind != "NIVEAU_2"]
    return {
        "siret": buyer.siret,
        "description": line.product.name,
        "fournisseur": line.seller.name,
        "date": line.day.isoformat(),
        "prix_ht": decimal(price.net_cents),
        "famille_produits": line.product.family,
        "categories_egalim": ",".join(labels),
        "origine": "FRANCE" if seat else "",
        "est_circuit_court": yes(origin.kind == OrganisationKind.FARM),
        "est_local": yes(near),
        "definition_local": local if near else "",
        "definition_local_km": "",
    }
