"""The forms of activities: the agenda's filters, a date, who comes and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from ensemblier.base.chains.forms import capitals
from ensemblier.base.chains.loading import organisations_of
from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.pages.formats import quantity
from ensemblier.base.pages.forms import DayField, PageForm, shorten
from ensemblier.base.pages.instants import ParisField
from ensemblier.base.people.models import IaeAgreement, Organisation
from ensemblier.chain.activities import gleaning, rules
from ensemblier.chain.activities.models import Activity, Participant, Participation
from ensemblier.chain.commitments.models import Commitment

LONGEST = 24 * 60  # minutes of a day
WHEN = [("", "À venir"), ("past", "Passées"), ("all", "Toutes")]


class AgendaFilter(PageForm):
    all_optional = True
    when = forms.ChoiceField(label="Quand", choices=WHEN, required=False)
    kind = forms.ChoiceField(
        label="Nature", choices=[("", "Toutes"), *capitals(Activity.Kind.choices)], required=False
    )


class TimesForm(PageForm):
    starts_at = ParisField(label="Début")
    ends_at = ParisField(label="Fin")


class AgreementForm(PageForm):
    """What a gleaning needs before anybody enters the plot."""

    agreed_on = DayField(
        label="Convention signée le",
        help_text="Entre qui ouvre la parcelle et la personne morale qui encadre les glaneurs "
        "(association, lycée agricole, maison familiale).",
    )
    agreement_ends = DayField(
        label="Convention valable jusqu'au", required=False, help_text="Vide : sans fin notée."
    )
    is_insured = forms.BooleanField(
        label="La convention prévoit une assurance en responsabilité civile", required=False
    )
    insured_until = DayField(
        label="Assurance valable jusqu'au", required=False, help_text="Vide : sans fin notée."
    )
    plot = forms.ChoiceField(
        label="État de la parcelle",
        choices=[("", "Non précisé"), *capitals(Activity.Plot.choices)],
        required=False,
    )


class ActivityForm(TimesForm, AgreementForm):
    kind = forms.ChoiceField(label="Nature", choices=capitals(Activity.Kind.choices))
    title = forms.CharField(label="Titre", max_length=160, help_text="C'est lui qu'on lit.")
    site = forms.ModelChoiceField(
        label="Où", queryset=Site.objects.none(), empty_label="Choisissez un lieu"
    )
    host = forms.ModelChoiceField(
        label="Organisée par", queryset=Organisation.objects.none(), empty_label=None
    )
    opens_at = ParisField(
        label="Ouverture des commandes ou des inscriptions",
        required=False,
        help_text="Vide : dès maintenant.",
    )
    closes_at = ParisField(label="Clôture", required=False, help_text="Vide : jusqu'à la fin.")
    places = forms.IntegerField(
        label="Places",
        min_value=1,
        max_value=100_000,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text="Vide : sans limite.",
    )
    iae_agreement = forms.ModelChoiceField(
        label="Convention d'insertion",
        queryset=IaeAgreement.objects.none(),
        required=False,
        empty_label="Aucune",
        help_text="Les heures et les ventes comptent alors pour cette convention.",
    )
    field_order = ("kind", "title", "site", "host", "starts_at", "ends_at")

    def __init__(self, *args: Any, chain: Chain, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agreed = self.fields["agreed_on"]
        agreed.required = False  # only a gleaning asks for it
        agreed.help_text = f"{agreed.help_text} Un glanage la demande."
        hosts = organisations_of(chain, day)
        lists = {
            "site": chain.sites.filter(is_open=True),
            "host": hosts,
            "iae_agreement": IaeAgreement.objects.filter(
                organisation__in=hosts, starts__lte=day, ends__gte=day
            ).select_related("organisation"),
        }
        for name, rows in lists.items():
            field: Any = self.fields[name]
            field.queryset = rows

    @property
    def usual(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in gleaning.FIELDS]

    @property
    def of_a_gleaning(self) -> list[forms.BoundField]:
        return [self[name] for name in gleaning.FIELDS]

    @property
    def opens(self) -> bool:
        """Something was typed or refused in what is folded."""
        return any(field.errors or field.data for field in self.of_a_gleaning)


class MoveForm(TimesForm):
    reason = forms.CharField(
        label="Pourquoi ?",
        max_length=300,
        help_text="La météo, une panne : les inscrits le lisent.",
    )


class PromiseChoice(forms.ModelChoiceField):
    """A promise as it is recognised among others."""

    def label_from_instance(self, promise: Commitment) -> str:
        product = promise.product
        much = quantity(promise.milli, product.get_unit_display())
        sides = [str(side) for side in (promise.giver, promise.receiver) if side]
        return f"{product.name}, {promise.get_kind_display()} de {much} ({' à '.join(sides)})"


class ServeForm(PageForm):
    commitment = PromiseChoice(
        label="Promesse",
        queryset=Commitment.objects.none(),
        empty_label="Choisissez une promesse",
        help_text="Celles qui sont en cours ce jour-là.",
    )

    def __init__(self, *args: Any, promises: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["commitment"]
        field.queryset = promises


class ParticipantForm(PageForm):
    organisation = forms.ModelChoiceField(
        label="Connue de", queryset=Organisation.objects.none(), empty_label=None
    )
    alias = forms.CharField(
        label="Nom d'usage",
        max_length=80,
        help_text="Celui que la personne choisit, jamais son nom de famille. Vous seuls le lisez.",
    )

    def __init__(self, *args: Any, mine: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organisation"]
        field.queryset = Organisation.objects.filter(pk__in=mine)


class SignUpForm(PageForm):
    participant = forms.ModelChoiceField(
        label="Qui",
        queryset=Participant.objects.none(),
        empty_label="Choisissez une personne",
        help_text="Absente de la liste ? Ajoutez-la dans «\u00a0Nos participants\u00a0».",
    )
    nature = forms.ChoiceField(
        label="À quel titre",
        choices=capitals(Participation.Nature.choices),
        widget=forms.RadioSelect,
    )
    role = forms.CharField(
        label="Rôle", max_length=80, required=False, help_text="Par exemple : conduit la tournée."
    )

    def __init__(self, *args: Any, known: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["participant"]
        field.queryset = known


class MinutesField(forms.CharField):
    """A duration typed « 2 h 30 » or « 150 », given in minutes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, required=False, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        minutes = rules.minutes_typed(text)
        if minutes is None:
            raise forms.ValidationError(
                f"« {shorten(text)} » n'est pas une durée. Écrivez 2 h 30, ou 150 en minutes.",
                code="invalid",
            )
        if minutes > LONGEST:
            raise forms.ValidationError("Une journée compte 24 heures au plus.", code="too_long")
        return minutes

    def run_validators(self, value: Any) -> None:
        """The bounds are checked as it is read."""

    def prepare_value(self, value: Any) -> Any:
        return rules.duration(value) if isinstance(value, int) else value


class HoursForm(PageForm):
    """One line for each person that this organisation signed up."""

    all_optional = True

    def __init__(self, *args: Any, rows: Sequence[Participation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            name = row.participant.alias or "Personne effacée"
            self.fields[f"minutes-{row.pk}"] = MinutesField(
                label=f"{name}, {row.get_nature_display()}", initial=row.minutes
            )

    def sheet(self) -> list[tuple[Participation, int]]:
        """Only the lines that were filled: an empty one stays unknown."""
        typed = [(row, self.cleaned_data[f"minutes-{row.pk}"]) for row in self.rows]
        return [(row, minutes) for row, minutes in typed if minutes is not None]
