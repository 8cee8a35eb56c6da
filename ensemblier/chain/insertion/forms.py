"""The forms of insertion: a contract, hours, an exit, a charge, a receipt."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from ensemblier.base.chains.models import Site
from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm
from ensemblier.base.people.models import IaeAgreement
from ensemblier.base.refusal import Refusal
from ensemblier.chain.activities.models import Participant
from ensemblier.chain.insertion.board import Board
from ensemblier.chain.insertion.models import HourEntry, InsertionContract
from ensemblier.chain.insertion.queries import places_of

# Where a form shows what an action refuses about a field that has another name here.
SHOWN_AT = {"weekly_minutes": "hours", "minutes": "hours", "cents": "amount"}


class Renamed(forms.BaseForm):
    def refuse(self, refusal: Refusal) -> None:
        name = SHOWN_AT.get(refusal.field, refusal.field)
        self.add_error(name if name in self.fields else None, refusal.message)


def capitals(choices: Any) -> list[tuple[str, str]]:
    return [(value, str(label).capitalize()) for value, label in choices]


class OpenForm(Renamed, PageForm):
    participant = forms.ModelChoiceField(
        label="Qui",
        queryset=Participant.objects.none(),
        empty_label="Choisissez",
        help_text="Le nom d'usage, vu de votre organisation seulement.",
    )
    starts = DayField(label="Du")
    ends = DayField(label="Au")
    hours = forms.IntegerField(label="Heures par semaine", min_value=0, max_value=48)
    more = forms.IntegerField(
        label="et minutes", min_value=0, max_value=59, required=False, initial=0
    )
    training = forms.IntegerField(
        label="Part de formation, en %", min_value=0, max_value=100, initial=0
    )
    came_from_rsa = forms.BooleanField(label="Vient du RSA", required=False)
    derogation = forms.CharField(
        label="Dérogation : sa référence",
        max_length=200,
        required=False,
        help_text="Décision du préfet ou exception de la loi, pour moins d'heures, ou une durée "
        "plus courte ou plus longue.",
    )

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["participant"]
        field.queryset = Participant.objects.filter(
            chain=board.chain, organisation=board.agreement.organisation_id, erased_at=None
        )

    def contract(self) -> dict[str, Any]:
        """What was typed, by the names of `actions.open_contract`."""
        data = dict(self.cleaned_data)
        data["weekly_minutes"] = data.pop("hours") * 60 + (data.pop("more") or 0)
        data["training_share"] = data.pop("training") * 100
        return data


class DoneForm(forms.BaseForm):
    """A fact of a day that has come."""

    to_come = "Ce jour est à venir."

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"day": today} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise forms.ValidationError(self.to_come)
        return day


class HoursForm(DoneForm, Renamed, KeyedForm):
    to_come = "Ce jour est à venir : notez les heures faites."
    day = DayField(label="Jour")
    kind = forms.ChoiceField(label="Nature", choices=capitals(HourEntry.Kind.choices))
    hours = forms.IntegerField(label="Heures", min_value=0, max_value=24)
    more = forms.IntegerField(
        label="et minutes", min_value=0, max_value=59, required=False, initial=0
    )

    field_order = ["day", "kind", "hours", "more"]

    def entry(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data["minutes"] = data.pop("hours") * 60 + (data.pop("more") or 0)
        return data


class UndoHoursForm(KeyedForm):
    reason = forms.CharField(label="Pourquoi ?", max_length=300)


class LeaveForm(DoneForm, Renamed, PageForm):
    to_come = "Ce jour est à venir : notez la sortie une fois faite."
    exit = forms.ChoiceField(
        label="Sortie vers",
        choices=capitals(InsertionContract.Exit.choices),
        widget=forms.RadioSelect,
    )
    day = DayField(label="Dernier jour")


class AmountForm(Renamed, KeyedForm):
    """A charge or a receipt; a correction is an opposite amount."""

    label = forms.CharField(
        label="Pièce ou nature", max_length=120, help_text="Par exemple : salaires de mars."
    )
    amount = EurosField(
        label="Montant",
        allow_negative=True,
        help_text="Pour corriger une erreur, écrivez le montant opposé : -120.",
    )


class ChargeForm(AmountForm):
    day = DayField(label="Un jour du mois concerné")
    field_order = ["day", "label", "amount"]


class OutsideSaleForm(AmountForm):
    day = DayField(label="Jour")
    field_order = ["day", "label", "amount"]


class SalesChoiceForm(PageForm):
    """Where the sales of a place count, when no activity says it."""

    site = forms.ModelChoiceField(
        label="Lieu", queryset=Site.objects.none(), empty_label="Choisissez"
    )
    agreement = forms.ModelChoiceField(
        label="Ses ventes comptent pour",
        queryset=IaeAgreement.objects.none(),
        required=False,
        empty_label="Aucune convention : hors insertion",
    )
    starts = DayField(label="À partir du")

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        site: Any = self.fields["site"]
        site.queryset = places_of(board)
        agreement: Any = self.fields["agreement"]
        agreement.queryset = board.agreement.organisation.iae_agreements.all()
