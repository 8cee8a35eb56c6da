"""The call's own questions as fields of a form: for the preview, and for the application's page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from ensemblier.fund.calls.models import Question

LONGEST_TEXT, LONGEST_LONG_TEXT, LARGEST_NUMBER = 200, 4_000, 1_000_000_000


def fields_for(questions: Iterable[Question]) -> dict[str, forms.Field]:
    """One field for each question, by code. None is required: a draft may be saved unfinished."""
    return {question.code: field_for(question) for question in questions}


def field_for(question: Question) -> forms.Field:
    common: dict[str, Any] = {
        "label": question.label,
        "help_text": question.help,
        "required": False,
    }
    kind, options = question.kind, [(text, text) for text in question.options]
    wrong = {"invalid_choice": "Choisissez une réponse de la liste."}
    if kind == Question.Kind.NUMBER:
        return forms.IntegerField(
            min_value=0,
            max_value=LARGEST_NUMBER,
            widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            error_messages={"invalid": "Écrivez un nombre entier, par exemple 12."},
            **common,
        )
    if kind == Question.Kind.CHOICE:
        return forms.ChoiceField(
            choices=options, widget=forms.RadioSelect, error_messages=wrong, **common
        )
    if kind == Question.Kind.MULTIPLE:
        return forms.MultipleChoiceField(
            choices=options, widget=forms.CheckboxSelectMultiple, error_messages=wrong, **common
        )
    if kind == Question.Kind.FILE:
        return forms.FileField(**common)
    if kind == Question.Kind.LONG_TEXT:
        area = forms.Textarea(attrs={"rows": 5})
        return forms.CharField(max_length=LONGEST_LONG_TEXT, widget=area, **common)
    return forms.CharField(max_length=LONGEST_TEXT, **common)


def condition_of(question: Question, labels: dict[str, str]) -> str:
    """When the question is shown, in words; "" when it always is."""
    if not question.shown_when_code:
        return ""
    label = labels.get(question.shown_when_code, question.shown_when_code)
    return f"Si vous répondez « {question.shown_when_value} » à « {label} »"
