"""Creating a programme, opening an envelope, paying into it."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm
from ensemblier.base.people.models import Organisation
from ensemblier.base.territory.models import Region
from ensemblier.fund.programme.models import Programme, Strand


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
