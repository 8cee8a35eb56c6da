"""The two long forms of the stock: a run of a workshop, and the count of a place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.pages.forms import DayField, QuantityField
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.catalogue.rules import written
from ensemblier.chain.stock.forms import Choice, DatedForm, recent_activities, set_choices
from ensemblier.chain.stock.models import Lot, StockLevel
from ensemblier.chain.stock.processing import Output

FEW, MOST_ROWS = 3, 30
WORKSHOPS = (
    Activity.Kind.SORTING,
    Activity.Kind.COOKING,
    Activity.Kind.PACKING,
    Activity.Kind.WORKSHOP,
    Activity.Kind.LAB,
)


class ProcessForm(DatedForm):
    """What went in, what came out, what was lost; empty lines are left out."""

    all_optional = True  # so many lines may stay empty that saying it beside each would be noise

    rows = forms.IntegerField(
        widget=forms.HiddenInput, initial=FEW, min_value=1, max_value=MOST_ROWS
    )
    activity = Choice(
        label="Atelier",
        empty_label=None,
        help_text="Une activité de tri, de cuisine ou de composition de paniers.",
    )
    lost_grams = QuantityField(
        label="Perte, en kg",
        min_milli=0,
        initial=0,
        help_text="Épluchures, parures, évaporation : ce qui est entré et ne ressort pas.",
    )
    note = forms.CharField(label="Note", max_length=300, required=False)

    def __init__(self, *args: Any, chain: Chain, site: Site, today: date, **kwargs: Any) -> None:
        super().__init__(*args, today=today, **kwargs)
        self.count = self._count()
        self.initial["rows"] = self.count
        levels = StockLevel.objects.filter(site=site, milli__gt=0).select_related("lot__product")
        self.here = {level.lot_id: level for level in levels.order_by("lot__use_by", "lot")}
        lots = [("", "")] + [(str(pk), self._said(level)) for pk, level in self.here.items()]
        products = Product.objects.filter(chain=chain, is_offered=True)
        self.products = {str(row.pk): row for row in products}
        made = [("", "")] + [
            (key, f"{row} ({row.get_unit_display()})") for key, row in self.products.items()
        ]
        for rank in range(1, self.count + 1):
            self._add(rank, lots, made)
        kinds = recent_activities(chain).filter(kind__in=WORKSHOPS)
        set_choices(self, "activity", kinds)
        self.field_order = ["activity", "day"]
        self.order_fields(self.field_order)

    def _count(self) -> int:
        """How many lines are shown; more are asked by a button of the page."""
        typed = str((self.data or {}).get("rows", "") or self.initial.get("rows", FEW))
        known = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else FEW
        return max(1, min(known, MOST_ROWS))

    def _add(self, rank: int, lots: list[tuple[str, str]], made: list[tuple[str, str]]) -> None:
        self.fields |= {
            f"lot_{rank}": forms.ChoiceField(label=f"Lot {rank}", choices=lots, required=False),
            f"used_{rank}": QuantityField(label=f"Quantité prise {rank}", required=False),
            f"product_{rank}": forms.ChoiceField(
                label=f"Produit {rank}", choices=made, required=False
            ),
            f"made_{rank}": QuantityField(label=f"Quantité faite {rank}", required=False),
            f"use_by_{rank}": DayField(label=f"DLC {rank}", required=False),
            f"number_{rank}": forms.CharField(
                label=f"Numéro de lot {rank}", max_length=40, required=False
            ),
        }

    @property
    def lines(self) -> range:
        return range(1, self.count + 1)

    @property
    def inputs(self) -> list[list[forms.BoundField]]:
        return [[self[f"lot_{rank}"], self[f"used_{rank}"]] for rank in self.lines]

    @property
    def outputs(self) -> list[list[forms.BoundField]]:
        names = ("product", "made", "use_by", "number")
        return [[self[f"{name}_{rank}"] for name in names] for rank in self.lines]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for rank in self.lines:
            for what, much in (
                (f"lot_{rank}", f"used_{rank}"),
                (f"product_{rank}", f"made_{rank}"),
            ):
                if data.get(what) and data.get(much) is None and much not in self.errors:
                    self.add_error(much, "Écrivez la quantité de cette ligne.")
                if data.get(much) is not None and not data.get(what) and what not in self.errors:
                    self.add_error(what, "Dites de quoi il s'agit, ou videz la quantité.")
        return data

    def run(self) -> dict[str, Any]:
        """What was typed, by the names of `actions.process`."""
        data = self.cleaned_data
        return {
            "key": data["key"],
            "activity": data["activity"],
            "day": data["day"],
            "note": data["note"],
            "lost_grams": data["lost_grams"],
            "inputs": [
                (self.here[int(data[f"lot_{rank}"])].lot, data[f"used_{rank}"])
                for rank in self.lines
                if data[f"lot_{rank}"]
            ],
            "outputs": [
                Output(
                    product=self.products[data[f"product_{rank}"]],
                    milli=data[f"made_{rank}"],
                    use_by=data[f"use_by_{rank}"],
                    number=data[f"number_{rank}"],
                )
                for rank in self.lines
                if data[f"product_{rank}"]
            ],
        }

    def _said(self, level: StockLevel) -> str:
        lot = level.lot
        left = written(level.milli, lot.product.get_unit_display())
        return f"{lot.product}, lot {lot.number} (reste {left})"


class CountForm(DatedForm):
    """What was counted of each lot at a place; an empty line was not counted."""

    reason = forms.CharField(
        label="Pourquoi ce comptage ?",
        max_length=300,
        initial="Inventaire",
        help_text="Ces mots restent avec chaque écart.",
    )

    def __init__(self, *args: Any, levels: Sequence[tuple[Lot, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.levels = levels
        for lot, _ in levels:
            self.fields[f"lot_{lot.pk}"] = QuantityField(
                label=f"Compté, {lot.product}, lot {lot.number}", min_milli=0, required=False
            )
        self.order_fields(["day", "reason"])

    @property
    def sheet(self) -> list[tuple[Lot, int, forms.BoundField]]:
        return [(lot, milli, self[f"lot_{lot.pk}"]) for lot, milli in self.levels]

    def counted(self) -> list[tuple[Lot, int]]:
        found = [(lot, self.cleaned_data[f"lot_{lot.pk}"]) for lot, _ in self.levels]
        return [(lot, milli) for lot, milli in found if milli is not None]
