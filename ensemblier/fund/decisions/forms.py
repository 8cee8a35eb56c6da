"""The form of a decision: its outcome, its reasons, and an amount for each line asked."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.pages.formats import euros
from ensemblier.base.pages.forms import EurosField, KeyedForm
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import AskedAmount
from ensemblier.fund.decisions.models import Decision, DecisionDraft
from ensemblier.fund.decisions.rules import prefilled
from ensemblier.fund.programme.models import Envelope


class DecisionForm(KeyedForm):
    """One row for each line asked; a year with several envelopes lets choose."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label="Que décidez-vous\u00a0?",
        choices=[("funded", "Accorder une aide"), ("refused", "Refuser le dossier")],
        widget=forms.RadioSelect,
    )
    reasons = forms.CharField(
        label="Motifs",
        max_length=4000,
        widget=forms.Textarea({"rows": 6}),
        help_text="L'organisation les lit dans la lettre de décision.",
    )

    conditions = forms.CharField(
        label="Conditions",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="Ce que l'organisation fait avant la convention ou le premier versement.",
    )
    ways = forms.MultipleChoiceField(
        label="D'autres voies à indiquer",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Elles sont écrites dans la lettre, surtout pour un refus.",
    )
    departure = forms.CharField(
        label="Pourquoi ne pas suivre le jury",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="Si votre décision n'est pas le résultat du jury. Cette raison reste à côté du "
        "résultat, pour toujours.",
    )
    hold = forms.BooleanField(
        label="Attendre avant de prévenir l'organisation",
        required=False,
        help_text="Signée mais non notifiée, la décision peut encore être retirée.",
    )

    def __init__(
        self,
        *args: Any,
        asked: list[AskedAmount],
        envelopes: list[Envelope],
        ways: list[str] = (),  # type: ignore[assignment]
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ways"].choices = [(way, way) for way in ways]
        self.asked = asked
        self.by_pk = {envelope.pk: envelope for envelope in envelopes}
        for row in asked:
            place = row.application.department
            usable = [
                e for e in envelopes if e.year == row.year and e.accepts(place, row.expense_class)
            ]
            self.fields[f"award_{row.pk}"] = EurosField(
                label=f"{row.get_expense_class_display().capitalize()}, {row.year}",
                required=False,
                help_text=f"Demandé\u00a0: {euros(row.amount_cents)}",
            )
            self.fields[f"envelope_{row.pk}"] = forms.TypedChoiceField(
                label="Enveloppe",
                required=False,
                coerce=int,
                empty_value=None,
                choices=[(e.pk, str(e)) for e in usable],
                widget=forms.HiddenInput if len(usable) < 2 else forms.Select,
                initial=usable[0].pk if usable else None,
            )

    def groups(self) -> list[tuple[AskedAmount, Any, Any]]:
        return [(row, self[f"award_{row.pk}"], self[f"envelope_{row.pk}"]) for row in self.asked]

    def clean(self) -> dict[str, Any]:
        kept = super().clean() or self.cleaned_data
        for row in self.asked:
            if kept.get(f"award_{row.pk}") and not kept.get(f"envelope_{row.pk}"):
                self.add_error(
                    f"award_{row.pk}", f"Aucune enveloppe de cet appel ne paie cela en {row.year}."
                )
        return kept

    def grants(self) -> list[tuple[Envelope, str, int]]:
        """What is granted; nothing when the file is refused, whatever the amounts say."""
        kept = self.cleaned_data
        if kept["outcome"] == Decision.Outcome.REFUSED:
            return []
        return [
            (self.by_pk[kept[f"envelope_{row.pk}"]], row.expense_class, kept[f"award_{row.pk}"])
            for row in self.asked
            if kept.get(f"award_{row.pk}")
        ]

    def refuse(self, refusal: Refusal) -> None:
        """What an envelope lacks is shown at the first amount taken from it."""
        exhausted = getattr(refusal, "envelope", None)
        for row in self.asked:
            if exhausted and self.cleaned_data.get(f"envelope_{row.pk}") == exhausted.pk:
                self.add_error(f"award_{row.pk}", refusal.message)
                return
        super().refuse(refusal)

    @staticmethod
    def initial_of_draft(
        draft: DecisionDraft, asked: list[AskedAmount], envelopes: list[Envelope]
    ) -> dict[str, Any]:
        """What was prepared: two envelopes for one request are shown as one amount."""
        years = {envelope.pk: envelope.year for envelope in envelopes}
        values: dict[str, Any] = {
            "outcome": draft.outcome,
            "reasons": draft.reasons,
            "conditions": draft.conditions,
            "ways": draft.ways,
        }
        for row in asked:
            parts = [
                (pk, cents)
                for pk, name, cents in draft.awards
                if name == row.expense_class and years.get(pk) == row.year
            ]
            values[f"award_{row.pk}"] = sum(cents for _, cents in parts) or None
            if parts:
                values[f"envelope_{row.pk}"] = parts[0][0]
        return values

    @staticmethod
    def initial_of(
        version: int, asked: list[AskedAmount], proposed_cents: int | None
    ) -> dict[str, Any]:
        amounts = prefilled([row.amount_cents for row in asked], proposed_cents)
        values: dict[str, Any] = {"version": version, "outcome": Decision.Outcome.FUNDED}
        for row, cents in zip(asked, amounts, strict=True):
            values[f"award_{row.pk}"] = cents
        return values
