"""The forms of the stock: receive, move, take out, lose, mark, undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from ensemblier.base.chains.loading import organisations_of
from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm, QuantityField
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.catalogue.rules import MOST_UNIT_GRAMS, written
from ensemblier.chain.stock.models import Lot, Movement, StockLevel

ARRIVALS = (
    (Movement.Kind.PURCHASE, "Achat"),
    (Movement.Kind.GIFT, "Don reçu"),
    (Movement.Kind.HARVEST, "Récolte"),
    (Movement.Kind.GLEANED, "Glanage"),
)
EXITS = (
    (Movement.Kind.HANDED, "Remis gratuitement à une organisation"),
    (Movement.Kind.OWN_USE, "Consommé sur place"),
)
NOT_HELD = (Activity.State.CANCELLED, Activity.State.MOVED)


class Choice(forms.ModelChoiceField):
    """A choice among rows, said in the words of `label_of`."""

    def __init__(self, *, label_of: Callable[[Any], str] = str, **kwargs: Any) -> None:
        self.label_of = label_of
        kwargs.setdefault("empty_label", "Choisissez")
        super().__init__(queryset=None, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return self.label_of(obj)


class DatedForm(KeyedForm):
    """A fact of the past: its day, today when nothing else is said."""

    day = DayField(label="Jour")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"day": today} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise forms.ValidationError(
                "Ce jour est à venir : écrivez ce qui a déjà eu lieu.", code="future"
            )
        return day


class ReceiveForm(DatedForm):
    kind = forms.ChoiceField(
        label="Comment c'est arrivé",
        choices=ARRIVALS,
        widget=forms.RadioSelect,
    )
    product = Choice(label="Produit", label_of=lambda row: f"{row} ({row.get_unit_display()})")
    quantity = QuantityField(
        label="Quantité", help_text="Dans l'unité du produit, par exemple 12,5."
    )
    origin = Choice(
        label="De qui",
        help_text="Le producteur, le donateur, ou votre organisation pour sa propre récolte.",
    )
    site = Choice(label="Arrivé où", empty_label=None)
    value = EurosField(
        label="Prix payé ou valeur du don, en tout",
        required=False,
        help_text="Ce que vous devez au producteur, ou la valeur donnée par le donateur.",
    )
    use_by = DayField(
        label="DLC, à consommer jusqu'au",
        required=False,
        help_text="Sur l'étiquette. Passé ce jour, rien de ce lot ne sort plus.",
    )
    best_before = DayField(label="DDM, de préférence avant le", required=False)
    made_on = DayField(label="Récolté ou fabriqué le", required=False)
    number = forms.CharField(
        label="Numéro de lot",
        max_length=40,
        required=False,
        help_text="Celui de l'étiquette. Laissez vide : un numéro est donné.",
    )
    unit_grams = forms.IntegerField(
        label="Poids d'une unité, en grammes",
        required=False,
        min_value=1,
        max_value=MOST_UNIT_GRAMS,
        help_text="S'il diffère du catalogue : les paniers de cette semaine, par exemple.",
    )
    is_gift_only = forms.BooleanField(
        label="À donner seulement",
        required=False,
        help_text="Ce lot ne se vendra pas, ni ce qu'on en fera.",
    )
    is_aid_only = forms.BooleanField(
        label="Réservé à l'aide alimentaire",
        required=False,
        help_text="Il n'ira qu'à des organisations habilitées.",
    )
    legal_status = forms.CharField(label="Statut particulier", max_length=200, required=False)
    activity = Choice(label="Pendant quelle activité", required=False, empty_label="Aucune")
    note = forms.CharField(label="Note", max_length=300, required=False)

    field_order = ["kind", "product", "quantity", "origin", "site", "day", "value"]

    def __init__(
        self, *args: Any, chain: Chain, sites: QuerySet[Site], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, today=today, **kwargs)
        set_choices(self, "product", Product.objects.filter(chain=chain, is_offered=True))
        set_choices(self, "site", sites)
        set_choices(self, "origin", organisations_of(chain, today))
        set_choices(self, "activity", recent_activities(chain))

    def clean(self) -> dict[str, Any]:
        """A purchase without a price would never be owed to its grower, nor billed."""
        data: dict[str, Any] = super().clean() or {}
        missing = data.get("value") is None and "value" not in self.errors
        if data.get("kind") == Movement.Kind.PURCHASE and missing:
            self.add_error(
                "value",
                "Un achat a son prix : écrivez ce que vous devez au producteur, ou 0 si rien "
                "n'est dû.",
            )
        return data

    def arrival(self) -> dict[str, Any]:
        """What was typed, by the names of `actions.receive`."""
        data = dict(self.cleaned_data)
        data["milli"], data["value_cents"] = data.pop("quantity"), data.pop("value")
        return data


class MoveForm(DatedForm):
    """A quantity of a lot from one of its places."""

    site = Choice(label="D'où", empty_label=None)
    quantity = QuantityField(label="Quantité")

    field_order = ["site", "quantity"]

    def __init__(
        self, *args: Any, lot: Lot, levels: QuerySet[StockLevel], today: date, **kwargs: Any
    ) -> None:
        """`levels`: what is left of the lot where this person writes."""
        super().__init__(*args, today=today, **kwargs)
        unit = lot.product.get_unit_display()
        left = {level.site_id: level.milli for level in levels}
        field: Any = self.fields["site"]
        field.label_of = lambda site: f"{site} (reste {written(left[site.pk], unit)})"
        set_choices(self, "site", Site.objects.filter(pk__in=left))
        self.fields["quantity"].help_text = f"En {unit}."


class TransportForm(MoveForm):
    target = Choice(label="Vers")
    note = forms.CharField(label="Note", max_length=300, required=False)

    field_order = ["site", "target", "quantity", "day"]

    def __init__(self, *args: Any, lot: Lot, **kwargs: Any) -> None:
        super().__init__(*args, lot=lot, **kwargs)
        set_choices(self, "target", lot.chain.sites.filter(is_open=True))


class TakeOutForm(MoveForm):
    kind = forms.ChoiceField(
        label="Comment ce lot sort",
        choices=EXITS,
        widget=forms.RadioSelect,
        help_text="Une vente, ou un don à une personne, se note au comptoir.",
    )
    party = Choice(label="À quelle organisation", required=False, empty_label="Aucune")
    note = forms.CharField(label="Note", max_length=300, required=False)

    field_order = ["kind", "site", "quantity", "party", "day"]

    def __init__(self, *args: Any, lot: Lot, today: date, **kwargs: Any) -> None:
        super().__init__(*args, lot=lot, today=today, **kwargs)
        set_choices(self, "party", organisations_of(lot.chain, today))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("kind") == Movement.Kind.HANDED and not data.get("party"):
            self.add_error("party", "Choisissez l'organisation à qui ce lot est remis.")
        if data.get("kind") == Movement.Kind.OWN_USE:
            data["party"] = None
        return data


class LossForm(MoveForm):
    reason = forms.CharField(
        label="Pourquoi ?", max_length=300, help_text="Un mot suffit : gâté, cassé, date passée."
    )

    field_order = ["site", "quantity", "reason", "day"]


class MarkForm(PageForm):
    reason = forms.CharField(
        label="Pourquoi ?",
        max_length=300,
        help_text="Chaque lieu qui a reçu de ce lot lira ces mots.",
    )


class UndoForm(DatedForm):
    """Nothing but the day: what is undone is on the page."""


def set_choices(form: forms.BaseForm, name: str, rows: QuerySet[Any]) -> None:
    field: Any = form.fields[name]
    field.queryset = rows


def recent_activities(chain: Chain) -> QuerySet[Activity]:
    """The last hundred that take place."""
    rows = Activity.objects.filter(chain=chain).exclude(state__in=NOT_HELD)
    last = list(rows.order_by("-starts_at").values_list("pk", flat=True)[:100])
    return Activity.objects.filter(pk__in=last).order_by("-starts_at")
