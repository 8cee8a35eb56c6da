"""Rows of the tables of a file: partners, members, means, effects, lines of the budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ensemblier.base.pages.forms import PageForm, WholeEurosField
from ensemblier.base.people.identifiers import compact, siret_fault
from ensemblier.fund.applications.forms import sentence_case
from ensemblier.fund.applications.models import Certainty, Effect, FrameKind, Sector


def line_of(label: str, most: int = 160) -> forms.CharField:
    """One line of text."""
    return forms.CharField(label=label, max_length=most, required=False)


def one_in(label: str, choices: Any, empty: str = "Choisir…") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=[("", empty), *sentence_case(choices)], required=False
    )


class RowForm(PageForm):
    """A row of a table; left blank, it is dropped."""

    needed: dict[str, str] = {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.is_blank():
            return cleaned
        for name, sentence in self.needed.items():
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        return cleaned

    def has_changed(self) -> bool:
        """Always read what was typed: a row saved meanwhile by autosave looks unchanged, and
        Django would then drop it as an untouched spare row."""
        return True

    def is_blank(self) -> bool:
        return not any(self.cleaned_data.values()) and not self.errors


class WithCodes(RowForm):
    """A row that names a line of the budget; the codes are those of the form of the day."""

    def __init__(self, *args: Any, codes: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [("", "Choisir…"), *codes]


class PartnerForm(RowForm):
    needed = {"name": "Donnez le nom du partenaire.", "sector": "Choisissez son secteur."}
    name = line_of("Avec qui ?")
    sector = one_in("Secteur", Sector.choices)
    since = forms.IntegerField(
        label="Depuis quelle année ?",
        required=False,
        min_value=1900,
        max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "4"}),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"),
            "Écrivez l'année en quatre chiffres, par exemple 2021.",
        ),
    )
    role = line_of("Ce que vous faites ensemble", 250)


class MemberForm(RowForm):
    needed = {
        "name": "Donnez le nom de l'organisation.",
        "siret": "Donnez son SIRET : 14 chiffres, sur l'avis de situation de l'Insee.",
        "role": "Dites son rôle dans le projet.",
    }
    name = line_of("Organisation")
    siret = forms.CharField(
        label="SIRET",
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    role = line_of("Rôle dans le projet", 250)

    def clean_siret(self) -> str:
        number = compact(self.cleaned_data["siret"])
        if number and (fault := siret_fault(number)):
            raise ValidationError(fault)
        return number


class PoolingForm(RowForm):
    needed = {"what": "Dites quelle dépense vous partagez.", "with_whom": "Dites avec qui."}
    what = line_of("Dépense partagée")
    with_whom = line_of("Avec qui ?")
    gain = line_of("Ce que vous y gagnez", 250)


class FrameForm(RowForm):
    needed = {"kind": "Choisissez le cadre local."}
    kind = one_in("Cadre local", FrameKind.choices)
    name = line_of("Son nom")
    role = line_of("Votre place", 250)
    follows = forms.BooleanField(label="Suivra le projet", required=False)


class MeansForm(WithCodes):
    needed = {"label": "Dites quel est ce moyen."}
    label = line_of("Moyen")
    amount_cents = WholeEurosField(label="Coût", required=False)
    code = forms.ChoiceField(label="Ligne du budget", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("amount_cents") and not cleaned.get("code") and "code" not in self.errors:
            self.add_error("code", "Choisissez la ligne du budget qui paie ce coût.")
        return cleaned


class EffectForm(RowForm):
    needed = {"effect": "Choisissez l'effet utile."}
    effect = one_in("Effet utile", Effect.choices)
    explanation = line_of("Ce que le projet produit", 500)
    funder = line_of("Qui pourrait payer ?")
    certainty = one_in("Où en est-on ?", Certainty.choices, "Pas encore demandé")


class LineForm(WithCodes):
    """A line of the budget."""

    needed = {"code": "Choisissez la ligne du budget."}
    code = forms.ChoiceField(label="Ligne", required=False)
    label = line_of("Précision")
    amount_cents = WholeEurosField(label="Montant", required=False)
    is_assumed = forms.BooleanField(label="hypothèse", required=False)


class ResourceForm(LineForm):
    payer = line_of("Financeur")
    certainty = one_in("Certitude", Certainty.choices)
    effect = forms.ChoiceField(label="Effet utile payé", required=False)
    field_order = ("code", "payer", "label", "certainty", "effect", "amount_cents", "is_assumed")

    def __init__(self, *args: Any, effects: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effect"].choices = [("", "Aucun"), *sentence_case(effects)]
