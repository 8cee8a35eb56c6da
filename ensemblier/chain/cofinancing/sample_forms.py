"""Sample lines typed beside a draft: what the engine is asked, and what it answers, unsaved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms

from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.pages.forms import DayField, EurosField, PageForm, QuantityField
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.cofinancing.forms import tiers_of
from ensemblier.chain.cofinancing.rules import decimal
from ensemblier.chain.cofinancing.trying import Tried, totals, try_lines
from ensemblier.chain.distribution.rules import band_of
from ensemblier.engines.cofinancing.lines import RawLine
from ensemblier.engines.cofinancing.scheme import PERSON, Scheme

MOST_LINES = 20
# Shown only when the rule looks at them; kept hidden otherwise, so that nothing typed is lost.
EXTRA = ("household", "size", "tier", "seller", "commune", "cost", "producer", "extra")


class SampleForm(PageForm):
    day = DayField(label="Jour")
    product = forms.CharField(label="Produit", max_length=60)
    milli = QuantityField(label="Quantité")
    price = EurosField(label="Prix de la ligne")
    household = forms.CharField(label="Foyer", max_length=20, required=False)
    size = forms.CharField(label="Personnes du foyer", max_length=10, required=False)
    tier = forms.CharField(label="Tranche", max_length=20, required=False)
    seller = forms.CharField(label="Structure", max_length=200, required=False)
    commune = forms.CharField(label="Code de la commune", max_length=5, required=False)
    cost = EurosField(label="Prix coûtant", required=False)
    producer = EurosField(label="Prix du producteur", required=False)
    extra = EurosField(label="Don en plus", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].widget.attrs |= {"list": "produits-connus", "autocomplete": "off"}


def sample_forms(data: Any, rows: list[dict[str, Any]]) -> Any:
    """As many rows as typed, or as proposed."""
    kind: Any = forms.formset_factory(
        SampleForm, extra=len(rows), absolute_max=MOST_LINES, max_num=MOST_LINES
    )
    bound = kind(data, prefix="essai")
    for form, row in zip(bound.forms, rows, strict=False):
        if not bound.is_bound:
            form.initial = row
    return bound


def proposed(rule: Scheme | None, product: str, lead: str, day: date) -> list[dict[str, Any]]:
    """Lines that show the rule at work: one for each row of its table, two otherwise."""
    row: dict[str, Any] = {"day": day, "product": product, "milli": 1000, "price": 1205}
    row |= {"household": "1", "seller": lead}
    if rule is None:
        return [row, row | {"household": "2"}]
    if not rule.valid.holds(day):
        row["day"] = rule.valid.first or rule.valid.last
    if rule.person.rule == "cost":
        row["cost"] = 1000
    if rule.person.rule == "producer":
        row["producer"] = 900
    for column, key in (("product", "product"), ("structure", "seller"), ("commune", "commune")):
        if inside := sorted(rule.scope.get(column, ())):
            row[key] = inside[0]
    sizes, tiers = rule.bands[:4], tiers_of(rule)[:4]
    many = max(2, len(sizes), len(tiers))
    return [
        row
        | {"household": str(rank + 1)}
        | ({"size": sizes[rank % len(sizes)]} if sizes else {})
        | ({"tier": tiers[rank % len(tiers)]} if tiers else {})
        for rank in range(many)
    ]


def shown_columns(rule: Scheme | None) -> list[str]:
    """The columns that this rule looks at, beyond day, product, quantity and price."""
    if rule is None:
        return ["size", "tier"]
    looks = {
        "household": rule.needs_household,
        "size": bool(rule.bands),
        "tier": bool(tiers_of(rule)),
        "seller": "structure" in rule.scope,
        "commune": "commune" in rule.scope,
        "cost": rule.person.rule == "cost",
        "producer": rule.person.rule == "producer",
        "extra": rule.surcharge is not None,
    }
    return [name for name in EXTRA if looks[name]]


@dataclass
class Trial:
    """What a page shows of sample lines: each line's parts, and who pays what in all."""

    lines: list[Tried] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def price(self) -> int:
        return sum(int(line.raw.price_cents) for line in self.lines if line.parts)

    @property
    def refused(self) -> int:
        return sum(1 for line in self.lines if line.refusal)

    @property
    def bar(self) -> StackedBar | None:
        """Who pays what of all the lines; none when somebody receives more than they pay."""
        found = totals(self.lines)
        if not found or min(found.values()) < 0:
            return None
        parts = [Part(who(name), cents) for name, cents in found.items()]
        return StackedBar(parts, "Ce que chacun paie de ces lignes, en tout")


def who(name: str) -> str:
    return "La personne" if name == PERSON else name


def trial(rule: Scheme, rows: Any, products: Mapping[str, Product]) -> Trial:
    """The lines that can be read, shared as they would be; the others are told."""
    done, raws = Trial(), []
    for rank, form in enumerate(rows.forms, 1):
        if not form.has_changed():
            continue
        if not form.is_valid():
            for name, errors in form.errors.items():
                label = form.fields[name].label
                done.faults += [f"Ligne {rank}, {label}\u00a0: {error}" for error in errors]
            continue
        raws.append(_raw(rank, form.cleaned_data, rule, products))
    done.lines = sorted(try_lines(rule, raws), key=lambda line: line.raw.line_id)
    return done


def _raw(
    rank: int, typed: dict[str, Any], rule: Scheme, products: Mapping[str, Product]
) -> RawLine:
    product = products.get(typed["product"].strip().lower())
    size = typed["size"].strip()
    if rule.bands and size not in rule.bands and size.isascii() and size.isdigit():
        size = band_of(int(size), rule.bands) or size
    return RawLine(
        line_id=f"{rank:03d}",
        sold_on=typed["day"].isoformat(),
        structure=typed["seller"],
        product=product.code if product else typed["product"],
        quantity=decimal(typed["milli"]),
        unit=product.get_unit_display() if product else "unité",
        price_cents=str(typed["price"]),
        household=typed["household"],
        tier=typed["tier"].strip(),
        size=size,
        commune=typed["commune"],
        family=product.family if product else "",
        labels=_labels(product),
        cost_cents=_cents(typed["cost"]),
        producer_cents=_cents(typed["producer"]),
        extra_cents=_cents(typed["extra"]),
    )


def _labels(product: Product | None) -> str:
    """All the labels of the product: a sample does not look at the days of their proofs."""
    return ";".join(label.kind for label in product.labels.all()) if product else ""


def _cents(value: int | None) -> str:
    return "" if value is None else str(value)
