"""The forms of an evaluation and of an end sheet."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.chains.terms import Length, Link
from ensemblier.base.pages.forms import DayField, PageForm
from ensemblier.fund.monitoring.forms import long_text
from ensemblier.fund.monitoring.models import EndSheet, Evaluation, Mark
from ensemblier.fund.monitoring.questions import QUESTIONS
from ensemblier.fund.monitoring.sheets import CONSENT, WRITTEN
from ensemblier.fund.monitoring.voices import Line

MOMENTS = {"before": "avant", "after": "après"}


class MarksForm(PageForm):
    """One voice: for each criterion and useful effect, how far and what shows it."""

    def __init__(self, *args: Any, lines: list[Line], voice: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines, self.voice = lines, voice
        for rank, line in enumerate(lines):
            mark = line.carrier if voice == Mark.Voice.CARRIER else line.visit
            self.fields[f"level_{rank}"] = forms.ChoiceField(
                label="Est-ce atteint ?",
                required=False,
                choices=[("", "Sans réponse"), *Mark.Level.choices],
                initial=mark.level if mark else "",
            )
            self.fields[f"text_{rank}"] = forms.CharField(
                label="Ce qui le montre",
                required=False,
                max_length=1500,
                widget=forms.Textarea(attrs={"rows": 2}),
                initial=mark.text if mark else "",
            )

    def rows(self) -> list[tuple[Line, Any, Any]]:
        return [
            (line, self[f"level_{rank}"], self[f"text_{rank}"])
            for rank, line in enumerate(self.lines)
        ]

    def marks(self) -> dict[tuple[int | None, str], tuple[str, str]]:
        return {
            (line.criterion, line.effect): (
                self.cleaned_data[f"level_{rank}"],
                self.cleaned_data[f"text_{rank}"],
            )
            for rank, line in enumerate(self.lines)
        }


class VoicesForm(PageForm):
    """How people were asked, and how many gave each answer."""

    method = long_text(
        "Comment les personnes ont été entendues",
        2000,
        3,
        "Une réunion, des cartes de couleur, une discussion pendant l'atelier…",
    )
    asked_on = DayField(label="Le jour", required=False)
    words = long_text("Ce qu'elles ont dit, avec leurs mots", 3000, 4, "Jamais de nom.")
    changed = long_text("Ce que leur parole a changé", 2000, 3)

    def __init__(self, *args: Any, evaluation: Evaluation, **kwargs: Any) -> None:
        names = ("method", "asked_on", "words", "changed")
        initial = {name: getattr(evaluation, name) for name in names}
        super().__init__(*args, initial=initial, **kwargs)
        known = {(c.question, c.moment, c.answer): c.people for c in evaluation.counts.all()}
        self.places: dict[str, tuple[str, str, str]] = {}
        for question in QUESTIONS:
            for moment in question.moments:
                for answer, label in question.answers:
                    name = f"n_{question.code}_{moment}_{answer}"
                    self.places[name] = (question.code, moment, answer)
                    when = f" ({MOMENTS[moment]})" if len(question.moments) > 1 else ""
                    self.fields[name] = forms.IntegerField(
                        label=f"{label}{when}".capitalize(),
                        required=False,
                        min_value=0,
                        max_value=1_000_000,
                        initial=known.get(self.places[name]),
                    )

    def first(self) -> list[Any]:
        return [self[name] for name in ("method", "asked_on", "words", "changed")]

    def questions(self) -> list[tuple[Any, list[Any]]]:
        return [
            (q, [self[name] for name, place in self.places.items() if place[0] == q.code])
            for q in QUESTIONS
        ]

    def counts(self) -> dict[tuple[str, str, str], int | None]:
        return {place: self.cleaned_data[name] for name, place in self.places.items()}


class SheetForm(PageForm):
    """The end sheet, field by field as the library shows it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label="Titre", max_length=200)
    summary = long_text("En bref", 1500, 4)
    plain_lines = long_text(
        "En français facile", 2000, 5, "Une idée par ligne, des phrases de moins de 15 mots."
    )
    carrier = forms.CharField(label="Porteur de projet", max_length=300)
    territory = long_text("Territoire", 1000, 2)
    type = forms.CharField(label="Type d'action", required=False, max_length=300)
    aim = long_text("Objectif", 2000, 3)
    public = long_text("Public", 1500, 2, "Sans nom de personne.")
    action = long_text("Action", 4000, 6)
    funding = long_text("Financement", 2000, 4)
    support = long_text("Appuis et leviers", 2000, 3)
    difficulties = long_text("Difficultés", 2000, 3)
    lessons = long_text("Enseignements", 3000, 4)
    web_links = long_text("Liens", 1000, 2, "Une adresse par ligne, qui commence par https://.")
    links = forms.MultipleChoiceField(
        label="Maillons",
        required=False,
        choices=Link.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    length = forms.ChoiceField(
        label="Longueur de la filière", required=False, choices=[("", "—"), *Length.choices]
    )

    def __init__(self, *args: Any, sheet: EndSheet, **kwargs: Any) -> None:
        initial = {name: getattr(sheet, name) for name in (*WRITTEN, "version")}
        super().__init__(*args, initial=initial, **kwargs)

    def clean_web_links(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["web_links"].splitlines()]
        lines = [line for line in lines if line]
        for line in lines:
            if not line.startswith("https://") or " " in line:
                raise forms.ValidationError(
                    f"« {line[:40]} » n'est pas une adresse : elle commence par https://."
                )
        return "\n".join(lines)

    def written(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in WRITTEN}


class ConsentForm(PageForm):
    agreed = forms.BooleanField(label=CONSENT, required=False)


class WithdrawForm(PageForm):
    reason = forms.CharField(label="Pourquoi", required=False, max_length=500)
