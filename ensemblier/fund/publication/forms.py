"""The filters of the public page, and what an officer corrects or withdraws."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.pages.forms import PageForm
from ensemblier.base.territory.models import Region
from ensemblier.fund.programme.models import Strand
from ensemblier.fund.publication.models import EntryVersion


class FilterForm(PageForm):
    """Sent by GET: the address of a selection can be kept and shared."""

    annee = forms.ChoiceField(label="Année", required=False)
    region = forms.ChoiceField(label="Région", required=False)
    volet = forms.ChoiceField(
        label="Volet", required=False, choices=[("", "Tous"), *Strand.choices]
    )

    def __init__(self, *args: Any, rows: list[EntryVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = sorted({str(row.entry.year) for row in rows}, reverse=True)
        codes = {row.content.get("region") for row in rows}
        regions = Region.objects.filter(code__in=codes).values_list("code", "name")
        self.fields["annee"].choices = [("", "Toutes"), *((y, y) for y in years)]  # type: ignore[attr-defined]
        self.fields["region"].choices = [("", "Toutes"), *sorted(regions, key=lambda r: r[1])]  # type: ignore[attr-defined]


class CorrectForm(PageForm):
    """A correction: what changes, and why."""

    objet = forms.CharField(label="Objet", max_length=256)
    conditionsVersement = forms.CharField(label="Conditions de versement", max_length=256)  # noqa: N815
    idRAE = forms.CharField(  # noqa: N815
        label="Numéro d'aide d'État (RAE)", required=False, max_length=5
    )
    notificationUE = forms.ChoiceField(  # noqa: N815
        label="Notifiée à l'Union européenne", choices=[("non", "non"), ("oui", "oui")]
    )
    reason = forms.CharField(label="Pourquoi", max_length=500)

    def changes(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


class ReasonForm(PageForm):
    reason = forms.CharField(label="Pourquoi", max_length=500)
