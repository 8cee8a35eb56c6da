"""Words of the shares on the pages: who pays, an amount written in cents."""

from __future__ import annotations

import re
from typing import Any

from django import template

from ensemblier.base.pages.charts import KINDS
from ensemblier.chain.cofinancing.sample_forms import who as who_is
from ensemblier.engines.cofinancing.scheme import PERSON

register = template.Library()


@register.filter
def who(payer: str) -> str:
    return who_is(payer)


@register.filter
def lower_first(words: str) -> str:
    """ "La personne" inside a sentence; a payer's own name keeps its capital."""
    return words.lower() if words == who_is(PERSON) else words


@register.filter
def unbroken(sentence: str) -> str:
    """A sentence of the engine, which also goes in files, with the spaces of French pages."""
    return re.sub(r" (?=[%:;?!»€])|(?<=«) ", "\u00a0", sentence)


@register.filter
def colour(place: int) -> str:
    """The colour of a part in a bar, by its place."""
    return KINDS[place % len(KINDS)]


@register.filter
def not_person(payer: str) -> str | None:
    """The payer's name; None for the person, who has no row among the payers."""
    return None if payer == PERSON else payer


@register.filter
def cents(text: str) -> int:
    """The cents of a line of a file, which are text."""
    return int(text)


@register.filter
def heads(table: Any) -> list[str]:
    """The labels of the columns of a table of forms."""
    return [str(field.label) for field in table.empty_form.visible_fields()]
