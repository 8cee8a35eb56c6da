"""The forms of the cards: give one, block it, erase it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from ensemblier.base.pages.forms import DayField, KeyedForm, PageForm
from ensemblier.base.people.models import Organisation


class GiveForm(KeyedForm):
    given_by = forms.ModelChoiceField(
        label="Remise par", queryset=Organisation.objects.none(), empty_label=None
    )
    given_on = DayField(label="Le")

    def __init__(
        self, *args: Any, givers: QuerySet[Organisation], today: date, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {"given_on": today} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.today = today
        field: Any = self.fields["given_by"]
        field.queryset = givers

    def clean_given_on(self) -> date:
        day: date = self.cleaned_data["given_on"]
        if day > self.today:
            raise forms.ValidationError("Ce jour est à venir : écrivez le jour de la remise.")
        return day


class BlockForm(PageForm):
    reason = forms.CharField(
        label="Pourquoi ?",
        max_length=300,
        help_text="Perdue, rendue… N'écrivez ni nom ni situation de la personne.",
    )


class EraseForm(PageForm):
    sure = forms.BooleanField(label="J'efface cette carte et ses droits, sans retour possible")
