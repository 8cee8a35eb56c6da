"""What templates ask about accounts."""

from django import template

from ensemblier.base.people.provider import PROCONNECT

register = template.Library()


@register.simple_tag
def proconnect_is_on() -> bool:
    return PROCONNECT.app() is not None
