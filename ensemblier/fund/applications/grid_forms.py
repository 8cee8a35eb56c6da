"""Pages with a number for each public, an amount for each year, or the call's own questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ensemblier.base.pages.forms import PageForm, WholeEurosField
from ensemblier.fund.applications import answers
from ensemblier.fund.applications.content import PEOPLE
from ensemblier.fund.applications.forms import (
    StepForm,
    long_text,
    many_of,
    one_of,
    sentence_case,
)
from ensemblier.fund.applications.models import (
    Nature,
    Participation,
    PublicKind,
    Situation,
)
from ensemblier.fund.calls.models import Question

Kind = Question.Kind


def count_of(label: str, hint: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=hint,
        min_value=1,
        max_value=10_000_000,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": "Écrivez un nombre entier, par exemple 180.",
            "min_value": "Écrivez un nombre entier, par exemple 180.",
        },
    )


class PublicsForm(StepForm):
    optional = ("situations", "access_how", "dignity_how")
    publics = many_of("Pour quelles personnes ?", PublicKind)
    people_edge = count_of("Combien de personnes à la limite de la précarité ?")
    people_settled = count_of("Combien de personnes installées dans la précarité ?")
    people_emergency = count_of("Combien de personnes aidées dans l'urgence ?")
    people_farmers = count_of("Combien d'agriculteurs en difficulté ?")
    people_count = count_of(
        "Nombre de personnes concernées, en tout",
        "Sur une année, sans compter deux fois la même personne. Une estimation suffit.",
    )
    situations = many_of("Le projet touche d'abord des…", Situation)
    needs = long_text("À quels besoins le projet répond-il ?")
    access_how = long_text(
        "Comment le projet reste-t-il accessible à ceux qui ont peu d'argent ?",
        "Exemple : trois prix selon les revenus, paiement en deux fois, livraison au pied de "
        "l'immeuble. Une contribution, en argent ou en temps, ne se demande qu'à qui en a les "
        "moyens : argent, moral, santé.",
        1000,
    )
    participation = one_of("Comment les personnes participent-elles ?", Participation)
    participation_how = long_text("Décrivez leur participation")
    dignity_how = long_text(
        "Comment les personnes choisissent-elles, et se rencontrent-elles ?",
        "Exemple : chacun choisit ses produits ; adhérents aidés et solidaires cuisinent "
        "ensemble ; visite chez le maraîcher.",
        1000,
    )

    def clean(self) -> dict[str, Any]:
        """A number without its box ticks the box; without a total, the numbers are added up."""
        cleaned = super().clean() or self.cleaned_data
        numbers = {kind: cleaned.get(name) for kind, name in PEOPLE.items()}
        ticked = set(cleaned.get("publics") or ()) | {k for k, found in numbers.items() if found}
        if "publics" in cleaned:
            cleaned["publics"] = [kind for kind in PublicKind.values if kind in ticked]
        most = max((found or 0 for found in numbers.values()), default=0)
        total = cleaned.get("people_count")
        if total and total < most:
            self.add_error(
                "people_count",
                f"Le total ({total}) est plus petit que l'un des publics ({most}). Corrigez l'un "
                "des deux.",
            )
        elif not total and most and "people_count" in cleaned:
            cleaned["people_count"] = sum(found or 0 for found in numbers.values())
        return cleaned

    def counts(self) -> list[tuple[Any, Any]]:
        """Each public: its box, its number."""
        boxes = self["publics"].subwidgets
        return [(box, self[PEOPLE[box.data["value"]]]) for box in boxes]

    def before(self) -> list[Any]:
        return [self[name] for name in ("people_count", "situations", "needs", "access_how")]

    def after(self) -> list[Any]:
        return [self[name] for name in ("participation", "participation_how")]


DIMENSIONS = {
    "model_value": (
        "Ce que le projet apporte, et à qui",
        "La proposition de valeur. Exemple : des légumes frais pour 180 foyers, et un débouché sûr "
        "pour trois maraîchers.",
    ),
    "model_resources": (
        "Ce dont le projet a besoin, argent ou pas",
        "Les ressources : terres, locaux, camion, mais aussi confiance, savoir-faire, bénévoles.",
    ),
    "model_work": (
        "Qui fait le travail, et qui le paie",
        "L'organisation du travail. Exemple : un salarié prépare les commandes, payé par la "
        "vente ; six bénévoles distribuent.",
    ),
    "model_contracts": (
        "Ce qui est écrit entre vous",
        "Les contrats. Exemple : convention de trois ans avec le CCAS, engagement de volume avec "
        "les producteurs.",
    ),
    "model_sharing": (
        "Comment la valeur créée se partage",
        "Exemple : un prix juste décidé avec les producteurs, l'excédent finance les ateliers.",
    ),
    "model_governance": (
        "Qui décide",
        "La gouvernance. Exemple : mangeurs, producteurs et commune siègent au conseil.",
    ),
}


class ModelForm(StepForm):
    """How the project will last: in words, in six dimensions, then year by year."""

    optional = tuple(DIMENSIONS)
    model_path = long_text(
        "Comment le projet tiendra-t-il dans cinq ans ?",
        "Ventes, contributions, financeurs, bénévolat : les pistes que vous envisagez.",
        3000,
    )
    for _name, (_label, _hint) in DIMENSIONS.items():
        locals()[_name] = long_text(_label, _hint, 800)

    def __init__(self, *args: Any, years: Iterable[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.years = list(years)
        for nature, label in sentence_case(Nature.choices):
            for year in self.years:
                self.fields[f"{nature}-{year}"] = WholeEurosField(
                    label=f"{label}, {year}", required=False
                )

    def values(self) -> dict[str, Any]:
        """The amounts as rows; one that cannot be read keeps what is saved."""
        plain = {name: value for name, value in self.cleaned_data.items() if "-" not in name}
        rows = []
        for nature in Nature.values:
            for year in self.years:
                name = f"{nature}-{year}"
                source = self.initial if name in self.errors else self.cleaned_data
                if cents := source.get(name):
                    rows.append({"nature": nature, "year": year, "amount_cents": cents})
        return {**plain, "path": rows}

    def dimensions(self) -> list[Any]:
        return [self[name] for name in DIMENSIONS]

    def dimensions_open(self) -> bool:
        """What is written, or wrong, is not folded away."""
        return any(self[name].value() or self[name].errors for name in DIMENSIONS)

    def table(self) -> list[tuple[str, list[tuple[int, Any]]]]:
        return [
            (label, [(year, self[f"{nature}-{year}"]) for year in self.years])
            for nature, label in sentence_case(Nature.choices)
        ]


class AskedForm(PageForm):
    """What is asked: one amount for each class of expenses and each year of the call."""

    def __init__(
        self, *args: Any, classes: Sequence[tuple[str, str]], years: Iterable[int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.classes, self.years = list(classes), list(years)
        for name, label in self.classes:
            for year in self.years:
                self.fields[f"{name}-{year}"] = WholeEurosField(
                    label=f"{label[:1].upper()}{label[1:]}, {year}", required=False
                )

    def amounts(self) -> list[dict[str, Any]]:
        found = []
        for name, _ in self.classes:
            for year in self.years:
                cents = self.cleaned_data.get(f"{name}-{year}") or 0
                found.append({"expense_class": name, "year": year, "amount_cents": cents})
        return found

    def table(self) -> list[tuple[str, list[tuple[int, Any]]]]:
        return [
            (label, [(year, self[f"{name}-{year}"]) for year in self.years])
            for name, label in self.classes
        ]


class QuestionsForm(StepForm):
    """The call's own questions. All are on the page: those that wait on another say which."""

    def __init__(self, *args: Any, asked: Sequence[Question] = (), **kwargs: Any) -> None:
        self.asked = [row for row in asked if row.kind != Kind.FILE]
        self.by_code = {row.code: row for row in asked}
        # A code of the call's making must not take the place of a field of the page.
        self.base_fields = {f"q-{row.code}": self.field_of(row) for row in self.asked}
        self.optional = tuple(f"q-{row.code}" for row in self.asked if not row.required)
        super().__init__(*args, **kwargs)

    def field_of(self, question: Question) -> forms.Field:
        common: dict[str, Any] = {
            "label": question.label,
            "help_text": " ".join(filter(None, (self.when(question), question.help))),
            "required": False,
        }
        choices = [(option, option) for option in question.options]
        if question.kind == Kind.CHOICE:
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
        if question.kind == Kind.MULTIPLE:
            boxes = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(choices=choices, widget=boxes, **common)
        if question.kind == Kind.NUMBER:
            numeric = forms.TextInput(attrs={"inputmode": "decimal"})
            return AnswerField(question, max_length=30, widget=numeric, **common)
        if question.kind == Kind.LONG_TEXT:
            rows = forms.Textarea(attrs={"rows": 5})
            return forms.CharField(max_length=3000, widget=rows, **common)
        return forms.CharField(max_length=300, **common)

    def when(self, question: Question) -> str:
        """On which answer this question waits, for those who read the page from top to bottom."""
        first = self.by_code.get(question.shown_when_code)
        if first is None:
            return ""
        if not question.shown_when_value:
            return f"Seulement si vous avez répondu à « {first.label} »."
        return f"Seulement si, à « {first.label} », vous répondez « {question.shown_when_value} »."

    def items(self) -> list[tuple[Any, str, str]]:
        """Each field, with the field it waits on and the answer it waits for."""
        return [
            (
                self[f"q-{row.code}"],
                f"q-{row.shown_when_code}" if row.shown_when_code in self.by_code else "",
                row.shown_when_value,
            )
            for row in self.asked
        ]

    def files(self) -> list[Question]:
        """Questions answered by a file: they are joined with the papers."""
        return [row for row in self.by_code.values() if row.kind == Kind.FILE]

    def values(self) -> dict[str, Any]:
        """All the answers; one that cannot be read keeps what is saved."""
        found = {}
        for row in self.asked:
            name = f"q-{row.code}"
            source = self.initial if name in self.errors else self.cleaned_data
            typed = source.get(name) or ""
            found[row.code] = "\n".join(typed) if isinstance(typed, list) else typed
        return {"answers": found}


class AnswerField(forms.CharField):
    """A number, kept as it was typed."""

    def __init__(self, question: Question, **kwargs: Any) -> None:
        self.question = question
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if said := answers.fault(self.question, text):
            raise ValidationError(said)
        return text
