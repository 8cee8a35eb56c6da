"""Cells of a report on its page: each figure opens its rows, each part its why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.urls import reverse

from ensemblier.reports.sections import Cell

register = template.Library()


@register.inclusion_tag("reports/opens.html", takes_context=True)
def opens(context: template.Context, cell: Cell) -> dict[str, Any]:
    """A cell, as a link when something stands behind it."""
    url = ""
    if cell.figure.startswith("#"):
        url = cell.figure
    elif cell.figure:
        url = f"{reverse('reports:rows', args=[context['report'].pk])}?chiffre={cell.figure}"
    elif pk := context["lines"].get(cell.line):
        url = reverse("cofinancing:why", args=[pk])
    return {"text": cell.text, "url": url}


@register.simple_tag
def nth(heads: Sequence[str], place: int) -> str:
    return heads[place]
