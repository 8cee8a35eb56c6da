"""The questions of the guide as one form: none is required, nothing is kept."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.pages.forms import PageForm
from ensemblier.fund.orientation.guide import guide

WRONG = {"invalid_choice": "Choisissez une réponse de la liste."}


class AnswersForm(PageForm):
    all_optional = True  # said once, above the questions

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rank, question in enumerate(guide().questions, start=1):
            many = question.many
            field = forms.MultipleChoiceField if many else forms.ChoiceField
            self.fields[question.code] = field(
                label=f"{rank}. {question.label}",
                help_text=question.help,
                choices=question.options,
                widget=forms.CheckboxSelectMultiple if many else forms.RadioSelect,
                required=False,
                error_messages=WRONG,
            )
