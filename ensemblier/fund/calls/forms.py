"""Writing a call: its text and dates, its expenses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from ensemblier.base.pages.forms import EurosField, PageForm
from ensemblier.base.pages.instants import InstantField, NoSuchHour, placed
from ensemblier.fund.calls.defaults import TEMPLATES
from ensemblier.fund.calls.instants import ZONES, to_the_end
from ensemblier.fund.calls.models import Call, CallExpense, Condition, Watch
from ensemblier.fund.programme.models import Envelope, ExpenseClass, Programme, Strand

LONGEST_PK = 18  # digits: all fit in 64 bits


class PercentField(forms.CharField):
    """A rate typed « 80 » or « 33,33 », given in ten-thousandths."""

    shape = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?\s*%?")

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, int):
            return value
        text = (value or "").replace("\u00a0", " ").strip()
        if not text:
            return None
        match = self.shape.fullmatch(text)
        if match is None:
            raise ValidationError("Écrivez un pourcentage, par exemple 80 ou 33,33.")
        bp = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
        if not 0 < bp <= 10_000:
            raise ValidationError("Écrivez un pourcentage au-dessus de 0 et jusqu'à 100.")
        return bp

    def run_validators(self, value: Any) -> None:
        """The bounds are checked as it is read."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        units, rest = divmod(value, 100)
        return f"{units},{rest:02d}" if rest else str(units)


class EnvelopesField(forms.ModelMultipleChoiceField):
    """Envelopes ticked; a number that no row can have never reaches the database."""

    def clean(self, value: Any) -> Any:
        if any(len(str(pk)) > LONGEST_PK for pk in value or ()):
            raise ValidationError("Choisissez des enveloppes de la liste.", code="list")
        return super().clean(value)


class CallForm(PageForm):
    title = forms.CharField(label="Titre", max_length=160)
    description = forms.CharField(label="Présentation", widget=forms.Textarea(attrs={"rows": 6}))
    zone = forms.ChoiceField(label="Fuseau horaire", choices=[(k, v) for k, v in ZONES.items()])
    opens_at = InstantField(label="Ouvre le")
    closes_at = InstantField(
        label="Ferme le",
        help_text="À cet instant, plus aucun dépôt. 23:59 vaut jusqu'à la dernière seconde.",
    )
    first_year = forms.IntegerField(label="Première année financée", min_value=2020, max_value=2100)
    last_year = forms.IntegerField(label="Dernière année financée", min_value=2020, max_value=2100)
    max_rate_bp = PercentField(
        label="Part maximale du budget payée par le fonds", help_text="En pourcentage."
    )
    min_cents = EurosField(label="Montant minimal d'une demande", required=False)
    max_cents = EurosField(label="Montant maximal d'une demande", required=False)
    watch = forms.MultipleChoiceField(
        label="Attention particulière",
        help_text="Les territoires que la lecture des dossiers regarde de près.",
        choices=Watch.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": "Choisissez des territoires de la liste."},
    )
    has_silence_rule = forms.BooleanField(
        label="Le silence vaut refus",
        help_text="Sans réponse dans le délai de la loi, la demande est refusée. "
        "La page de l'appel le dit.",
        required=False,
    )
    envelopes = EnvelopesField(
        label="Enveloppes qui paient",
        queryset=Envelope.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, envelopes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["envelopes"].queryset = envelopes
        for name in ("first_year", "last_year"):
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "numeric"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        zone = cleaned.get("zone") or "Europe/Paris"
        for name, meant in (("opens_at", lambda clock: clock), ("closes_at", to_the_end)):
            if cleaned.get(name):
                try:
                    cleaned[name] = placed(meant(cleaned[name]), zone)
                except NoSuchHour as error:
                    self.add_error(name, str(error))
        cleaned["min_cents"] = cleaned.get("min_cents") or 0
        return cleaned


class NewCallForm(CallForm):
    programme = forms.ModelChoiceField(
        label="Programme", queryset=Programme.objects.none(), empty_label=None
    )
    strand = forms.ChoiceField(
        label="Volet",
        choices=Strand.choices,
        widget=forms.RadioSelect,
        help_text="L'ordre des dépenses financées en dépend.",
    )
    kind_template = forms.ChoiceField(
        choices=[("", ""), *((key, key) for key in TEMPLATES)],
        widget=forms.HiddenInput,
        required=False,
        error_messages={"invalid_choice": "Ce modèle d'appel n'existe pas. Rechargez la page."},
    )
    field_order = ("programme", "strand", "title")

    def __init__(self, *args: Any, programmes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].queryset = programmes


def initial_of(call: Call) -> dict[str, Any]:
    """What the form shows of a call, its instants on its own clock."""
    zone = ZoneInfo(call.zone)
    names = ("title", "description", "zone", "first_year", "last_year", "max_rate_bp")
    return {
        **{name: getattr(call, name) for name in (*names, "min_cents", "max_cents")},
        "watch": call.watch,
        "has_silence_rule": call.has_silence_rule,
        "opens_at": call.opens_at.astimezone(zone).replace(tzinfo=None),
        "closes_at": call.closes_at.astimezone(zone).replace(tzinfo=None),
        "envelopes": list(call.envelopes.all()),
    }


class ExpensesForm(PageForm):
    """For each class of expenses: its rank (none: not paid for), its cap, its condition."""

    def __init__(self, *args: Any, expenses: Iterable[CallExpense] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {row.expense_class: row for row in expenses}
        for name, label in ExpenseClass.choices:
            row = known.get(name)
            title = label[:1].upper() + label[1:]
            self.fields[f"{name}-priority"] = forms.IntegerField(
                label=f"{title} : priorité",
                help_text="1 pour la première. Vide : l'appel ne finance pas cette dépense.",
                min_value=1,
                max_value=9,
                required=False,
                initial=row.priority if row else None,
                widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            )
            self.fields[f"{name}-cap"] = PercentField(
                label=f"{title} : part maximale de la demande, en %",
                required=False,
                initial=row.cap_bp if row else 10_000,
            )
            self.fields[f"{name}-condition"] = forms.ChoiceField(
                label=f"{title} : condition",
                choices=Condition.choices,
                required=False,
                initial=row.condition if row else "",
                error_messages={"invalid_choice": "Choisissez une condition de la liste."},
            )
            self.fields[f"{name}-note"] = forms.CharField(
                label=f"{title} : précision",
                max_length=200,
                required=False,
                initial=row.note if row else "",
            )

    def expenses(self) -> list[CallExpense]:
        return [
            CallExpense(
                expense_class=name,
                priority=self.cleaned_data[f"{name}-priority"],
                cap_bp=self.cleaned_data[f"{name}-cap"] or 10_000,
                condition=self.cleaned_data[f"{name}-condition"],
                note=self.cleaned_data[f"{name}-note"],
            )
            for name in ExpenseClass.values
            if self.cleaned_data[f"{name}-priority"]
        ]
