"""The forms of promises: filters, a promise, a grower's offer, a call-off, a revised price."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms

from ensemblier.base.chains.forms import capitals
from ensemblier.base.chains.loading import organisations_of
from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm, QuantityField
from ensemblier.base.people.models import Organisation
from ensemblier.chain.catalogue.actions import MOST_UNIT_CENTS
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.commitments.models import Commitment

Kind, Firmness = Commitment.Kind, Commitment.Firmness
UNDER = (Kind.ORDER, Kind.SUBSCRIPTION, Kind.PLAN)
OFFERS = (Kind.PLAN, Kind.FRAMEWORK)
NOT_FIRM = (Firmness.WISHED, Firmness.PROMISED)
NOBODY = "À trouver"
NOTHING_YET = Organisation.objects.none()


def only(choices: Any, *kept: Any) -> list[tuple[str, str]]:
    return [(value, label) for value, label in capitals(choices) if value in kept]


class PromiseFilter(PageForm):
    all_optional = True
    kind = forms.ChoiceField(
        label="Nature", choices=[("", "Toutes"), *capitals(Kind.choices)], required=False
    )
    state = forms.ChoiceField(
        label="État", choices=[("", "Tous"), *capitals(Commitment.State.choices)], required=False
    )
    giver = forms.ChoiceField(label="Qui donne", required=False)
    receiver = forms.ChoiceField(label="Qui reçoit", required=False)

    def __init__(self, *args: Any, sides: Collection[tuple[int, str]], **kwargs: Any) -> None:
        """`sides` are read once for both lists."""
        super().__init__(*args, **kwargs)
        choices = [("", "Peu importe"), *((str(pk), name) for pk, name in sides)]
        for name in ("giver", "receiver"):
            field: Any = self.fields[name]
            field.choices = choices


def quantity_field() -> QuantityField:
    return QuantityField(label="Quantité", help_text="Dans l'unité du produit, par exemple 12,5.")


def price_field(help_text: str = "Vide quand il n'y a pas de prix.") -> EurosField:
    return EurosField(
        label="Prix d'une unité", required=False, max_cents=MOST_UNIT_CENTS, help_text=help_text
    )


class PromiseForm(KeyedForm):
    kind = forms.ChoiceField(label="Nature", choices=capitals(Kind.choices))
    product = forms.ModelChoiceField(
        label="Produit", queryset=Product.objects.none(), empty_label="Choisissez un produit"
    )
    quantity = quantity_field()
    unit_price = price_field()
    giver = forms.ModelChoiceField(
        label="Qui donne", queryset=NOTHING_YET, required=False, empty_label=NOBODY
    )
    receiver = forms.ModelChoiceField(
        label="Qui reçoit", queryset=NOTHING_YET, required=False, empty_label=NOBODY
    )
    site = forms.ModelChoiceField(
        label="Où", queryset=Site.objects.none(), required=False, empty_label="Non précisé"
    )
    starts = DayField(label="Du")
    ends = DayField(label="Au")
    firmness = forms.ChoiceField(
        label="Engagement",
        choices=capitals(Firmness.choices),
        widget=forms.RadioSelect,
        help_text="Un engagement ferme lie deux organisations, et son prix tient jusqu'au bout.",
    )
    proposed_by = forms.ModelChoiceField(
        label="Proposé par", queryset=NOTHING_YET, required=False, empty_label="Non précisé"
    )
    revision = forms.CharField(
        label="Clause de révision du prix",
        max_length=300,
        required=False,
        help_text="L'indice choisi et le calcul. Vide : le prix ne bouge pas.",
    )
    is_prepaid = forms.BooleanField(label="Payé d'avance", required=False)
    note = forms.CharField(label="Note", max_length=300, required=False)

    def __init__(self, *args: Any, chain: Chain, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sides = organisations_of(chain, day)
        lists = {
            "product": chain.products.filter(is_offered=True),
            "site": chain.sites.filter(is_open=True),
            "giver": sides,
            "receiver": sides,
            "proposed_by": sides,
        }
        for name, rows in lists.items():
            if name in self.fields:
                field: Any = self.fields[name]
                field.queryset = rows

    def facts(self) -> dict[str, Any]:
        """What the action is told, under its own names."""
        data = dict(self.cleaned_data)
        return data | {"milli": data.pop("quantity"), "unit_cents": data.pop("unit_price")}


class OfferForm(PromiseForm):
    """What a grower proposes by itself: it binds nobody until the lead answers."""

    kind = forms.ChoiceField(
        label="Ce que vous proposez", choices=only(Kind.choices, *OFFERS), widget=forms.RadioSelect
    )
    firmness = forms.ChoiceField(
        label="Engagement", choices=only(Firmness.choices, *NOT_FIRM), widget=forms.RadioSelect
    )
    giver = forms.ModelChoiceField(label="Au nom de", queryset=NOTHING_YET, empty_label=None)
    receiver = proposed_by = is_prepaid = site = None  # type: ignore[assignment]
    field_order = ("kind", "giver", "product")

    def __init__(self, *args: Any, growers: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["giver"]
        field.queryset = Organisation.objects.filter(pk__in=growers)

    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        return facts | {"proposed_by": facts["giver"]}


class CallOffForm(PromiseForm):
    """A part of a promise: its product, and its giver when it has one, are known."""

    kind = forms.ChoiceField(label="Nature", choices=only(Kind.choices, *UNDER))
    unit_price = price_field("Vide : le prix de l'engagement.")
    product = proposed_by = revision = None  # type: ignore[assignment]

    def __init__(self, *args: Any, parent: Commitment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if parent.giver_id:
            del self.fields["giver"]


class RevisionForm(PageForm):
    unit_price = EurosField(label="Nouveau prix d'une unité", max_cents=MOST_UNIT_CENTS)
    starts = DayField(label="À partir du")
    reason = forms.CharField(label="Indice et calcul", max_length=300)


class ConfirmForm(PageForm):
    """Nothing to fill: the button is the answer."""
