"""The filters of the journal."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from ensemblier.base.pages.forms import PageForm
from ensemblier.fund.applications.models import Application
from ensemblier.web.books.words import CONCEPTS

NUMBER = re.compile(r"\d{4}-\d{5}")


class JournalFilters(PageForm):
    """All optional: what, on which file, by whom, when."""

    action = forms.ChoiceField(
        label="Quoi", required=False, choices=[("", "Tout"), *sorted(CONCEPTS.items())]
    )
    subject = forms.CharField(
        label="Dossier",
        required=False,
        max_length=60,
        help_text="Son numéro, par exemple 2027-00012.",
    )
    who = forms.CharField(
        label="Qui", required=False, max_length=120, help_text="Nom affiché ou adresse e-mail."
    )
    since = forms.DateField(
        label="Depuis le", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="Jusqu'au", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_subject(self) -> str:
        """The subject of the journal from the number of a file; a subject as it is otherwise."""
        text = self.cleaned_data["subject"].strip()
        if not NUMBER.fullmatch(text):
            return text
        pk = Application.objects.filter(number=text).values_list("pk", flat=True).first()
        if pk is None:
            raise forms.ValidationError("Aucun dossier ne porte ce numéro. Vérifiez-le.")
        return f"application:{pk}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", "Cette date précède la première. Échangez-les.")
        return data
