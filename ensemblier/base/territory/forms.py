"""The form field in which a commune is typed, with suggestions where the browser can."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from ensemblier.base.pages.forms import shorten
from ensemblier.base.territory.models import Commune, plain

NAMED = re.compile(r"(?P<name>.+?)\s*\(\s*(?P<department>\d[\dAaBb]\d?)\s*\)")
FEW = 5


class Typed(str):
    """What a person typed, shown again as it was."""

    __slots__ = ()


class CommuneInput(forms.TextInput):
    """A text field whose suggestions come from the search page; works without them too."""

    template_name = "territory/commune_input.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "spellcheck": "false"} | (attrs or {}))

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        listed = f"{context['widget']['attrs'].get('id', name)}_communes"
        context["widget"]["listed"] = listed
        context["widget"]["attrs"] |= {
            "list": listed,
            "hx-get": f"{reverse('territory:communes')}?champ={name}",
            "hx-trigger": "input changed delay:250ms",
            "hx-target": f"#{listed}",
        }
        return context


class CommuneField(forms.CharField):
    """A commune from its name, « Audruicq (62) », its postcode or its INSEE code."""

    widget = CommuneInput
    default_error_messages = {
        "unknown": "« %(typed)s » ne correspond à aucune commune. "
        "Écrivez le nom ou le code postal.",
        "several": "Plusieurs communes répondent à « %(typed)s » : %(some)s. "
        "Écrivez le nom suivi du département, par exemple %(first)s.",
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 80)
        kwargs.setdefault("help_text", "Nom, code postal ou code INSEE. Exemple : Audruicq (62).")
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Commune | None:
        if isinstance(value, Commune):
            return value
        typed = super().to_python(value)
        if not typed:
            return None
        found = _matching(typed)
        if not found:
            raise self._error("unknown", typed)
        if len(found) > 1:
            raise self._error("several", typed, found)
        return found[0]

    def run_validators(self, value: Any) -> None:
        """The length is checked on the text before it becomes a commune."""

    def clean(self, value: Any) -> Commune | None:
        if isinstance(value, str) and self.max_length and len(value.strip()) > self.max_length:
            raise self._error("unknown", value)
        return super().clean(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return Typed(data) if isinstance(data, str) else data

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str) and not isinstance(value, Typed):
            value = Commune.objects.filter(pk=value).first() or value
        return str(value) if isinstance(value, Commune) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = self.prepare_value(initial) or ""
        return str(before) != str(data or "").strip()

    def _error(self, code: str, typed: str, found: list[Commune] | None = None) -> ValidationError:
        facts = {"typed": shorten(typed)}
        if found:
            more = "…" if len(found) > FEW else ""
            facts |= {"some": ", ".join(map(str, found[:FEW])) + more, "first": str(found[0])}
        return ValidationError(self.error_messages[code], code=code, params=facts)


def _matching(typed: str) -> list[Commune]:
    """The communes a text names: name and department, else code, else name, else start of it."""
    named = NAMED.fullmatch(typed.strip())
    if named:
        rows = Commune.objects.current().filter(
            search_name=plain(named["name"]), department_id=named["department"].upper()
        )
        return list(rows)
    found = list(Commune.objects.search(typed)[: FEW + 1])
    exact = [c for c in found if c.search_name == plain(typed) or c.code == typed.upper()]
    if not found:
        try:
            return [Commune.objects.resolve(typed)]
        except Commune.DoesNotExist:
            return []
    return exact if len(exact) == 1 and not typed.isdigit() else found
