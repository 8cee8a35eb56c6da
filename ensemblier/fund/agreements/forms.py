"""The form that prepares an agreement: dates, clause, and up to four instalments."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm
from ensemblier.fund.agreements.actions import Planned
from ensemblier.fund.agreements.models import Instalment

RANKS = (1, 2, 3, 4)


class PrepareForm(PageForm):
    """Instalments are typed in rows; an empty row is left out."""

    starts_on = DayField(label="La convention commence le")
    ends_on = DayField(label="Elle finit le")
    surplus_clause = forms.CharField(
        label="Si tout n'est pas dépensé",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Vide : ce qui n'est pas dépensé est rendu à l'État, sauf accord écrit.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rank in RANKS:
            self.fields[f"amount_{rank}"] = EurosField(
                label=f"Échéance {rank} : montant", required=False
            )
            self.fields[f"release_{rank}"] = forms.ChoiceField(
                label=f"Échéance {rank} : versée", choices=Instalment.Release, required=False
            )
            self.fields[f"due_on_{rank}"] = DayField(
                label=f"Échéance {rank} : prévue le", required=False
            )

    def facts(self) -> list[Any]:
        """The fields that are not instalments."""
        return [self[name] for name in ("starts_on", "ends_on", "surplus_clause")]

    def rows(self) -> list[list[Any]]:
        """The fields of each instalment."""
        return [
            [self[f"{name}_{rank}"] for name in ("amount", "release", "due_on")] for rank in RANKS
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for rank in RANKS:
            amount, due_on = cleaned.get(f"amount_{rank}"), cleaned.get(f"due_on_{rank}")
            if amount and not due_on and f"due_on_{rank}" not in self.errors:
                self.add_error(f"due_on_{rank}", "Indiquez quand cette échéance est prévue.")
            if due_on and not amount and f"amount_{rank}" not in self.errors:
                self.add_error(f"amount_{rank}", "Indiquez le montant de cette échéance.")
        return cleaned

    def instalments(self) -> list[Planned]:
        """What was planned, in order."""
        cleaned = self.cleaned_data
        filled = [rank for rank in RANKS if cleaned.get(f"amount_{rank}")]
        return [
            Planned(
                label="Solde" if rank == filled[-1] and len(filled) > 1 else f"Versement {rank}",
                release=cleaned[f"release_{rank}"],
                amount_cents=cleaned[f"amount_{rank}"],
                due_on=cleaned[f"due_on_{rank}"],
            )
            for rank in filled
        ]


class SignForm(KeyedForm):
    """Signing asks for one explicit tick."""

    agrees = forms.BooleanField(
        label="J'ai lu la convention et je la signe au nom de mon organisation"
    )
