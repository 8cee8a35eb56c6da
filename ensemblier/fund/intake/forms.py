"""The forms of imports: give a table, correct its columns, say why it is undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings

from ensemblier.base.files import limits
from ensemblier.base.pages.forms import DayField, PageForm, UploadInput
from ensemblier.fund.applications.models import HelpMandate
from ensemblier.fund.calls.models import Call
from ensemblier.fund.intake.actions import QUALITIES
from ensemblier.fund.intake.fields import Field
from ensemblier.fund.intake.models import ColumnMapping

LINES = {"rows": 3}
EITHER = ("siret", "rna")  # one of them, whichever


class TableForm(PageForm):
    """A table, the call it is for, and the agreement of the associations."""

    call = forms.ModelChoiceField(label="Appel", queryset=Call.objects.none(), empty_label=None)
    paper = forms.FileField(
        label="Tableau",
        widget=UploadInput(
            max_octets=limits.MAX_BYTES,
            kinds=("csv", "xlsx", "ods"),
            what_happens="La première feuille est lue, puis montrée ligne à ligne. Rien ne change "
            "avant votre accord.",
        ),
    )
    mapping = forms.ModelChoiceField(
        label="Colonnes déjà connues",
        queryset=ColumnMapping.objects.none(),
        required=False,
        empty_label="Reconnaître les colonnes à leur titre",
    )
    quality = forms.ChoiceField(
        label="Vous saisissez en qualité de",
        choices=[(q.value, str(q.label).capitalize()) for q in QUALITIES],
        widget=forms.RadioSelect,
        initial=HelpMandate.Quality.OFFICER,
    )
    statement = forms.CharField(
        label="Comment les associations ont donné leur accord",
        help_text="Noté avec chaque dossier : par qui, où, quand. Leur représentant confirmera "
        "avant le dépôt.",
        max_length=800,
        widget=forms.Textarea(attrs=LINES),
    )
    given_on = DayField(label="Date de cet accord")

    def __init__(self, *args: Any, user: Any, calls: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["call"].queryset = calls
        self.fields["mapping"].queryset = ColumnMapping.objects.filter(owner=user)

    def clean_paper(self) -> Any:
        upload = self.cleaned_data["paper"]
        if getattr(upload, "too_big", False) or upload.size > limits.MAX_BYTES:
            limit = limits.in_french(limits.MAX_BYTES)
            raise forms.ValidationError(f"Ce fichier dépasse {limit} : coupez-le en plusieurs.")
        return upload


class ColumnsForm(PageForm):
    """One list per field: the column that fills it."""

    name = forms.CharField(
        label="Garder ces choix sous un nom",
        help_text="Pour le prochain tableau qui a les mêmes colonnes.",
        max_length=80,
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        fields: Sequence[Field],
        heading: Sequence[str],
        chosen: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Aucune colonne"), *((text, text) for text in heading if text)]
        self.places: dict[str, str] = {}
        self.essential: set[str] = set()
        self.chosen = {code for code, text in chosen.items() if text}
        for rank, field in enumerate(fields):
            self.places[f"field_{rank}"] = field.code
            self.fields[f"field_{rank}"] = forms.ChoiceField(
                label=field.label,
                choices=choices,
                required=field.is_required,
                initial=chosen.get(field.code, ""),
                error_messages={"required": f"Choisissez la colonne « {field.label} »."},
            )
            if field.is_required or field.code in EITHER:
                self.essential.add(f"field_{rank}")
        self.order_fields([*self.places, "name"])

    def columns(self) -> dict[str, str]:
        return {code: self.cleaned_data.get(name, "") for name, code in self.places.items()}

    def groups(self) -> list[tuple[str, bool, list[Any]]]:
        """Title, open or not, fields: what an import cannot do without, the rest folded."""
        parts: dict[str, list[str]] = {"L'essentiel": [], "Le projet": [], "L'argent": [],
                                       "Les questions": []}  # fmt: skip
        for name, code in self.places.items():
            kind = code.split(":")[0]
            title = {"line": "L'argent", "asked": "L'argent", "answer": "Les questions"}
            essential = "L'essentiel" if name in self.essential else "Le projet"
            parts[title.get(kind, essential)].append(name)
        return [
            (self._titled(title, names), self._is_open(title, names), [self[n] for n in names])
            for title, names in parts.items()
            if names
        ]

    def _titled(self, title: str, names: list[str]) -> str:
        found = sum(1 for name in names if self.places[name] in self.chosen)
        return f"{title} : {found} colonne{'s' if found > 1 else ''} sur {len(names)}"

    def _is_open(self, title: str, names: list[str]) -> bool:
        return title == "L'essentiel" or any(name in self.errors for name in names)


class ReasonForm(PageForm):
    reason = forms.CharField(label="Motif", max_length=500, widget=forms.Textarea(attrs=LINES))


class DemarcheForm(PageForm):
    """A démarche, its token, and the agreement of the associations."""

    call = forms.ModelChoiceField(label="Appel", queryset=Call.objects.none(), empty_label=None)
    host = forms.ChoiceField(label="Site de la démarche")
    number = forms.IntegerField(
        label="Numéro de la démarche",
        min_value=1,
        max_value=10_000_000,
        error_messages={
            "invalid": "Écrivez le numéro de la démarche, en chiffres.",
            "min_value": "Ce numéro n'existe pas.",
            "max_value": "Ce numéro n'existe pas.",
        },
    )
    token = forms.CharField(
        label="Jeton de l'API",
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Créé sur le site de la démarche, par son administrateur. Il est chiffré ici.",
    )
    quality = TableForm.base_fields["quality"]
    statement = TableForm.base_fields["statement"]
    given_on = TableForm.base_fields["given_on"]

    def __init__(self, *args: Any, calls: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["call"]
        field.queryset = calls
        host: Any = self.fields["host"]
        host.choices = [(name, name) for name in settings.DEMARCHE_HOSTS]
