"""Durations in the templates of insertion."""

from __future__ import annotations

from django import template

from ensemblier.chain.insertion.wording import said_minutes

register = template.Library()
register.filter("duration", said_minutes)
