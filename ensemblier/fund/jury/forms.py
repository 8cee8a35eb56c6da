"""Forms of a jury: its office, its chair, and what a juror ticks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from ensemblier.base.files import limits
from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm
from ensemblier.base.people.models import User
from ensemblier.fund.jury import rules
from ensemblier.fund.jury.models import JurorExpense
from ensemblier.fund.jury.pictures import PICTURES
from ensemblier.fund.jury.words import LANGUAGES


class AccountField(forms.EmailField):
    """An account, by its e-mail address."""

    def clean(self, value: Any) -> User:
        email = super().clean(value)
        found = User.objects.filter(email__iexact=email, is_active=True).first()
        if found is None:
            raise forms.ValidationError(
                "Aucun compte n'a cette adresse. Demandez à la personne d'ouvrir un compte."
            )
        return found


class GatherForm(PageForm):
    chair = AccountField(
        label="Présidence", help_text="L'adresse du compte de la personne qui préside le jury."
    )
    envelope = forms.ChoiceField(
        label="Enveloppe des frais", help_text="Elle paie les trajets, la garde et le temps."
    )

    def __init__(self, *args: Any, envelopes: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.envelopes = {str(row.pk): row for row in envelopes}
        self.fields["envelope"].choices = [(key, str(row)) for key, row in self.envelopes.items()]

    def clean_envelope(self) -> Any:
        return self.envelopes[self.cleaned_data["envelope"]]


class VolunteerForm(PageForm):
    user = AccountField(label="Adresse de la personne volontaire")
    college = forms.ChoiceField(label="Collège", widget=forms.RadioSelect)

    def __init__(self, *args: Any, colleges: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleges = {str(row.pk): row for row in colleges}
        self.fields["college"].choices = [
            (key, str(row).capitalize()) for key, row in self.colleges.items()
        ]

    def clean_college(self) -> Any:
        return self.colleges[self.cleaned_data["college"]]


class HelperForm(PageForm):
    user = AccountField(label="Adresse de la personne qui aide")


class DrawForm(PageForm):
    seed = forms.CharField(
        label="Graine du tirage",
        max_length=120,
        help_text="Un résultat public que personne ne choisit : un tirage de loterie du jour.",
    )
    source = forms.CharField(label="D'où vient la graine", max_length=200)


class ReasonForm(PageForm):
    reason = forms.CharField(label="Pourquoi", max_length=300)


class SittingForm(PageForm):
    held_on = DayField(label="Jour de la séance")
    place = forms.CharField(label="Lieu", max_length=200)
    agenda = forms.MultipleChoiceField(
        label="Projets à l'ordre du jour", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, files: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.files = {row.number: row for row in files}
        self.fields["agenda"].choices = [
            (number, f"{number} · {row.title}") for number, row in self.files.items()
        ]

    def clean_agenda(self) -> list[Any]:
        return [self.files[number] for number in self.cleaned_data["agenda"]]


class CardForm(PageForm):
    language = forms.ChoiceField(
        choices=[(code, row.name) for code, row in LANGUAGES.items()], widget=forms.HiddenInput
    )
    title = forms.CharField(label="Nom simple du projet", max_length=60)
    sentences = forms.CharField(
        label="Le projet en quelques phrases",
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=2_000,
        help_text=f"{rules.MOST_SENTENCES} phrases au plus, de {rules.MOST_WORDS} mots au plus. "
        "Une idée par phrase.",
    )
    questions = forms.CharField(
        label="Trois questions pour réfléchir",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        help_text="Une par ligne, en mots simples.",
    )
    pictures = forms.MultipleChoiceField(
        label="Cinq pictogrammes",
        widget=forms.CheckboxSelectMultiple,
        choices=[(key, row.fr) for key, row in PICTURES.items()],
    )
    recording = CheckedFileField(
        label="Enregistrement de la lecture",
        required=False,
        kinds=frozenset({limits.MP3}),
        help_text="Un MP3 de deux minutes : quelqu'un lit les phrases en français.",
    )

    def clean_sentences(self) -> list[str]:
        return rules.sentences_of(self.cleaned_data["sentences"])

    def clean_questions(self) -> list[str]:
        return [
            line.strip() for line in self.cleaned_data["questions"].splitlines() if line.strip()
        ]


class LanguageForm(PageForm):
    language = forms.ChoiceField(
        label="Langue",
        choices=[(code, row.name) for code, row in LANGUAGES.items() if code != "fr"],
    )
    readers = forms.IntegerField(label="Combien de personnes ont relu", min_value=1, max_value=500)
    note = forms.CharField(label="Ce qu'elles ont dit", max_length=300)


class PresentForm(PageForm):
    seats = forms.MultipleChoiceField(
        label="Qui est là", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, seats: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seats = {str(row.pk): row for row in seats}
        self.fields["seats"].choices = [
            (key, f"{row.user} ({row.college})") for key, row in self.seats.items()
        ]

    def clean_seats(self) -> list[Any]:
        return [self.seats[key] for key in self.cleaned_data["seats"]]


class MinutesForm(PageForm):
    minutes = forms.CharField(
        label="Procès-verbal", widget=forms.Textarea(attrs={"rows": 10}), max_length=8_000
    )


class ClosePollForm(PageForm):
    missing = forms.CharField(
        label="S'il manque des bulletins de papier, dites pourquoi", required=False, max_length=300
    )


class SlipsForm(PageForm):
    """How many sets of cards for each college that votes by cards."""

    def __init__(self, *args: Any, colleges: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {f"college_{row.pk}": row.pk for row in colleges}
        for row in colleges:
            self.fields[f"college_{row.pk}"] = forms.IntegerField(
                label=f"Jeux de cartes pour le collège « {row} »",
                min_value=0, max_value=200, initial=row.seats,
            )  # fmt: skip

    def counts(self) -> dict[int, int]:
        return {key: self.cleaned_data[name] for name, key in self.names.items()}


class PacketForm(PageForm):
    codes = forms.CharField(
        label="Codes d'une enveloppe",
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off", "autofocus": True}),
        max_length=20_000,
        help_text="Un lecteur de codes QR écrit un code par ligne : d'abord le talon, puis les "
        "cartes. Pour plusieurs enveloppes, laissez une ligne vide entre elles.",
    )

    def packets(self) -> list[list[str]]:
        blocks = self.cleaned_data["codes"].replace("\r", "").split("\n\n")
        return [block.splitlines() for block in blocks if block.strip()]


class ExpenseForm(KeyedForm):
    seat = forms.ChoiceField(label="Juré")
    kind = forms.ChoiceField(
        label="Pour", choices=JurorExpense.Kind.choices, widget=forms.RadioSelect
    )
    amount_cents = EurosField(label="Montant", min_cents=1, max_cents=100_000)

    def __init__(self, *args: Any, seats: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seats = {str(row.pk): row for row in seats}
        self.fields["seat"].choices = [
            (key, f"{row.user} ({row.college})") for key, row in self.seats.items()
        ]

    def clean_seat(self) -> Any:
        return self.seats[self.cleaned_data["seat"]]


class PayForm(KeyedForm):
    """Pays what was planned, once."""


class CancelForm(KeyedForm):
    reason = forms.CharField(label="Pourquoi", max_length=300)


class ScoresForm(PageForm):
    """A score for each criterion of the grid."""

    def __init__(self, *args: Any, criteria: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {f"score_{row.pk}": row.pk for row in criteria}
        for row in criteria:
            words = [
                (str(value), f"{value}" + (f" : {row.word(value)}" if row.word(value) else ""))
                for value in range(row.scale_max + 1)
            ]
            self.fields[f"score_{row.pk}"] = forms.ChoiceField(
                label=f"{row.code}. {row.label} (poids {row.weight})",
                choices=[("", "—"), *words],
                help_text=row.explanation,
            )

    def values(self) -> dict[int, int]:
        return {key: int(self.cleaned_data[name]) for name, key in self.names.items()}


class ReceiptForm(PageForm):
    receipt = forms.CharField(label="Le code de votre reçu", max_length=40)
