"""The forms of the catalogue: filters, a product, a price, a label with its proof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.text import capfirst, slugify
from stdnum import ean

from ensemblier.base.chains.loading import organisations_of
from ensemblier.base.chains.models import Chain, ChainMember
from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.formats import MONTHS, euros
from ensemblier.base.pages.formats import day as said_day
from ensemblier.base.pages.forms import DayField, EurosField, PageForm
from ensemblier.base.people.models import Organisation
from ensemblier.chain.catalogue import selecting
from ensemblier.chain.catalogue.actions import MOST_UNIT_CENTS
from ensemblier.chain.catalogue.models import (
    Basis,
    Family,
    LabelKind,
    Product,
    Selection,
    Storage,
    Unit,
)
from ensemblier.chain.catalogue.rules import MOST_UNIT_GRAMS


def first_capital(choices: Any) -> list[tuple[str, str]]:
    """« IGP » and « AOC ou AOP » keep theirs."""
    return [(value, str(capfirst(label))) for value, label in choices]


class ProductFilter(PageForm):
    all_optional = True
    word = forms.CharField(label="Nom ou code", max_length=60, required=False)
    family = forms.ChoiceField(
        label="Famille", choices=[("", "Toutes"), *first_capital(Family.choices)], required=False
    )
    state = forms.ChoiceField(
        label="État",
        choices=[("", "Tous"), ("offered", "Proposés"), ("withdrawn", "Retirés")],
        required=False,
    )


class MonthField(forms.TypedChoiceField):
    """A month of the year, or nothing."""

    def __init__(self, **kwargs: Any) -> None:
        names = [(str(rank), name.capitalize()) for rank, name in enumerate(MONTHS, 1)]
        choices = [("", "Non précisé"), *names]
        super().__init__(choices=choices, coerce=int, empty_value=None, required=False, **kwargs)


class CountInput(forms.TextInput):
    """Whole numbers, with the keyboard of numbers on a phone."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric", "autocomplete": "off"} | (attrs or {}))


class ProductForm(PageForm):
    name = forms.CharField(label="Nom du produit", max_length=120)
    code = forms.SlugField(
        label="Code",
        max_length=60,
        required=False,
        help_text="Vide : il est tiré du nom. Il sert dans les fichiers échangés.",
        error_messages={
            "invalid": "Un code n'a que des lettres sans accent, des chiffres et des tirets, "
            "par exemple carotte-sable."
        },
    )
    family = forms.ChoiceField(label="Famille", choices=first_capital(Family.choices))
    unit = forms.ChoiceField(label="Compté en", choices=Unit.choices)
    unit_grams = forms.IntegerField(
        label="Poids d'une unité, en grammes",
        min_value=1,
        max_value=MOST_UNIT_GRAMS,
        required=False,
        widget=CountInput,
        help_text="Pour les tonnages. Vide pour un produit compté en kg, ou jamais pesé.",
    )
    storage = forms.ChoiceField(label="Conservation", choices=first_capital(Storage.choices))
    keeps_days = forms.IntegerField(
        label="Se garde, en jours",
        min_value=1,
        max_value=3650,
        required=False,
        widget=CountInput,
        help_text="Depuis la récolte ou la fabrication. Propose une date, n'en décide aucune.",
    )
    has_use_by = forms.BooleanField(
        label="Porte une date limite de consommation (DLC)", required=False
    )
    season_first = MonthField(label="Saison : premier mois")
    season_last = MonthField(label="Saison : dernier mois")
    allergens = forms.CharField(
        label="Allergènes",
        max_length=200,
        required=False,
        help_text="Les quatorze de la loi, par exemple : gluten, lait.",
    )
    gtin = forms.CharField(
        label="Code GS1 (GTIN)",
        max_length=20,
        required=False,
        help_text="Les chiffres sous le code-barres.",
    )

    def clean_gtin(self) -> str:
        typed = str(ean.compact(self.cleaned_data["gtin"]))
        if typed and not ean.is_valid(typed):
            raise forms.ValidationError(
                "Ce code-barres n'est pas juste : recopiez ses 8, 12, 13 ou 14 chiffres.",
                code="invalid",
            )
        return typed

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("code") and "code" not in self.errors:
            data["code"] = slugify(data.get("name", ""))[:60]
            if data.get("name") and not data["code"]:
                self.add_error("code", "Ce nom ne donne pas de code : écrivez-en un.")
        if data.get("unit") == Unit.KG and data.get("unit_grams") not in (None, 1000):
            self.add_error(
                "unit_grams", "Un kilogramme pèse 1 000 grammes : laissez ce champ vide."
            )
        for one, other in (("season_first", "season_last"), ("season_last", "season_first")):
            if data.get(one) and not data.get(other) and other not in self.errors:
                self.add_error(other, "Une saison a un premier et un dernier mois.")
        return data

    def product(self) -> dict[str, Any]:
        """What was filled: an empty weight is not told, so that a kilogram keeps its own."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


class PriceForm(PageForm):
    basis = forms.ChoiceField(
        label="Base",
        choices=first_capital(Basis.choices),
        help_text="Le prix juste est payé au producteur ; le prix accessible, par les personnes.",
    )
    unit_price = EurosField(label="Prix d'une unité", max_cents=MOST_UNIT_CENTS)
    audience = forms.CharField(
        label="Pour qui",
        max_length=40,
        required=False,
        help_text="Vide : pour tout le monde. Sinon une tranche ou un public, comme "
        "«\u00a0tranche A\u00a0».",
    )
    seller = forms.ModelChoiceField(
        label="Vendu par",
        queryset=Organisation.objects.none(),
        required=False,
        empty_label="La filière",
    )
    starts = DayField(label="À partir du", help_text="Le tarif d'avant s'arrête la veille.")
    ends = DayField(
        label="Jusqu'au",
        required=False,
        help_text="Après ce jour, le tarif d'avant reprend. Vide : sans fin.",
    )
    source = forms.CharField(label="D'où vient ce prix", max_length=200, required=False)
    is_assumed = forms.BooleanField(
        label="C'est une hypothèse : personne ne l'a encore constaté", required=False
    )

    def __init__(self, *args: Any, chain: Chain, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["seller"]
        field.queryset = organisations_of(chain, day)


class LabelForm(PageForm):
    kind = forms.ChoiceField(label="Label", choices=first_capital(LabelKind.choices))
    grower = forms.ModelChoiceField(
        label="Tenu par",
        queryset=Organisation.objects.none(),
        required=False,
        empty_label="Tous les producteurs de la filière",
    )
    certificate = forms.CharField(
        label="Numéro de certificat",
        max_length=80,
        required=False,
        help_text="Le numéro, la pièce, ou les deux : il en faut un.",
    )
    paper = CheckedFileField(label="Certificat", required=False)
    starts = DayField(label="Valable du")
    ends = DayField(
        label="Au",
        required=False,
        help_text="Après ce jour, le label n'est plus compté. Vide : sans fin connue.",
    )

    def __init__(self, *args: Any, chain: Chain, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["grower"]
        field.queryset = organisations_of(chain, day, ChainMember.Part.GROWER)


class SelectionForm(PageForm):
    """One list of choices for each product of the page: not offered, or one of its prices."""

    starts = DayField(label="À partir du", help_text="Aujourd'hui ou plus tard.")

    def __init__(
        self,
        *args: Any,
        organisation: Organisation,
        products: Sequence[Product],
        day: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts"].initial = day
        self.products = products
        known = [product.pk for product in products]
        held = selecting.selections_on(organisation, known, day)
        prices = selecting.prices_on(organisation, known, day)
        next_ones = selecting.coming(organisation, known, day)
        for product in products:
            row = held.get(product.pk)
            self.fields[f"product-{product.pk}"] = forms.ChoiceField(
                label=product.name,
                choices=picks_of(product, prices[product.pk], row),
                initial=selecting.pick_of(row),
                help_text=said_next(next_ones.get(product.pk)),
            )

    def picks(self) -> dict[Product, str]:
        data = self.cleaned_data
        return {product: data[f"product-{product.pk}"] for product in self.products}


def picks_of(
    product: Product, prices: dict[str, int], row: Selection | None
) -> list[tuple[str, str]]:
    """What may be picked; a basis chosen before keeps its line when its price has ended."""
    unit = product.get_unit_display()

    def said(basis: str) -> str:
        cents = prices.get(basis)
        return "sans tarif" if cents is None else f"{euros(cents)} / {unit}"

    bases = [basis for basis in Basis.values if basis in prices and basis != Basis.PERSON]
    if row is not None and row.basis and row.basis not in bases:
        bases.append(row.basis)
    names = dict(Basis.choices)
    return [
        (selecting.USUAL, f"Prix habituel : {said(Basis.PERSON)}"),
        *((basis, f"{capfirst(names[basis])} : {said(basis)}") for basis in bases),
        (selecting.HIDDEN, "Non proposé"),
    ]


def said_next(row: Selection | None) -> str:
    if row is None:
        return ""
    what = "non proposé"
    if row.is_offered:
        what = f"proposé, au {row.get_basis_display()}" if row.basis else "proposé, prix habituel"
    return f"À partir du {said_day(row.starts)} : {what}."
