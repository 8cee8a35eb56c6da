"""The pages of a file as forms. A draft may be half empty: only the title is required."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ensemblier.base.chains.terms import Length, Link
from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.forms import KeyedForm, PageForm, WholeEurosField
from ensemblier.base.people.models import Organisation
from ensemblier.base.territory.forms import CommuneField
from ensemblier.base.territory.models import Department
from ensemblier.fund.applications.models import (
    Attachment,
    Certainty,
    Participation,
    Partner,
    PublicKind,
    Stage,
    UsefulEffect,
)


def long_text(label: str, hint: str = "", most: int = 2000) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=most,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


def one_of(label: str, choices: type[Any], hint: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        help_text=hint,
        choices=sentence_case(choices.choices),
        required=False,
        widget=forms.RadioSelect,
    )


def many_of(label: str, choices: type[Any], hint: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        help_text=hint,
        choices=sentence_case(choices.choices),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


def sentence_case(choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(value, label[:1].upper() + label[1:]) for value, label in choices]


class StepForm(PageForm):
    """A page of the file. A draft is saved half empty: only `must` is required to save, and only
    `optional` is shown as optional, since completeness asks for the rest before sending."""

    must: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.required = name not in self.optional

    def full_clean(self) -> None:
        for name, field in self.fields.items():
            field.required = name in self.must
        super().full_clean()
        for name, field in self.fields.items():
            field.required = name not in self.optional

    def values(self) -> dict[str, Any]:
        """What may be saved now, also when another field is wrong."""
        return dict(self.cleaned_data)


class ProjectForm(StepForm):
    must = ("title",)
    title = forms.CharField(label="Titre du projet", max_length=160)
    summary = long_text(
        "Le projet en quelques phrases", "Qui fait quoi, pour qui, où. Des mots simples suffisent."
    )
    stage = one_of("Où en est le projet ?", Stage)
    links = many_of("Maillons de la filière", Link, "Cochez tout ce que le projet fait.")
    length = one_of("Longueur de la filière", Length)
    quality = long_text(
        "Qualité et origine des produits",
        "D'où viennent les produits, comment ils sont cultivés, comment on le vérifie.",
    )


class PublicsForm(StepForm):
    publics = many_of("Pour quelles personnes ?", PublicKind)
    people_count = forms.IntegerField(
        label="Nombre de personnes concernées",
        help_text="Sur une année. Une estimation suffit.",
        min_value=1,
        max_value=10_000_000,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "Écrivez un nombre entier, par exemple 180."},
    )
    needs = long_text("À quels besoins le projet répond-il ?")
    participation = one_of("Comment les personnes participent-elles ?", Participation)
    participation_how = long_text("Décrivez leur participation")


class DepartmentsField(forms.CharField):
    """Departments typed by their numbers: « 59, 62 »."""

    def to_python(self, value: Any) -> list[Department]:
        if isinstance(value, list):
            return value
        codes = [code.upper() for code in re.split(r"[\s,;]+", value or "") if code]
        found = Department.objects.in_bulk(codes)
        if unknown := [code for code in codes if code not in found]:
            raise ValidationError(
                f"« {unknown[0][:10]} » n'est pas un numéro de département. "
                "Écrivez par exemple : 59, 62."
            )
        return list(found.values())

    def run_validators(self, value: Any) -> None:
        """The numbers are checked as they are read."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class TerritoryForm(StepForm):
    optional = ("departments", "qpv_codes")
    commune = CommuneField(label="Commune du projet", required=False)
    departments = DepartmentsField(
        label="Autres départements où le projet agit",
        help_text="Leurs numéros, séparés par des virgules. Exemple : 59, 80.",
        required=False,
    )
    qpv_codes = forms.MultipleChoiceField(
        label="Quartiers prioritaires (QPV) où le projet agit",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    territory_note = long_text(
        "Votre ancrage local",
        "Par exemple : membre d'un projet alimentaire territorial (PAT), d'un contrat de ville, "
        "d'un comité de pilotage.",
    )

    def __init__(self, *args: Any, districts: Sequence[tuple[str, str]] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        if districts:
            self.fields["qpv_codes"].choices = list(districts)
        else:
            del self.fields["qpv_codes"]


class ModelForm(StepForm):
    model_path = long_text(
        "Comment le projet tiendra-t-il dans cinq ans ?",
        "Ventes, contributions, financeurs, bénévolat : les pistes que vous envisagez.",
        3000,
    )


class NoForm(StepForm):
    """A page made of rows only."""


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


class PartnerForm(RowForm):
    needed = {"name": "Donnez le nom du partenaire.", "sector": "Choisissez son secteur."}
    name = forms.CharField(label="Partenaire", max_length=160, required=False)
    sector = forms.ChoiceField(
        label="Secteur",
        choices=[("", "Choisir…"), *sentence_case(Partner.Sector.choices)],
        required=False,
    )
    role = forms.CharField(label="Rôle dans le projet", max_length=250, required=False)


class EffectForm(RowForm):
    needed = {"effect": "Choisissez l'effet utile.", "certainty": "Dites où en est ce financeur."}
    effect = forms.ChoiceField(
        label="Effet utile",
        choices=[("", "Choisir…"), *sentence_case(UsefulEffect.Effect.choices)],
        required=False,
    )
    explanation = forms.CharField(label="Ce que le projet produit", max_length=500, required=False)
    funder = forms.CharField(label="Financeur concerné", max_length=160, required=False)
    certainty = forms.ChoiceField(
        label="Où en est-on ?",
        choices=[("", "Choisir…"), *sentence_case(Certainty.choices)],
        required=False,
    )


class LineForm(RowForm):
    """A line of the budget; its codes are those of the form of the day."""

    needed = {"code": "Choisissez la ligne du budget."}
    code = forms.ChoiceField(label="Ligne", required=False)
    label = forms.CharField(label="Précision", max_length=160, required=False)
    amount_cents = WholeEurosField(label="Montant", required=False)
    is_assumed = forms.BooleanField(label="hypothèse", required=False)

    def __init__(self, *args: Any, codes: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = [("", "Choisir…"), *codes]


class ResourceForm(LineForm):
    payer = forms.CharField(label="Financeur", max_length=160, required=False)
    certainty = forms.ChoiceField(
        label="Certitude",
        choices=[("", "Choisir…"), *sentence_case(Certainty.choices)],
        required=False,
    )
    field_order = ("code", "payer", "label", "certainty", "amount_cents", "is_assumed")


class AskedForm(PageForm):
    """What is asked: one amount for each class of expenses and each year of the call."""

    def __init__(
        self, *args: Any, classes: Sequence[tuple[str, str]], years: Iterable[int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.classes, self.years = list(classes), list(years)
        for name, label in self.classes:
            for year in self.years:
                self.fields[f"{name}-{year}"] = WholeEurosField(
                    label=f"{label[:1].upper()}{label[1:]}, {year}", required=False
                )

    def amounts(self) -> list[dict[str, Any]]:
        found = []
        for name, _ in self.classes:
            for year in self.years:
                cents = self.cleaned_data.get(f"{name}-{year}") or 0
                found.append({"expense_class": name, "year": year, "amount_cents": cents})
        return found

    def table(self) -> list[tuple[str, list[tuple[int, Any]]]]:
        return [
            (label, [(year, self[f"{name}-{year}"]) for year in self.years])
            for name, label in self.classes
        ]


class PaperForm(PageForm):
    kind = forms.ChoiceField(
        label="Quelle pièce joignez-vous ?", choices=sentence_case(Attachment.Kind.choices)
    )
    file = CheckedFileField(label="Fichier")


class FileForm(KeyedForm):
    """Sending the file."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    accepts_commitments = forms.BooleanField(
        label="Au nom de mon organisation, je souscris au contrat d'engagement républicain et je "
        "déclare sur l'honneur que ce dossier est exact.",
        required=False,
    )


class StartForm(PageForm):
    organisation = forms.ModelChoiceField(
        label="Votre organisation", queryset=Organisation.objects.none(), empty_label=None
    )
    title = forms.CharField(
        label="Titre du projet", help_text="Vous pourrez le changer.", max_length=160
    )

    def __init__(self, *args: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations


class WithdrawForm(PageForm):
    reason = forms.CharField(
        label="Pourquoi retirez-vous ce dossier ?",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
