"""The forms of the reports: close a period, send, count declared answers, take the books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.forms import DayField, KeyedForm, PageForm
from ensemblier.base.people.models import Organisation
from ensemblier.chain.cofinancing.models import SchemePayer
from ensemblier.reports.figures import SITUATIONS
from ensemblier.reports.models import ReportKind

SENT = [(kind.value, str(kind.label).capitalize()) for kind in ReportKind]
SENT.remove((ReportKind.SUFFICIENCY.value, str(ReportKind.SUFFICIENCY.label).capitalize()))


class CloseForm(PageForm):
    last_day = DayField(label="Clore jusqu'au", help_text="Compris. Un jour passé.")


class FillForm(PageForm):
    """Which chains fill the report, and the version of the report that was read."""

    chains = forms.ModelMultipleChoiceField(
        queryset=Chain.objects.none(), widget=forms.MultipleHiddenInput
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, chains: Sequence[Chain], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["chains"]
        field.queryset = Chain.objects.filter(pk__in=[each.pk for each in chains])


class ToForm(KeyedForm):
    """To whom, for which days."""

    recipient = forms.ModelChoiceField(
        label="Destinataire",
        queryset=Organisation.objects.none(),
        empty_label=None,
        help_text="Un membre de la filière pendant ces jours, même parti depuis, un financeur de "
        "ses dispositifs, ou l'organisation pilote.",
    )
    first_day = DayField(label="Du")
    last_day = DayField(label="Au", help_text="Un jour d'une période close.")

    def __init__(self, *args: Any, chain: Chain, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chain = chain
        field: Any = self.fields["recipient"]
        field.queryset = recipients(chain, date.min, day)

    def clean(self) -> dict[str, Any]:
        """Of the days of the report, not of today: who left reads what it took part in."""
        data: dict[str, Any] = super().clean() or {}
        to, first, last = (data.get(name) for name in ("recipient", "first_day", "last_day"))
        if to and first and last and not recipients(self.chain, first, last).contains(to):
            self.add_error(
                "recipient",
                f"{to} ne fait pas partie de la filière à ces dates, et n'y paie rien. Choisissez "
                "une période où elle y était.",
            )
        return data


def recipients(chain: Chain, first: date, last: date) -> QuerySet[Organisation]:
    """The lead, who took part in the chain on one of these days, and who pays in its schemes."""
    part = Q(chain_parts__chain=chain, chain_parts__starts__lte=last)
    part &= Q(chain_parts__ends__isnull=True) | Q(chain_parts__ends__gte=first)
    payers = SchemePayer.objects.filter(scheme__chain=chain).values("organisation")
    rows = Organisation.objects.filter(part | Q(pk=chain.lead_id) | Q(pk__in=payers))
    return rows.distinct()


class SendForm(ToForm):
    kind = forms.ChoiceField(
        label="Que contient-il ?",
        choices=SENT,
        widget=forms.RadioSelect,
        initial=ReportKind.FUNDER,
        help_text="Chaque euro n'est dit qu'une fois, à un seul financeur.",
    )
    field_order = ("kind", "recipient", "first_day", "last_day")


class SufficiencyForm(ToForm):
    """How many people gave each answer, before and after; no answer of one person."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for moment, words in (("before", "Avant"), ("after", "Après")):
            for key, label in SITUATIONS.items():
                self.fields[f"{moment}_{key}"] = forms.IntegerField(
                    label=f"{words}\u00a0: {label}", min_value=0, max_value=1_000_000, initial=0
                )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for moment in ("before", "after"):
            data[moment] = {key: data.pop(f"{moment}_{key}", 0) for key in SITUATIONS}
        return data


class BooksForm(PageForm):
    first = DayField(label="Du")
    last = DayField(label="Au")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", "La fin de la période précède son début.")
        return data
