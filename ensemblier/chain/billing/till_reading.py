"""A till's file of lines: its columns, and each cell that cannot be, at its line and column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError

from ensemblier.base.chains.closing import closed_until
from ensemblier.base.chains.loading import organisations_of
from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.pages.formats import day as said_day
from ensemblier.base.pages.forms import DayField, EurosField, QuantityField, shorten
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing.queries import price_for, reference_prices
from ensemblier.chain.billing.till_buyers import bare, named, rate_of, the_one
from ensemblier.chain.catalogue.models import Price, Product, Selection
from ensemblier.chain.catalogue.queries import labels_on, price_on
from ensemblier.chain.catalogue.selecting import selections_on
from ensemblier.chain.cofinancing.models import Scheme
from ensemblier.chain.cofinancing.queries import version_on
from ensemblier.chain.distribution.models import Card, Entitlement
from ensemblier.chain.distribution.queries import right_on

# name in the file -> (must be there, what it holds)
COLUMNS: dict[str, tuple[bool, str]] = {
    "date": (True, "le jour de la vente : 31/03/2027 ou 2027-03-31"),
    "lieu": (False, "le nom du lieu ; facultatif si la filière n'en a qu'un"),
    "produit": (True, "le code ou le nom du produit, comme au catalogue"),
    "quantite": (True, "dans l'unité du produit : 1 ou 0,750"),
    "prix": (False, "le prix de toute la ligne, en euros ; vide : le tarif du jour"),
    "dispositif": (False, "le code du dispositif ; vide : la personne paie tout"),
    "carte": (False, "le numéro de la carte, si le dispositif en demande une"),
    "tranche": (False, "la tranche du barème, sans carte"),
    "taille": (False, "la taille du foyer dans le barème, sans carte"),
    "acheteur": (
        False,
        "l'organisation qui achète, membre de la filière : son SIRET ou son nom ; vide : une "
        "personne",
    ),
    "tva": (False, "le taux de TVA compris dans le prix : 5,5, 10 ou 20 ; vide : pas de TVA"),
    "ligne": (False, "le numéro de la ligne à la caisse : donnée deux fois, elle compte une fois"),
}
DAY = DayField()
QUANTITY = QuantityField(min_milli=1)
EUROS = EurosField(min_cents=0, required=False)
FORMULAS = ("=", "@")
# As long as the table of lines keeps them.
LONGEST = {"tranche": 20, "taille": 10}
HOUSEHOLD = ("carte", "tranche", "taille")


class Fault(NamedTuple):
    """What is wrong in one cell of the file, and what to do. Lines are numbered as a spreadsheet
    does, the heading first."""

    line: int
    column: str
    said: str


class Who(NamedTuple):
    """To whom a line goes: the number of a card, the tier and the size of its household; or an
    organisation."""

    card: int | None
    tier: str
    size: str
    buyer: Organisation | None = None


@dataclass
class Row:
    """One line that can be, as plain values."""

    line: int
    key: str
    day: str
    site: int
    product: int
    milli: int
    price_cents: int
    cost_cents: int | None
    producer_cents: int | None
    scheme: str
    card: int | None
    tier: str
    size: str
    labels: str
    # Files read before these columns say nothing of them.
    buyer: int | None = None
    vat_rate: int = 0


@dataclass
class Known:
    """What a chain has, read once: its places, products, schemes, cards, prices."""

    chain: Chain
    today: date
    sha256: str
    sites: dict[str, Site] = field(init=False)
    products: dict[str, Product] = field(init=False)
    schemes: dict[str, Scheme] = field(init=False)
    cards: dict[str, Card] = field(init=False)
    closed: date | None = field(init=False)

    def __post_init__(self) -> None:
        chain = self.chain
        self.sites = {bare(row.name): row for row in chain.sites.select_related("keeper", "chain")}
        rows = list(chain.products.all())
        self.products = {bare(row.name): row for row in rows} | {bare(r.code): r for r in rows}
        self.schemes = {bare(row.code): row for row in chain.schemes.all()}
        self.cards = {row.number: row for row in Card.objects.filter(chain=chain)}
        self.closed = closed_until(chain)
        self._kept: dict[Any, Any] = {}

    def once(self, *asked: Any, of: Callable[[], Any]) -> Any:
        """The same question is asked of the database once."""
        if asked not in self._kept:
            self._kept[asked] = of()
        return self._kept[asked]

    def price(self, product: Product, basis: Any, day: date, *more: Any) -> Price | None:
        found: Price | None = self.once(
            "price", product.pk, basis, day, *more, of=lambda: price_on(product, basis, day, *more)
        )
        return found

    def selection(self, seller: Any, product: Product, day: date) -> Selection | None:
        found: Selection | None = self.once(
            "selection",
            seller.pk,
            product.pk,
            day,
            of=lambda: selections_on(seller, [product.pk], day).get(product.pk),
        )
        return found

    def basis(self, seller: Any, product: Product, day: date) -> str:
        row = self.selection(seller, product, day)
        return row.basis if row else ""

    def members(self, day: date) -> dict[str, list[Organisation]]:
        """Those of that day by their SIRET and by their name, which several may bear."""
        found: dict[str, list[Organisation]] = self.once(
            "members", day, of=lambda: named(organisations_of(self.chain, day))
        )
        return found


def missing_columns(heading: Sequence[str]) -> list[str]:
    heads = {bare(head) for head in heading}
    return [name for name, (needed, _) in COLUMNS.items() if needed and name not in heads]


def read_rows(
    heading: Sequence[str], rows: Sequence[Sequence[str]], known: Known
) -> tuple[list[Row], list[Fault]]:
    """Each line that can be, and every fault of the others."""
    places = {bare(head): place for place, head in enumerate(heading)}
    found, faults, seen = [], [], Counter[str]()
    for number, cells in enumerate(rows, 2):
        told = {name: cells[places[name]].strip() if name in places else "" for name in COLUMNS}
        if not any(told.values()):
            continue
        reader = _Line(number, told, known, seen)
        if row := reader.read():
            found.append(row)
        faults += reader.faults
    return found, faults


class _Line:
    """One line of the file being read: each cell says what is wrong with it."""

    def __init__(self, number: int, told: dict[str, str], known: Known, seen: Counter[str]) -> None:
        self.number, self.told, self.known, self.seen = number, told, known, seen
        self.faults: list[Fault] = []

    def read(self) -> Row | None:
        for name, text in self.told.items():
            if text.startswith(FORMULAS):
                self._fault(name, "une formule n'est pas lue : collez sa valeur")
        if self.faults:
            return None
        day, site, product = self._day(), self._site(), self._product()
        milli = self._number("quantite", QUANTITY)
        typed = self._number("prix", EUROS)
        scheme = self._scheme(day)
        buyer, vat_rate = self._buyer(site, scheme, day, typed), self._vat_rate()
        who = self._who(scheme, day)._replace(buyer=buyer)
        if self.faults or day is None or site is None or product is None or milli is None:
            return None
        row = self._row(day, site, product, milli, typed, scheme, who)
        return row and replace(row, vat_rate=vat_rate)

    def _row(
        self,
        day: date,
        site: Site,
        product: Product,
        milli: int,
        typed: int | None,
        scheme: Scheme | None,
        who: Who,
    ) -> Row | None:
        facts: Any = {
            "product": product,
            "day": day,
            "seller": site.keeper,
            "milli": milli,
            "scheme": scheme.code if scheme else "",
            "tier": who.tier,
            "buyer": who.buyer,
        }
        chosen = self.known.selection(site.keeper, product, day)
        if chosen is not None and not chosen.is_offered:
            self._fault("produit", f"{site.keeper.name} ne le propose pas ce jour-là")
            return None
        try:
            price = price_for(facts, self.known.price, self.known.basis) if typed is None else typed
        except Refusal as refusal:
            self._fault("prix", refusal.message)
            return None
        other = reference_prices(facts, self.known.price)
        labels = self.known.once(
            "labels", product.pk, day, of=lambda: labels_on(product, day, None)
        )
        return Row(
            self.number,
            str(self._key(site)),
            day.isoformat(),
            site.pk,
            product.pk,
            milli,
            price,
            other.get("cost_cents"),
            other.get("producer_cents"),
            facts["scheme"],
            who.card,
            who.tier,
            who.size,
            ";".join(labels),
            who.buyer.pk if who.buyer else None,
        )

    def _key(self, site: Site) -> UUID:
        """The till's own number for the line holds whatever file it comes in; without one, two
        lines that say the same in one file are two, and no other file is looked at."""
        chain = self.known.chain
        if self.told["ligne"]:
            mark = f"till:{chain.pk}:{site.pk}:{self.told['ligne']}"
            self.seen[mark] += 1
            if self.seen[mark] > 1:
                self._fault("ligne", "ce numéro est déjà sur une autre ligne du fichier")
        else:
            mark = f"till:{chain.pk}:{self.known.sha256}:{self.number}"
        return uuid5(chain_space(chain), mark)

    def _day(self) -> date | None:
        day: date | None = self._number("date", DAY)
        if day is None:
            return None
        if day > self.known.today:
            self._fault("date", "ce jour n'est pas encore venu")
        closed = self.known.closed
        if closed is not None and day <= closed:
            self._fault(
                "date",
                f"les jours jusqu'au {said_day(closed)} sont clos : datez cette vente d'un jour "
                "ouvert, ou retirez-la",
            )
        return day

    def _site(self) -> Site | None:
        text, sites = self.told["lieu"], self.known.sites
        if not text and len(sites) == 1:
            return next(iter(sites.values()))
        return self._one("lieu", sites, "aucun lieu de la filière ne porte ce nom")

    def _product(self) -> Product | None:
        return self._one("produit", self.known.products, "ce produit n'est pas au catalogue")

    def _scheme(self, day: date | None) -> Scheme | None:
        if not self.told["dispositif"]:
            return None
        found = self._one("dispositif", self.known.schemes, "aucun dispositif ne porte ce code")
        if found is not None and day is not None:
            version = self.known.once(
                "version", found.pk, day, of=lambda: version_on(found, day) is not None
            )
            if not version:
                self._fault("dispositif", f"aucune règle n'est publiée pour le {said_day(day)}")
        return found

    def _buyer(
        self, site: Site | None, scheme: Scheme | None, day: date | None, price: int | None
    ) -> Organisation | None:
        typed = self.told["acheteur"]
        if not typed or day is None:
            return None
        try:
            found = the_one(typed, self.known.members(day))
        except LookupError as unknown:
            self._fault("acheteur", str(unknown))
            return None
        if site is not None and found.pk == site.keeper_id:
            self._fault("acheteur", "c'est le vendeur : il ne se vend rien à lui-même")
        if scheme is not None and scheme.asks_card:
            self._fault(
                "dispositif", "ce dispositif demande une carte ; une organisation n'en a pas"
            )
        if price == 0:
            self._fault("prix", "ce qui est donné à une organisation se note au stock")
        return found

    def _vat_rate(self) -> int:
        rate = rate_of(self.told["tva"])
        if rate is None:
            self._fault("tva", "écrivez un taux (2,1, 5,5, 10 ou 20) ou rien, pas un montant")
        return rate or 0

    def _who(self, scheme: Scheme | None, day: date | None) -> Who:
        """The card, with what its right says: the trial and the price look at it too."""
        if self.told["acheteur"]:
            for column in HOUSEHOLD:
                if self.told[column]:
                    self._fault(column, "une organisation achète : videz cette case, ou l'acheteur")
            return Who(None, "", "")
        card = self._card(scheme, day)
        right = self._right(card, scheme, day) if card and scheme and day else None
        tier = self._agreed("tranche", right.tier if right else "")
        size = self._agreed("taille", right.size if right else "")
        return Who(card.pk if card else None, tier, size)

    def _card(self, scheme: Scheme | None, day: date | None) -> Card | None:
        number = "".join(self.told["carte"].split())
        if not number:
            if scheme is not None and scheme.asks_card:
                self._fault("carte", "ce dispositif demande une carte")
            return None
        if scheme is None:
            self._fault("carte", "une carte ne sert qu'avec un dispositif")
            return None
        card = self.known.cards.get(number) or self.known.cards.get(number.zfill(8))
        if card is None:
            self._fault("carte", "aucune carte de la filière ne porte ce numéro")
        elif card.is_blocked:
            self._fault("carte", "cette carte est bloquée")
        elif scheme.asks_card and day is not None and not self._right(card, scheme, day):
            self._fault("carte", f"cette carte n'a pas droit à « {scheme.code} » ce jour-là")
        return card

    def _right(self, card: Card, scheme: Scheme, day: date) -> Entitlement | None:
        found: Entitlement | None = self.known.once(
            "right", card.pk, scheme.code, day, of=lambda: right_on(card, scheme.code, day)
        )
        return found

    def _agreed(self, column: str, right: str) -> str:
        """What the card's right says; what is typed, where it says nothing."""
        typed = self.told[column][: LONGEST[column]]
        if typed and right and typed != right:
            self._fault(column, f"le droit de la carte dit « {right} » : videz cette case")
        return right or typed

    def _one(self, column: str, among: dict[str, Any], said: str) -> Any:
        found = among.get(bare(self.told[column]))
        if found is None:
            self._fault(column, said if self.told[column] else "cette case est vide")
        return found

    def _number(self, column: str, kind: Any) -> Any:
        try:
            return kind.clean(self.told[column])
        except ValidationError as error:
            self._fault(column, " ".join(error.messages))
            return None

    def _fault(self, column: str, said: str) -> None:
        typed = self.told[column]
        shown = f"«\u00a0{shorten(typed)}\u00a0»\u00a0: " if typed and "«" not in said else ""
        self.faults.append(Fault(self.number, column, f"{shown}{said}"))


def chain_space(chain: Chain) -> UUID:
    return uuid5(UUID(int=0), f"chain:{chain.pk}")
