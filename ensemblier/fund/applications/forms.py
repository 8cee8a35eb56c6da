"""The pages of a file as forms. A draft may be half empty: only the title is required."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ensemblier.base.chains.terms import Length, Link
from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.forms import DayField, KeyedForm, PageForm
from ensemblier.base.people.models import Organisation
from ensemblier.base.territory.forms import CommuneField
from ensemblier.base.territory.models import Department
from ensemblier.fund.applications.models import Goal, Quality, Stage
from ensemblier.fund.applications.report import stage_rule


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
    optional = ("starts_on", "qualities")
    title = forms.CharField(label="Titre du projet", max_length=160)
    summary = long_text(
        "Le projet en quelques phrases", "Qui fait quoi, pour qui, où. Des mots simples suffisent."
    )
    goals = many_of(
        "À quel but du fonds le projet répond-il ?", Goal, "Un seul suffit. Cochez ce qui est vrai."
    )
    stage = one_of("Où en est le projet ?", Stage, stage_rule().sentence)
    starts_on = DayField(
        label="Quand le projet a-t-il commencé, ou quand commencera-t-il ?",
        help_text="Un jour approximatif suffit.",
        required=False,
    )
    links = many_of("Maillons de la filière", Link, "Cochez tout ce que le projet fait.")
    length = one_of("Longueur de la filière", Length)
    qualities = many_of("Comment sont les produits ?", Quality, "Cochez ce qui est vrai.")
    quality = long_text(
        "Qualité et origine des produits",
        "D'où viennent les produits, comment ils sont cultivés, comment on le vérifie. « Frais », "
        "« local », « de qualité » ne veulent pas dire la même chose pour tous : dites qui en a "
        "débattu, des mangeurs aux producteurs. Un produit local n'est pas toujours meilleur.",
    )


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
        "Depuis quand vous agissez ici, qui vous connaît, ce qui vous relie au territoire.",
    )

    def __init__(self, *args: Any, districts: Sequence[tuple[str, str]] = (), **kwargs: Any):
        super().__init__(*args, **kwargs)
        if districts:
            self.fields["qpv_codes"].choices = list(districts)
        else:
            del self.fields["qpv_codes"]


class NoForm(StepForm):
    """A page made of rows only."""


class PaperForm(PageForm):
    """A paper: what it is, then the file. The kinds are those of this file (see papers.py)."""

    kind = forms.ChoiceField(label="Quelle pièce joignez-vous ?")
    file = CheckedFileField(label="Fichier")

    def __init__(self, *args: Any, kinds: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = list(kinds)


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
