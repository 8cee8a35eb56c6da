"""One form for any row of a plan, made from the format of the plan itself."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ensemblier.atelier.rows import PLAN, fields_of
from ensemblier.atelier.wording import UNITS, WORDS, labels_of, perimeters_of
from ensemblier.base.pages.forms import PageForm, shorten
from ensemblier.engines.economics.activities import ACTIVITIES, LENGTHS
from ensemblier.engines.economics.cells import KINDS, BadCell
from ensemblier.engines.economics.format import Field
from ensemblier.engines.economics.plan import Plan

NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,12})?")
LISTS = ("season", "growth")
# Always in sight, though a plan computes without them.
FIRST = {
    "plan": ("name", "start", "opening_cash", "inflation", "wage_rise", "food_rise", "basket"),
    "uncertainty": ("demand", "selling_price", "food_price", "inflation", "politics", "late"),
    "volume": ("label", "unit", "yearly", "loss", "growth"),
    "sale": ("label", "volume", "price", "audience", "payer"),
    "cost": ("label", "kind", "volume", "price", "yearly", "delay"),
    "round": ("label", "km", "price", "yearly", "volume", "load"),
    "post": ("label", "number", "hours", "monthly", "link", "aid"),
    "in_kind": ("label", "hours", "yearly", "price", "payer"),
    "equipment": ("label", "price", "life", "loan", "rate", "term"),
    "resource": ("label", "payer", "yearly", "once", "certainty", "delay", "last", "effect"),
}
COMMON = ("source", "assumed")
# Boxes that are ticked when the plan says nothing: unticked, it says no.
TICKED = frozenset(f.name for f in dataclasses.fields(Plan) if f.default is True)
HINTS = {
    "month": "Année et mois : 2027-03.",
    "season": "Douze nombres séparés par des espaces, de janvier à décembre : ce que pèse chaque "
    "mois dans l'année.",
    "growth": "Un pourcentage pour toutes les années, ou quatre séparés par des espaces.",
    "percent": "De 0 à 100.",
    "hours": "35 au plus.",
}


class NumberField(forms.Field):
    """A number as people type it, given back exact: « 1 234,5 » -> Decimal("1234.5")."""

    def to_python(self, value: Any) -> int | Decimal | None:
        typed = "".join(str(value or "").split()).replace(",", ".").replace("\u2212", "-")
        typed = typed.removesuffix("%").removesuffix("€")
        return exact(typed, str(value)) if typed else None

    def prepare_value(self, value: Any) -> Any:
        return typed_number(value) if isinstance(value, int | Decimal) else value


class NumbersField(NumberField):
    """Several numbers separated by spaces; one alone stays a number."""

    def to_python(self, value: Any) -> Any:
        words = str(value or "").replace("\u2212", "-").replace(";", " ").replace("·", " ").split()
        found = [exact(word.replace(",", ".").removesuffix("%"), word) for word in words]
        return found[0] if len(found) == 1 else found or None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return " ".join(map(typed_number, value))
        return super().prepare_value(value)


def exact(typed: str, shown: str) -> int | Decimal:
    if not NUMBER.fullmatch(typed) or not typed.isascii():
        raise ValidationError(
            f"« {shorten(shown.strip())} » n'est pas un nombre. Écrivez par exemple 12,5."
        )
    return Decimal(typed) if "." in typed else int(typed)


def typed_number(value: int | Decimal) -> str:
    return (f"{value:f}" if isinstance(value, Decimal) else str(value)).replace(".", ",")


class RowForm(PageForm):
    """One row of one table. `data`: the plan, for the names that the row may point to."""

    def __init__(self, *args: Any, table: str, data: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table, self.data_of_plan = table, data
        row = kwargs.get("initial") or {}
        names = [name for name in fields_of(table) if name != "id"]
        first = [name for name in FIRST[table] if name in names]
        rest = [name for name in names if name not in (*first, *COMMON)]
        for name in (*first, *rest, *(name for name in COMMON if name in names)):
            self.fields[name] = self.field(name, fields_of(table)[name], row)
        self.behind = [name for name in rest if name not in row]
        self.last = [name for name in (*COMMON, "why") if name == "why" or name in names]
        self.fields["why"] = forms.CharField(
            label="Pourquoi ce changement ?",
            required=False,
            max_length=200,
            help_text="Gardé avec la version, pour ceux qui liront après vous.",
        )
        self.fields["opened"] = forms.IntegerField(widget=forms.HiddenInput)

    def field(self, name: str, field: Field, row: Mapping[str, Any]) -> forms.Field:
        says = field.says.replace("`price`", "au prix dit plus bas")
        options: dict[str, Any] = {
            "label": says[0].upper() + says[1:],
            "required": field.required or name == "label",
            "help_text": HINTS.get(field.kind, ""),
        }
        if field.kind == "flag":
            return forms.BooleanField(**options | {"required": False}, initial=name in TICKED)
        if choices := self.choices(name, field):
            return forms.ChoiceField(choices=choices, **options)
        if field.kind in LISTS:
            return NumbersField(**options)
        if field.kind in ("text", "month", "slug", "limits"):
            return forms.CharField(max_length=400, **options)
        if unit := UNITS.get(field.kind):
            options["label"] += f" ({unit})"
        return NumberField(widget=forms.TextInput({"inputmode": "decimal"}), **options)

    def choices(self, name: str, field: Field) -> list[tuple[str, Any]]:
        if name in ("volume", "of", "basket"):
            known = labels_of({"volume": self.data_of_plan.get("volume", [])})
            return [("", "Aucun"), *known.items()]
        if name == "activity":
            by_length = {
                words: [(each.key, each.label) for each in ACTIVITIES if each.length == length]
                for length, words in LENGTHS.items()
            }
            return [("", "Aucune"), *by_length.items()]
        words = WORDS.get(field.kind)
        if field.kind == "perimeter":
            words = perimeters_of(self.data_of_plan)
        if words is None:
            return []
        return [("", "Non précisé"), *((k, w[0].upper() + w[1:]) for k, w in words.items() if k)]

    def clean(self) -> dict[str, Any]:
        """Each value is read as the engine will; what it refuses is said at its field."""
        cleaned = super().clean() or self.cleaned_data
        for name, field in fields_of(self.table).items():
            value = cleaned.get(name)
            if value in (None, "", False) or name not in self.fields:
                continue
            try:
                KINDS[field.kind].read(value)
            except BadCell as error:
                words = str(error)
                self.add_error(name, f"{words[0].upper()}{words[1:]}.")
        return cleaned

    def row(self, item: str) -> dict[str, Any]:
        """What the plan will hold: nothing for what was left empty."""
        names = fields_of(self.table)
        found = {
            name: value
            for name in names
            if (value := self.cleaned_data.get(name)) not in (None, "", False)
            or (value is False and name in TICKED)
        }
        return found if self.table in (PLAN, "uncertainty") else {"id": item, **found}
