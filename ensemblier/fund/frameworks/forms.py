"""The forms of framework programmes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.forms import (
    DayField,
    EurosField,
    KeyedForm,
    PageForm,
    WholeEurosField,
)
from ensemblier.base.people.models import Organisation
from ensemblier.fund.frameworks.models import Cover, Framework, NetworkCriterion
from ensemblier.fund.programme.models import ExpenseClass

LINES = {"rows": 3}
YES_NO = (("yes", "Oui"), ("no", "Non"))


class DayForm(PageForm):
    answer_by = DayField(
        label="Les membres répondent avant le",
        help_text="Après cette date leur lien ne répond plus ; vous pouvez la changer.",
    )


class ShareForm(PageForm):
    """A member, its project in short, and its amounts by class and year."""

    member = forms.ModelChoiceField(label="Membre", queryset=Organisation.objects.none())
    project = forms.CharField(
        label="Son projet, en quelques mots", max_length=1000, widget=forms.Textarea(attrs=LINES)
    )

    def __init__(self, *args: Any, framework: Framework, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        application = framework.application
        field: Any = self.fields["member"]
        field.queryset = Organisation.objects.filter(head=application.organisation_id)
        for row in application.call.expenses.all():
            for year in application.call.years:
                name = f"amount_{row.expense_class}_{year}"
                label = ExpenseClass(row.expense_class).label.capitalize()
                self.fields[name] = WholeEurosField(label=f"{label}, {year}", required=False)


class GuaranteeForm(PageForm):
    text = forms.CharField(
        label="Ce que la tête de réseau garantit",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    covers = forms.MultipleChoiceField(
        label="Cette garantie couvre",
        choices=[(value, str(label).capitalize()) for value, label in Cover.choices],
        widget=forms.CheckboxSelectMultiple,
    )


class ReasonForm(PageForm):
    reason = forms.CharField(label="Motif", max_length=500, widget=forms.Textarea(attrs=LINES))


class PlainForm(PageForm):
    """One click."""


class CriterionForm(PageForm):
    label = forms.CharField(label="Critère", max_length=160)
    explanation = forms.CharField(label="Ce qui est regardé", max_length=300, required=False)
    scale_max = forms.IntegerField(
        label="Note maximale", min_value=1, max_value=20, initial=4,
        error_messages={
            "invalid": "Écrivez un nombre entier, de 1 à 20.",
            "min_value": "La note maximale va de 1 à 20.",
            "max_value": "La note maximale va de 1 à 20.",
        },
    )  # fmt: skip


class ScoreForm(PageForm):
    """A score and its reason for each criterion of the network."""

    def __init__(self, *args: Any, criteria: Sequence[NetworkCriterion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in criteria:
            self.fields[f"score_{row.pk}"] = forms.IntegerField(
                label=f"{row.label} : note de 0 à {row.scale_max}",
                help_text=row.explanation,
                error_messages={"invalid": "Écrivez un nombre entier."},
            )
            self.fields[f"reason_{row.pk}"] = forms.CharField(label="Pourquoi", max_length=300)


class AnswerForm(PageForm):
    """A member's yes or no to what it read."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    agrees = forms.ChoiceField(
        label="Votre organisation prend-elle cette part ?",
        choices=YES_NO,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(label="Votre nom et votre fonction", max_length=120)
    reason = forms.CharField(
        label="Si c'est non, pourquoi ?",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs=LINES),
    )


class SignedInAnswerForm(AnswerForm):
    """The same, from an account: its name is known."""

    name = None  # type: ignore[assignment]


class OpenForm(KeyedForm):
    """What each member gets of what was granted."""

    def __init__(
        self, *args: Any, places: Sequence[tuple[int, str, str]], first: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        for pk, name, member in places:
            label = f"{member} · {ExpenseClass(name).label}"
            self.fields[f"part_{pk}_{name}"] = EurosField(
                label=label, required=False, initial=first.get((pk, name))
            )

    def amounts(self) -> dict[tuple[int, str], int]:
        return {
            (pk, name): self.cleaned_data.get(f"part_{pk}_{name}") or 0
            for pk, name, _ in self.places
        }


class DrawForm(KeyedForm):
    source = forms.ChoiceField(label="Type de dépense")
    label = forms.CharField(label="Ce qui a été payé", max_length=160)
    amount_cents = EurosField(label="Montant", min_cents=1)
    spent_on = DayField(label="Payé le")
    evidence = CheckedFileField(label="Facture ou autre preuve")

    def __init__(self, *args: Any, choices: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["source"]
        field.choices = choices


class YesNoForm(KeyedForm):
    accepts = forms.ChoiceField(label="Votre réponse", choices=YES_NO, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Pourquoi",
        help_text="Obligatoire si c'est non.",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs=LINES),
    )


class TransferForm(KeyedForm):
    giver = forms.ChoiceField(label="Qui laisse")
    taker = forms.ChoiceField(label="Qui reçoit")
    amount_cents = EurosField(label="Montant", min_cents=1)
    reason = forms.CharField(label="Motif", max_length=1000, widget=forms.Textarea(attrs=LINES))

    def __init__(
        self,
        *args: Any,
        givers: Sequence[tuple[int, str]],
        takers: Sequence[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        giver: Any = self.fields["giver"]
        taker: Any = self.fields["taker"]
        giver.choices, taker.choices = givers, takers
