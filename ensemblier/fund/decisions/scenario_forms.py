"""Forms of scenarios, drafts, letters, delegations and notices."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm
from ensemblier.base.people.models import Mandate, Role

KINDS = [
    ("rank", "Les mieux notés d'abord"),
    ("rate", "La même part de sa demande pour chacun"),
    ("floor", "Une part gardée pour chaque région, puis les mieux notés"),
    ("manual", "Seulement des montants fixés à la main"),
]


def percent_field(label: str, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        validators=[
            MinValueValidator(options.pop("least", 0), "Écrivez un nombre plus grand."),
            MaxValueValidator(100, "Écrivez un nombre de 100 au plus."),
        ],
        error_messages={"invalid": "Écrivez un nombre entier, par exemple 80."},
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        **options,
    )


class ScenarioForm(PageForm):
    """One rule, in plain words."""

    name = forms.CharField(label="Nom du scénario", max_length=80)
    kind = forms.ChoiceField(
        label="Comment partager\u00a0?", choices=KINDS, widget=forms.RadioSelect
    )
    rate = percent_field(
        "Part de la demande servie au plus (%)", least=1, help_text="Vide : toute la demande."
    )
    min_score = percent_field("Note minimale, sur 100", help_text="Vide : pas de minimum.")
    floor = percent_field(
        "Part des enveloppes communes gardée pour les régions (%)",
        help_text="Pour la règle « une part gardée pour chaque région ».",
    )
    whole_files = forms.BooleanField(
        label="Servir un dossier en entier ou pas du tout", required=False
    )

    def clean(self) -> dict[str, Any]:
        kept = super().clean() or self.cleaned_data
        if kept.get("kind") == "floor" and kept.get("floor") is None and "floor" not in self.errors:
            self.add_error("floor", "Écrivez la part gardée pour les régions, par exemple 40.")
        return kept

    def rule(self) -> dict[str, Any]:
        kept = self.cleaned_data
        return {
            "kind": kept["kind"],
            "rate_bp": 100 * (kept["rate"] or 100),
            "min_score_bp": None if kept["min_score"] is None else 100 * kept["min_score"],
            "floor_bp": 100 * (kept["floor"] or 0),
            "whole_files": kept["whole_files"],
        }


class FixForm(PageForm):
    """What one file gets in a scenario, by hand."""

    number = forms.CharField(label="Numéro du dossier", max_length=16)
    amount = EurosField(label="Montant", help_text="0 : ce dossier n'a rien.")
    reason = forms.CharField(
        label="Pourquoi",
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text="L'organisation lira ce motif dans sa lettre.",
    )


class WithdrawForm(PageForm):
    why = forms.CharField(
        label="Pourquoi retirer cette décision\u00a0?",
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
    )


class LetterForm(PageForm):
    """The words of a letter, with the version that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    body = forms.CharField(label="Texte", max_length=6000, widget=forms.Textarea({"rows": 16}))


class DelegationForm(PageForm):
    """An act of delegation, bound to a mandate."""

    mandate = forms.ModelChoiceField(
        label="Signataire", queryset=Mandate.objects.none(), empty_label="Choisissez"
    )
    act = forms.CharField(label="Arrêté", max_length=120, help_text="Numéro et date.")
    ceiling = EurosField(
        label="Plafond par décision", required=False, help_text="Vide : sans plafond."
    )
    starts = DayField(label="Du")
    ends = DayField(label="Au", required=False)

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Mandate.objects.on(day).filter(role=Role.SIGNATORY)
        field = self.fields["mandate"]
        field.queryset = rows.select_related("user", "region", "department").order_by("pk")
        field.label_from_instance = lambda row: (
            f"{row.user} · {row.department or row.region or 'national'}"
        )


class NoticeForm(PageForm):
    """What is blamed, what is intended, and until when one may answer."""

    title = forms.CharField(label="Objet", max_length=160)
    grounds = forms.CharField(
        label="Ce qui est constaté, et ce qui est envisagé",
        max_length=4000,
        widget=forms.Textarea({"rows": 8}),
    )
    due_on = DayField(label="Réponse attendue avant le")


class ReplyForm(PageForm):
    reply = forms.CharField(
        label="Vos observations", max_length=8000, widget=forms.Textarea({"rows": 8})
    )


class SignManyForm(KeyedForm):
    """The confirmation of a bundle of signatures."""

    agrees = forms.BooleanField(
        label="J'ai lu ces projets de décision et je les signe l'un après l'autre"
    )
    hold = forms.BooleanField(label="Attendre avant de prévenir les organisations", required=False)
