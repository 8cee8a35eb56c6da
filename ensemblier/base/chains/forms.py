"""The forms of a chain: the chain itself, a member, a place."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms
from stdnum.fr import siret

from ensemblier.base.chains.loading import organisations_of
from ensemblier.base.chains.models import Chain, ChainMember, Site
from ensemblier.base.chains.terms import Length, Link
from ensemblier.base.pages.forms import DayField, PageForm
from ensemblier.base.people.models import Organisation


def capitals(choices: Any) -> list[tuple[str, str]]:
    return [(value, str(label).capitalize()) for value, label in choices]


class ChainForm(PageForm):
    name = forms.CharField(label="Nom de la filière", max_length=200)
    lead = forms.ModelChoiceField(
        label="Organisation pilote",
        queryset=Organisation.objects.none(),
        empty_label=None,
        help_text="C'est elle qui note ce qui se passe chaque jour.",
    )
    length = forms.ChoiceField(
        label="Longueur",
        choices=capitals(Length.choices),
        widget=forms.RadioSelect,
        help_text="De la terre à l'assiette : sur place, dans la région, ou plus loin.",
    )

    def __init__(self, *args: Any, mine: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["lead"]
        field.queryset = Organisation.objects.filter(pk__in=mine)


class MemberForm(PageForm):
    """An organisation is found by its SIRET: nobody browses the list of all organisations."""

    siret = forms.CharField(
        label="SIRET de l'organisation",
        max_length=20,
        help_text="14 chiffres. L'organisation doit déjà être inscrite sur le site.",
    )
    part = forms.ChoiceField(
        label="Ce qu'elle fait dans la filière", choices=capitals(ChainMember.Part.choices)
    )
    link = forms.ChoiceField(
        label="Maillon", choices=[("", "Non précisé"), *capitals(Link.choices)], required=False
    )
    starts = DayField(label="À partir du")
    ends = DayField(label="Jusqu'au", required=False)

    def clean_siret(self) -> str:
        typed = siret.compact(self.cleaned_data["siret"])
        if not siret.is_valid(typed):
            raise forms.ValidationError(
                "Ce numéro SIRET n'est pas juste : vérifiez ses 14 chiffres.", code="invalid"
            )
        return str(typed)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        typed = data.pop("siret", None)
        if typed:
            data["organisation"] = Organisation.objects.filter(siret=typed).first()
            if data["organisation"] is None:
                self.add_error(
                    "siret",
                    "Aucune organisation inscrite ne porte ce numéro. Demandez-lui de "
                    "s'inscrire sur le site : c'est gratuit.",
                )
        return data


class SiteForm(PageForm):
    name = forms.CharField(label="Nom du lieu", max_length=120)
    kind = forms.ChoiceField(label="Nature", choices=capitals(Site.Kind.choices))
    keeper = forms.ModelChoiceField(
        label="Tenu par", queryset=Organisation.objects.none(), empty_label=None
    )
    address = forms.CharField(label="Adresse", max_length=250, required=False)
    is_cold = forms.BooleanField(label="Froid positif (chambre froide)", required=False)
    is_frozen = forms.BooleanField(label="Froid négatif (congélateur)", required=False)

    def __init__(self, *args: Any, chain: Chain, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["keeper"]
        field.queryset = organisations_of(chain, day)


class EndForm(PageForm):
    day = DayField(label="Dernier jour")
    reason = forms.CharField(label="Pourquoi ?", max_length=300)


class ReasonForm(PageForm):
    reason = forms.CharField(label="Pourquoi ?", max_length=300)
