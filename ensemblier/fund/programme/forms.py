"""Creating a programme, opening an envelope, paying into it."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm
from ensemblier.base.people.models import Organisation
from ensemblier.base.territory.models import Department, Region
from ensemblier.fund.programme.models import Envelope, ExpenseClass, Programme, Strand


def year(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=2020,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Écrivez une année, par exemple 2027."},
    )


class ProgrammeForm(PageForm):
    name = forms.CharField(label="Nom du programme", max_length=120)
    purpose = forms.CharField(label="Objet", widget=forms.Textarea(attrs={"rows": 4}))
    owner = forms.ModelChoiceField(
        label="Porté par", queryset=Organisation.objects.none(), empty_label=None
    )
    first_year = year("Première année")
    last_year = year("Dernière année")

    def __init__(self, *args: Any, owners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners


class EnvelopeForm(PageForm):
    programme = forms.ModelChoiceField(
        label="Programme", queryset=Programme.objects.order_by("name"), empty_label=None
    )
    year = year("Année")
    strand = forms.ChoiceField(label="Volet", choices=Strand.choices, widget=forms.RadioSelect)
    region = forms.ModelChoiceField(
        label="Région",
        queryset=Region.objects.all(),
        required=False,
        empty_label="Toute la France",
    )
    department = forms.ModelChoiceField(
        label="Département",
        queryset=Department.objects.select_related("region").order_by("code"),
        required=False,
        empty_label="Tous ceux du territoire choisi",
        help_text="Si vous choisissez un département, sa région est écrite pour vous.",
    )
    expense_class = forms.ChoiceField(
        label="Réservée à une dépense ?",
        choices=[("", "Non, toutes les dépenses"), *ExpenseClass.choices],
        required=False,
    )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        region, department = cleaned.get("region"), cleaned.get("department")
        if region and department and department.region_id != region.pk:
            self.add_error(
                "department",
                f"{department.name} n'est pas en {region.name} : choisissez l'un ou l'autre.",
            )
        return cleaned


class DelegateForm(KeyedForm):
    to = forms.ModelChoiceField(
        label="À quelle enveloppe ?", queryset=Envelope.objects.none(), empty_label=None
    )
    amount_cents = EurosField(label="Montant", min_cents=1)
    day = DayField(label="Date")
    reason = forms.CharField(label="Pourquoi ?", max_length=200)

    def __init__(self, *args: Any, targets: list[Envelope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        field.queryset = Envelope.objects.filter(pk__in=[row.pk for row in targets]).select_related(
            "programme", "region", "department"
        )
        field.label_from_instance = lambda row: row.narrowing.removeprefix(" · ")


class GiveBackForm(KeyedForm):
    amount_cents = EurosField(label="Montant à rendre", min_cents=1)
    day = DayField(label="Date")
    reason = forms.CharField(label="Pourquoi ?", max_length=200)


class CeilingForm(PageForm):
    year = year("Année")
    amount_cents = EurosField(label="Plafond d'engagement de cette année")
    reason = forms.CharField(
        label="D'où vient ce plafond ?",
        max_length=200,
        help_text="Par exemple : loi de finances, arbitrage du comité de pilotage.",
    )


class GiftsForm(PageForm):
    year = forms.IntegerField(
        label="Année des dons",
        min_value=2000,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Écrivez une année, par exemple 2025."},
    )
    gifts_cents = EurosField(
        label="Dons ouvrant droit à réduction d'impôt",
        max_cents=10**14,
        help_text="Pour toute la France, en euros.",
    )
    source = forms.CharField(label="D'où vient ce chiffre ?", max_length=250)
    is_assumed = forms.BooleanField(label="C'est une hypothèse", required=False)


class ContributionForm(KeyedForm):
    contributor = forms.ModelChoiceField(
        label="Qui contribue ?", queryset=Organisation.objects.none(), empty_label=None
    )
    amount_cents = EurosField(label="Montant", min_cents=1)
    day = DayField(label="Date")
    reason = forms.CharField(label="Motif", max_length=200, required=False)

    def __init__(self, *args: Any, contributors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contributor"].queryset = contributors
