"""What pages above this folder show of a file, without knowing how it is kept."""

from __future__ import annotations

from typing import Any

from django import template

from ensemblier.fund.applications import topup
from ensemblier.fund.applications.answers import given
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.path import by_year, sentence
from ensemblier.fund.applications.reading import filled

register = template.Library()


@register.inclusion_tag("applications/for_desk.html")
def for_desk(application: Application) -> dict[str, Any]:
    """For whoever instructs: the top-up, the path, the means, the answers to the call."""
    file = filled([application])[0]
    return {
        "application": file,
        "top_up": topup.of(file).sentence(),
        "path": sentence(by_year(file.path.all())),
        "answers": given(file),
    }
