"""The forms of the atelier: starting, varying, commenting, joining, the text, a spreadsheet."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.atelier.actions import LONGEST_COMMENT
from ensemblier.atelier.starting import models
from ensemblier.base.chains.models import Chain
from ensemblier.base.files import limits
from ensemblier.base.pages.forms import PageForm, UploadInput
from ensemblier.base.people.models import Organisation
from ensemblier.engines.economics.levers import Bounds
from ensemblier.engines.economics.reading import MOST_TEXT
from ensemblier.fund.applications.models import Application

WHY = "Gardé avec la version, pour ceux qui liront après vous."


class StartPlanForm(PageForm):
    """Whose plan, called what, from what."""

    organisation = forms.ModelChoiceField(
        label="Votre organisation", queryset=Organisation.objects.none(), empty_label=None
    )
    title = forms.CharField(label="Nom du plan", max_length=160)
    sheet = forms.TypedChoiceField(
        label="Partir de",
        coerce=int,
        help_text="Chaque fiche d'expérience a son plan ; ses chiffres sont des hypothèses à "
        "remplacer par les vôtres.",
    )

    def __init__(self, *args: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]
        named = [(str(m.sheet), f"Fiche {m.sheet} · {m.name}") for m in models().values()]
        self.fields["sheet"].choices = [  # type: ignore[attr-defined]
            ("0", "Un plan presque vide"),
            ("25 plans d'expériences", named),
        ]


class TextForm(PageForm):
    """The whole plan, as text."""

    text = forms.CharField(
        label="Le texte du plan",
        max_length=MOST_TEXT,
        strip=False,
        widget=forms.Textarea({"rows": 26, "spellcheck": "false", "class": "code"}),
    )
    why = forms.CharField(
        label="Pourquoi ce changement ?", required=False, max_length=200, help_text=WHY
    )
    opened = forms.IntegerField(widget=forms.HiddenInput)


class ScenarioForm(PageForm):
    name = forms.CharField(
        label="Nom du scénario",
        max_length=80,
        help_text="Ce qui le distingue : « Sans mécénat », « Deux fois plus de paniers ».",
    )


class CommentForm(PageForm):
    body = forms.CharField(
        label="Votre commentaire",
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea({"rows": 4}),
    )


class AttachForm(PageForm):
    """The application that the plan goes with, and the chain it is compared with."""

    application = forms.ModelChoiceField(
        label="Dossier de demande",
        queryset=Application.objects.none(),
        required=False,
        empty_label="Aucun",
        help_text="La version du jour de l'envoi pourra être lue par ceux qui instruisent.",
    )
    chain = forms.ModelChoiceField(
        label="Filière",
        queryset=Chain.objects.none(),
        required=False,
        empty_label="Aucune",
        help_text="Pour comparer le plan avec ce qui s'est passé, mois par mois.",
    )

    def __init__(self, *args: Any, applications: Any, chains: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["application"].queryset = applications  # type: ignore[attr-defined]
        self.fields["chain"].queryset = chains  # type: ignore[attr-defined]


class BoundsForm(PageForm):
    """How far each lever may go, in percent. Sent by GET."""

    prix = forms.IntegerField(label="Prix de vente, en plus (%)", min_value=0, max_value=50)
    volumes = forms.IntegerField(
        label="Volumes, en plus ou en moins (%)", min_value=0, max_value=50
    )
    charges = forms.IntegerField(label="Charges, en moins (%)", min_value=0, max_value=50)
    ressources = forms.IntegerField(
        label="Autres ressources, en plus (%)", min_value=0, max_value=50
    )

    def bounds(self) -> Bounds:
        if not self.is_valid():
            return Bounds()
        asked = self.cleaned_data
        return Bounds(asked["prix"], asked["volumes"], asked["charges"], asked["ressources"])


class UploadForm(PageForm):
    """A spreadsheet that we gave, changed in a spreadsheet program."""

    table = forms.FileField(
        label="Le tableur",
        widget=UploadInput(
            max_octets=limits.MAX_BYTES,
            kinds=("ods", "xlsx", "csv"),
            what_happens="Seule la première feuille est lue, celle des hypothèses. Rien n'est "
            "enregistré avant que vous ayez relu les changements.",
        ),
    )
