"""What billing is asked: the price of a line, what is left to bill, gaps in the numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.ledger.models import AccountKind
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.models import (
    Document,
    DocumentKind,
    DocumentLine,
    NumberedSeries,
    SelfBillingMandate,
)
from ensemblier.chain.billing.refusals import PriceMissing
from ensemblier.chain.billing.rules import line_cents
from ensemblier.chain.catalogue.models import Basis, Price, Product
from ensemblier.chain.catalogue.queries import price_on
from ensemblier.chain.catalogue.selecting import basis_on
from ensemblier.chain.cofinancing.models import SchemePayer, Share
from ensemblier.chain.distribution.facts import SoldFacts
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.stock.models import Lot, Movement
from ensemblier.engines.law.vat import food


def price_for(
    facts: SoldFacts,
    find: Callable[..., Price | None] = price_on,
    chosen: Callable[..., str] = basis_on,
) -> int:
    """The whole price of a line by the catalogue: under a scheme the cost price, for an
    organisation the wholesale price, then the one its seller chose, and the people's price where
    these are not set. `find`, `chosen`: how they are asked, for whoever asks many."""
    product, day, seller = facts["product"], facts["day"], facts["seller"]
    first = Basis.COST if facts.get("scheme") else Basis.WHOLESALE if facts.get("buyer") else None
    for basis in (first, chosen(seller, product, day), Basis.PERSON):
        price = basis and find(product, basis, day, facts.get("tier", ""), seller)
        if price:
            return line_cents(price.unit_cents, facts["milli"])
    raise PriceMissing(product.name, day)


def reference_prices(
    facts: SoldFacts, find: Callable[..., Price | None] = price_on
) -> dict[str, int]:
    """The cost and producer's prices that a scheme may look at, where nobody typed them."""
    found: dict[str, int] = {}
    if not facts.get("scheme"):
        return found
    typed = {"cost_cents": facts.get("cost_cents"), "producer_cents": facts.get("producer_cents")}
    for name, basis in (("cost_cents", Basis.COST), ("producer_cents", Basis.PRODUCER)):
        if typed[name] is None:
            price = find(facts["product"], basis, facts["day"], "", facts["seller"])
            if price:
                found[name] = line_cents(price.unit_cents, facts["milli"])
    return found


def purchases_of(lot: Lot) -> QuerySet[Movement]:
    """The purchases that brought this lot in, undone ones apart."""
    bought = lot.movements.filter(kind=Movement.Kind.PURCHASE, undoes=None, undone_by=None)
    return bought.filter(value_cents__gt=0).select_related(
        "party", "lot__origin", "target__keeper", "target__chain"
    )


def mandate_on(grower: Organisation, buyer: Organisation, day: date) -> SelfBillingMandate | None:
    """The last one signed: its rate of VAT replaces that of the one before."""
    held = Q(ends__isnull=True) | Q(ends__gte=day)
    rows = SelfBillingMandate.objects.filter(held, grower=grower, buyer=buyer, signed_on__lte=day)
    return rows.order_by("-signed_on", "-pk").first()


def mandated(growers: Collection[Organisation], buyer: Organisation, day: date) -> set[int]:
    """Which of these growers let this buyer write for them that day."""
    held = Q(ends__isnull=True) | Q(ends__gte=day)
    rows = SelfBillingMandate.objects.filter(
        held, grower__in=growers, buyer=buyer, signed_on__lte=day
    )
    return set(rows.values_list("grower", flat=True))


def deliveries_to_bill(chain: Chain, buyer: Organisation, last: date) -> QuerySet[Movement]:
    """Purchases of this buyer up to a day that no invoice holds, its own or the grower's; late ones
    included."""
    rows = Movement.objects.filter(
        lot__chain=chain,
        kind=Movement.Kind.PURCHASE,
        target__keeper=buyer,
        value_cents__gt=0,
        day__lte=last,
        undoes=None,
        undone_by=None,
    )
    rows = rows.exclude(document_lines__kind=DocumentKind.RECEIVED)
    return _not_in(rows, DocumentKind.SELF_BILLED).select_related(
        "lot__product", "lot__origin", "party"
    )


def usual_vat_rate(site: Site, product: Product, day: date) -> int:
    """The rate of a line that says none: that of this seller's last line of this product; without
    any, that of food (CGI, art. 278-0 bis) for a seller who charges VAT on another product, and
    none for one who never did. Never the rate of what another product was sold at."""
    sold = SaleLine.objects.filter(seller=site.keeper, undoes=None, undone_by=None)
    known = sold.filter(product=product).order_by("-pk").values_list("vat_rate", flat=True).first()
    if known is not None:
        return known
    if not sold.filter(vat_rate__gt=0).exists():
        return 0
    at = site.commune or site.keeper.commune
    return food(at.department_id if at else "", day).value


def lines_to_bill(
    chain: Chain, seller: Organisation, buyer: Organisation, last: date
) -> QuerySet[SaleLine]:
    """Lines sold to this buyer up to a day that no invoice holds, undone ones apart. A line of a
    scheme waits until it is shared: its own part is not known before."""
    rows = lines_of_buyers(chain, last).filter(seller=seller, buyer=buyer)
    return rows.select_related("product").annotate(
        own_cents=Sum("shares__cents", filter=Q(shares__payer=None))
    )


def lines_of_buyers(chain: Chain, last: date) -> QuerySet[SaleLine]:
    """Lines sold to any organisation that wait for an invoice."""
    rows = SaleLine.objects.filter(chain=chain, buyer__isnull=False, day__lte=last)
    rows = rows.filter(Q(scheme="") | Q(shared__isnull=False), undoes=None, undone_by=None)
    found: QuerySet[SaleLine] = _not_in(rows, DocumentKind.INVOICE)
    return found


def shares_to_call(payer: SchemePayer, last: date) -> QuerySet[Share]:
    """Parts of this payer up to a day that no call holds; what was undone is called back."""
    rows = Share.objects.filter(payer=payer, line__day__lte=last)
    return _not_in(rows, DocumentKind.FUNDER_CALL, "line__day").select_related(
        "line__product", "line__seller", "version"
    )


def payers_to_call(chain: Chain) -> QuerySet[SchemePayer]:
    """Those whom an organisation stands behind. A structure that bears a part on its own sales is
    asked nothing: it was never paid that part."""
    rows = SchemePayer.objects.filter(scheme__chain=chain, organisation__isnull=False)
    return rows.exclude(account__kind=AccountKind.PAYEE)


def gifts_to_receipt(
    chain: Chain, keeper: Organisation, donor: Organisation, last: date
) -> QuerySet[Movement]:
    """Gifts of this donor up to a day that no tax receipt holds. What was gleaned in its fields is
    one once the farm says what it is worth."""
    given = Q(kind=Movement.Kind.GIFT) | Q(kind=Movement.Kind.GLEANED, value_cents__gt=0)
    rows = Movement.objects.filter(
        given,
        lot__chain=chain,
        target__keeper=keeper,
        party=donor,
        day__lte=last,
        undoes=None,
        undone_by=None,
    )
    return _not_in(rows, DocumentKind.TAX_RECEIPT).select_related("lot__product")


def gifts_undone(
    chain: Chain, keeper: Organisation, donor: Organisation, last: date
) -> QuerySet[Movement]:
    """Opposites, up to a day, of gifts that a tax receipt of this donor holds, on none yet."""
    rows = Movement.objects.filter(
        lot__chain=chain,
        undoes__document_lines__kind=DocumentKind.TAX_RECEIPT,
        undoes__document_lines__document__issuer=keeper,
        undoes__document_lines__document__recipient=donor,
        day__lte=last,
    )
    return _not_in(rows, DocumentKind.TAX_RECEIPT).select_related("lot__product", "undoes")


def goods_to_deliver(
    chain: Chain, keeper: Organisation, party: Organisation, last: date
) -> QuerySet[Movement]:
    """What left this keeper's places for this party up to a day, on no delivery note yet."""
    rows = Movement.objects.filter(
        lot__chain=chain,
        kind__in=[Movement.Kind.SALE, Movement.Kind.HANDED],
        source__keeper=keeper,
        party=party,
        day__lte=last,
        undoes=None,
        undone_by=None,
    )
    return _not_in(rows, DocumentKind.DELIVERY_NOTE).select_related("lot__product")


def keepers_of(chain: Chain) -> QuerySet[Organisation]:
    """The lead, and whoever keeps a place."""
    return Organisation.objects.filter(Q(pk=chain.lead_id) | Q(sites__chain=chain)).distinct()


def parties_of(chain: Chain, **kind: Any) -> QuerySet[Organisation]:
    """Who gave or got goods, in movements of these kinds."""
    moved = Movement.objects.filter(lot__chain=chain, party__isnull=False, **kind).order_by()
    return Organisation.objects.filter(pk__in=moved.values("party"))


def growers_without_mandate(
    chain: Chain, buyer: Organisation, last: date, day: date | None = None
) -> list[Organisation]:
    """Whose deliveries wait for a mandate in force on the day of the documents."""
    growers = growers_to_bill(chain, buyer, last)
    held = mandated(growers, buyer, day or last)
    return [grower for grower in growers if grower.pk not in held]


def sellers_without_mandate(chain: Chain, last: date, day: date) -> list[Organisation]:
    """Whose sales to organisations wait: the lead writes no invoice in their name without a mandate
    (CGI, art. 289, I-2). It needs none to write its own."""
    sellers = lines_of_buyers(chain, last).order_by().values("seller").distinct()
    others = list(Organisation.objects.filter(pk__in=sellers).exclude(pk=chain.lead_id))
    held = mandated(others, chain.lead, day)
    return sorted((row for row in others if row.pk not in held), key=lambda row: row.name)


def growers_to_bill(chain: Chain, buyer: Organisation, last: date) -> list[Organisation]:
    waiting = deliveries_to_bill(chain, buyer, last).order_by()
    return list(
        Organisation.objects.filter(pk__in=waiting.values("party").distinct()).order_by("pk")
    )


def undone_lines(document: Document) -> bool:
    """Something of this invoice was undone since, and no credit note says so; of this tax receipt,
    and no later receipt does."""
    if document.kind == DocumentKind.TAX_RECEIPT:
        gone = document.lines.filter(movement__undone_by__isnull=False)
        told = DocumentLine.objects.filter(kind=document.kind, movement__undoes__isnull=False)
        return gone.exclude(movement__undone_by__in=told.values("movement")).exists()
    if document.kind not in (DocumentKind.INVOICE, DocumentKind.SELF_BILLED):
        return False
    credited = DocumentLine.objects.filter(kind=DocumentKind.CREDIT_NOTE)
    for source in ("sale_line", "movement"):
        told = credited.filter(**{f"{source}__isnull": False}).values(source)
        undone = document.lines.filter(**{f"{source}__undone_by__isnull": False})
        if undone.exclude(**{f"{source}__undone_by__in": told}).exists():
            return True
    return False


def gaps(issuer: Organisation) -> list[str]:
    """Suites of numbers that do not hold one document for each number; nothing when all is well."""
    faults = []
    for series in NumberedSeries.objects.filter(issuer=issuer).exclude(kind="received"):
        found = Document.objects.filter(
            issuer=issuer, seller=series.seller, kind=series.kind, day__year=series.year
        )
        numbers = found.values_list("number", flat=True)
        if sorted(int(n.rsplit("-", 1)[1]) for n in numbers) != list(range(1, series.last + 1)):
            faults.append(f"{series.get_kind_display()} {series.year}")
    return faults


def _not_in(rows: Any, kind: str, day: str = "day") -> Any:
    """Those of the facts that no document of this kind holds, oldest first."""
    return rows.exclude(document_lines__kind=kind).order_by(day, "pk")
