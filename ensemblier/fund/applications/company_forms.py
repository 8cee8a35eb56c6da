"""Forms around a file: invite, comment, keep a version, copy, help under a mandate."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.forms import DayField, PageForm
from ensemblier.base.territory.forms import CommuneField
from ensemblier.fund.applications.forms import sentence_case
from ensemblier.fund.applications.models import Application, HelpMandate, SeatRole
from ensemblier.fund.applications.rules import STEPS


class SeatForm(PageForm):
    email = forms.EmailField(
        label="Adresse e-mail de la personne",
        help_text="Elle reçoit un lien, valable 14 jours. Elle peut être d'une autre organisation.",
    )
    role = forms.ChoiceField(
        label="Ce qu'elle pourra faire",
        choices=sentence_case(SeatRole.choices),
        widget=forms.RadioSelect,
        initial=SeatRole.COMMENTER,
    )


class CommentForm(PageForm):
    step = forms.ChoiceField(label="Page du dossier", choices=[row for row in STEPS])
    body = forms.CharField(
        label="Votre commentaire",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class VersionForm(PageForm):
    note = forms.CharField(
        label="Nom de cette version",
        help_text="Par exemple : avant la réunion du bureau.",
        max_length=120,
        required=False,
    )


class OldFileChoice(forms.ModelChoiceField):
    def label_from_instance(self, row: Application) -> str:
        return f"{row.title} ({row.number}, {row.call.title})"


class CopyForm(PageForm):
    source = OldFileChoice(
        label="Le dossier à reprendre", queryset=Application.objects.none(), empty_label=None
    )
    title = forms.CharField(
        label="Titre du nouveau dossier",
        help_text="Laissez vide pour garder l'ancien titre.",
        max_length=160,
        required=False,
    )

    def __init__(self, *args: Any, files: list[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Application.objects.filter(pk__in=[row.pk for row in files])
        self.fields["source"].queryset = rows.select_related("call")


class HelpForm(PageForm):
    """Who asks, who speaks for it, and how it said yes."""

    title = forms.CharField(label="Titre du projet", max_length=160)
    name = forms.CharField(label="Nom de l'association", max_length=200)
    siret = forms.CharField(label="SIRET", max_length=20, required=False)
    rna = forms.CharField(
        label="Numéro RNA", help_text="W et neuf chiffres. L'un des deux numéros suffit.",
        max_length=14, required=False,
    )  # fmt: skip
    commune = CommuneField(label="Commune du siège", required=False)
    representative = forms.CharField(
        label="Représentant légal",
        help_text="La personne qui confirmera le dossier avant le dépôt.",
        max_length=120,
    )
    email = forms.EmailField(
        label="Son adresse e-mail",
        help_text="Sans adresse, elle confirmera sur papier signé.",
        required=False,
    )
    quality = forms.ChoiceField(
        label="Vous aidez en qualité de",
        choices=sentence_case(HelpMandate.Quality.choices),
        widget=forms.RadioSelect,
    )
    proof = forms.ChoiceField(
        label="Comment l'association a donné son accord",
        choices=sentence_case(HelpMandate.Proof.choices),
        widget=forms.RadioSelect,
    )
    given_on = DayField(label="Date de cet accord")
    paper = CheckedFileField(label="Le mandat signé", required=False)
    statement = forms.CharField(
        label="Ce qui a été dit",
        help_text="Pour un accord de vive voix : par qui, où, en présence de qui.",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SignedPaperForm(PageForm):
    paper = CheckedFileField(label="Le papier signé par le représentant")


class ConfirmForm(PageForm):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    agrees = forms.BooleanField(
        label="J'ai lu ce dossier. Il dit ce que nous demandons, et je souscris le contrat "
        "d'engagement républicain.",
    )
