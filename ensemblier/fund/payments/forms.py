"""The forms that move money: each carries its own key, so that asking twice pays once."""

from django import forms

from ensemblier.base.pages.forms import EurosField, KeyedForm


class ConfirmForm(KeyedForm):
    """One click, once."""


class VoidForm(KeyedForm):
    reason = forms.CharField(
        label="Pourquoi ne pas payer ?", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class RefundForm(KeyedForm):
    amount_cents = EurosField(label="Montant rendu par l'organisation", min_cents=1)
    reason = forms.CharField(
        label="Motif", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
