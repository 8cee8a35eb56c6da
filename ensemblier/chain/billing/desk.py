"""What the desk of a place shows: lots that may be sold and why the others may not, and its day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import F, QuerySet

from ensemblier.base.chains.models import Site
from ensemblier.base.pages.cells import decimal
from ensemblier.base.pages.charts import KINDS, Part, StackedBar
from ensemblier.base.pages.formats import day as said_day
from ensemblier.base.pages.formats import euros, in_paris, quantity
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.rules import line_cents
from ensemblier.chain.catalogue.models import Basis, Selection
from ensemblier.chain.catalogue.selecting import prices_on, selections_on
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.stock.exports import units
from ensemblier.chain.stock.listing import Hold, holds
from ensemblier.chain.stock.models import Lot, LotMark

PERSON, BUYER, WAITING = "Personnes", "Organisations, à facturer", "Pas encore partagé"
SOMEBODY = "La personne"
COLUMNS = (
    "jour",
    "heure",
    "lieu",
    "produit",
    "lot",
    "quantité",
    "unité",
    "prix",
    "part des personnes",
    "part des financeurs",
    "dispositif",
    "annule une ligne",
    "acheteur",
    "part de l'acheteur",
    "TVA comprise en %",
)


@dataclass(frozen=True)
class Counter:
    """The lots of a place: those in the list, and those kept out with their reason."""

    sellable: list[tuple[Lot, str]]
    held_back: list[tuple[Lot, str]]


def counter(site: Site, scheme: str, day: date) -> Counter:
    """What is left at this place, the first date first, each with its price of the day."""
    levels = site.levels.filter(milli__gt=0).select_related("lot__product")
    dates = [F(f"lot__{name}").asc(nulls_last=True) for name in ("use_by", "best_before")]
    left = {level.lot: level.milli for level in levels.order_by(*dates, "lot_id")}
    held = holds([lot.pk for lot in left])
    products = {lot.product_id for lot in left}
    chosen = selections_on(site.keeper, products, day)
    costs = unit_prices(products, scheme, site.keeper, day, chosen)
    sellable, held_back = [], []
    for lot, milli in left.items():
        choice = chosen.get(lot.product_id)
        if choice is not None and not choice.is_offered:
            held_back.append((lot, f"{site.keeper.name} ne le propose pas"))
        elif reason := why_not(lot, held.get(lot.pk), day):
            held_back.append((lot, reason))
        else:
            sellable.append((lot, label(lot, milli, costs.get(lot.product_id))))
    return Counter(sellable, held_back)


def why_not(lot: Lot, hold: Hold | None, day: date) -> str:
    """Why this lot is not in the list, "" when it is."""
    if hold:
        what = "rappelé" if hold[0] == LotMark.Kind.RECALL else "en quarantaine"
        through = "" if hold[2] == lot.number else f" par le lot {hold[2]}"
        return f"{what}{through} : {hold[1]}"
    if lot.use_by is not None and lot.use_by < day:
        return f"sa DLC est passée depuis le {said_day(lot.use_by)}"
    return ""


def label(lot: Lot, milli: int, unit_cents: int | None) -> str:
    """One line of the list: what, how much is left, at which price."""
    unit = lot.product.get_unit_display()
    price = "sans tarif" if unit_cents is None else f"{euros(unit_cents)} / {unit}"
    if lot.is_gift_only:
        price = "à donner seulement"
    return f"{lot.product} : {price} (lot {lot.number}, reste {quantity(milli, unit)})"


def unit_prices(
    products: Collection[int],
    scheme: str,
    seller: Organisation,
    day: date,
    chosen: Mapping[int, Selection] | None = None,
) -> dict[int, int]:
    """The price of one unit of each product, as `queries.price_for` would choose it."""
    found: dict[int, int] = {}
    for product, prices in prices_on(seller, products, day).items():
        choice = (chosen or {}).get(product)
        bases = [Basis.COST] if scheme else []
        for basis in (*bases, choice.basis if choice else "", Basis.PERSON):
            if basis in prices:
                found[product] = line_cents(prices[basis], 1000)
                break
    return found


@dataclass(frozen=True)
class DayLine:
    """A line with who pays it: below zero when it undoes another. `person` is the part of who gets
    the goods, a household or an organisation. Who pays a line that `waits` is known once it is
    shared, at the month's end."""

    line: SaleLine
    price: int
    person: int
    waits: bool = False

    @property
    def funders(self) -> int:
        return 0 if self.waits else self.price - self.person


@dataclass(frozen=True)
class Day:
    """The totals of a day, each payer apart, and what waits to be shared between them."""

    count: int
    price: int
    person: int
    buyers: int
    waiting: int
    payers: dict[str, int]

    @property
    def own(self) -> int:
        """What is paid by those who get the goods."""
        return self.person + self.buyers

    @property
    def funders(self) -> int:
        return self.price - self.own - self.waiting

    def chart(self) -> StackedBar | None:
        """Who paid the day; nothing to draw when an undoing makes a part negative."""
        parts = {PERSON: self.person}
        parts |= {BUYER: self.buyers} if self.buyers else {}
        parts |= self.payers
        parts |= {WAITING: self.waiting} if self.waiting else {}
        if not self.price or min(parts.values()) < 0:
            return None
        kinds = (*KINDS, *KINDS)
        drawn = [
            Part(name, cents, kinds[rank % len(kinds)])
            for rank, (name, cents) in enumerate(parts.items())
        ]
        return StackedBar(drawn, "Qui a payé ce jour-là.")


def totals(lines: QuerySet[SaleLine]) -> Day:
    """Everything of these lines, undoings against their own day, as in the till. What an
    organisation bought is not in the till: it waits for its invoice."""
    rows = list(lines.values_list("pk", "price_cents", "scheme", "undoes", "buyer"))
    signed = {pk: -cents if undoes else cents for pk, cents, _, undoes, _ in rows}
    bought = {pk for pk, *_, buyer in rows if buyer}
    own = {pk: signed[pk] for pk, _, scheme, *_ in rows if not scheme}
    payers: dict[str, int] = defaultdict(int)
    shared = set()
    shares = Share.objects.filter(line__in=lines.values("pk")).order_by("payer__name")
    for pk, name, cents in shares.values_list("line", "payer__name", "cents"):
        shared.add(pk)
        if name is None:
            own[pk] = own.get(pk, 0) + cents
        else:
            payers[name] += cents
    waiting = sum(signed[pk] for pk, _, scheme, *_ in rows if scheme and pk not in shared)
    buyers = sum(cents for pk, cents in own.items() if pk in bought)
    person = sum(own.values()) - buyers
    return Day(len(rows), sum(signed.values()), person, buyers, waiting, dict(payers))


def day_lines(lines: Iterable[SaleLine]) -> list[DayLine]:
    """The lines of a page with the person's part of each, in one query more."""
    shown = list(lines)
    person: dict[int, int] = {}
    shares = Share.objects.filter(line__in=[line.pk for line in shown])
    for pk, payer, cents in shares.values_list("line", "payer", "cents"):
        person[pk] = person.get(pk, 0) + (0 if payer else cents)
    found = []
    for line in shown:
        price = -line.price_cents if line.undoes_id else line.price_cents
        part = person.get(line.pk, 0) if line.scheme else price
        found.append(DayLine(line, price, part, waits(line, line.pk in person)))
    return found


def waits(line: SaleLine, shared: bool) -> bool:
    """A line of a scheme without a part: a price that is not nothing has one once it is shared."""
    return bool(line.scheme and line.price_cents) and not shared


def of_day(lines: QuerySet[SaleLine], day: date, site: int | None) -> QuerySet[SaleLine]:
    rows = lines.filter(day=day).select_related(
        "product", "site", "buyer", "movement__lot", "undone_by"
    )
    return (rows.filter(site_id=site) if site else rows).order_by("pk")


def table(lines: QuerySet[SaleLine]) -> Iterator[list[str | int | date | None]]:
    for row in day_lines(lines):
        line = row.line
        own = "" if row.waits else decimal(row.person, 2)
        yield [
            line.day,
            f"{in_paris(line.created_at):%H:%M}",
            line.site.name,
            line.product.name,
            line.movement.lot.number if line.movement else "",
            units(line.milli),
            line.product.get_unit_display(),
            decimal(row.price, 2),
            "" if line.buyer else own,
            "" if row.waits else decimal(row.funders, 2),
            line.scheme,
            "oui" if line.undoes_id else "",
            line.buyer.name if line.buyer else "",
            own if line.buyer else "",
            decimal(line.vat_rate, 2) if line.vat_rate else "",
        ]


@dataclass(frozen=True)
class Paid:
    """One part of a line: who, how much, why."""

    name: str
    cents: int
    reason: str
    kind: str = ""  # its colour in the bar


def paid(line: SaleLine) -> list[Paid]:
    """Who pays what of a line, the person first."""
    buyer = line.buyer.name if line.buyer else SOMEBODY
    if not line.scheme:
        return [Paid(buyer, line.price_cents, "vente hors dispositif")] if line.price_cents else []
    shares = line.shares.select_related("payer").order_by("rank")
    parts = [Paid(s.payer.name if s.payer else buyer, abs(s.cents), s.reason) for s in shares]
    parts.sort(key=lambda part: part.name != buyer)
    return [replace(part, kind=KINDS[rank % len(KINDS)]) for rank, part in enumerate(parts)]


def bar(parts: list[Paid]) -> StackedBar | None:
    if len(parts) < 2:
        return None
    drawn = [Part(part.name, part.cents, part.kind) for part in parts]
    return StackedBar(drawn, "Qui paie quoi sur cette ligne.")
