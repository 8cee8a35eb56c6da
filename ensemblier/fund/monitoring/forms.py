"""The report of an organisation, and the desk's check."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.pages.forms import EurosField, PageForm
from ensemblier.fund.applications.models import Side
from ensemblier.fund.monitoring.models import Report


class ReportForm(PageForm):
    """The story, the actual amounts beside the planned ones, and why they differ."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    narrative = forms.CharField(
        label="Ce qui a été fait",
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Quelques phrases simples : les actions, les personnes, ce qui a changé.",
    )
    people_count = forms.IntegerField(
        label="Nombre de personnes touchées",
        required=False,
        min_value=0,
        max_value=100_000_000,
        help_text="Une estimation suffit : aucun nom, aucune liste.",
    )
    variance_note = forms.CharField(
        label="Pourquoi le réalisé diffère du prévu",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        self.lines = list(report.lines.all())
        initial = {
            "version": report.version,
            "narrative": report.narrative,
            "people_count": report.people_count,
            "variance_note": report.variance_note,
            **{f"line_{line.pk}": line.actual_cents for line in self.lines},
        }
        super().__init__(*args, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)
        for line in self.lines:
            self.fields[f"line_{line.pk}"] = EurosField(
                label=f"Réalisé : {line.code} {line.label}", required=False
            )

    def charges(self) -> list[tuple[Any, Any]]:
        return self._side(Side.CHARGE)

    def resources(self) -> list[tuple[Any, Any]]:
        return self._side(Side.RESOURCE)

    def _side(self, side: str) -> list[tuple[Any, Any]]:
        return [(line, self[f"line_{line.pk}"]) for line in self.lines if line.side == side]

    def actuals(self) -> dict[int, int | None]:
        return {line.pk: self.cleaned_data[f"line_{line.pk}"] for line in self.lines}


class CheckForm(PageForm):
    """Accept with the amount justified, or send back with what is missing."""

    justified_cents = EurosField(label="Dépenses admises sur la subvention", required=False)
    note = forms.CharField(
        label="Remarques pour l'organisation",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
