"""One choice for each topic that the law leaves to choose."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.notices.models import Rhythm
from ensemblier.base.notices.topics import free_topics
from ensemblier.base.pages.forms import PageForm


class RhythmsForm(PageForm):
    """The rhythm of each topic."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for topic in free_topics():
            self.fields[topic.key] = forms.ChoiceField(
                label=topic.label, choices=Rhythm.choices, widget=forms.RadioSelect
            )
