"""Words of the shares on the pages: who pays, an amount written in cents."""

from __future__ import annotations

from typing import Any

from django import template

from ensemblier.chain.cofinancing.sample_forms import who as who_is
from ensemblier.engines.cofinancing.scheme import PERSON

register = template.Library()


@register.filter
def who(payer: str) -> str:
    return who_is(payer)


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
