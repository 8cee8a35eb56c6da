"""Forms as they are dressed on every page, and fields for euros, quantities and days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting

from ensemblier.base.pages.formats import euros, quantity, size, typed_euros, typed_quantity
from ensemblier.base.refusal import Refusal

REQUIRED = str(forms.Field.default_error_messages["required"])
EMAIL = (
    "Cette adresse électronique est incomplète. Écrivez-la en entier, par exemple nom@exemple.fr."
)
YEARS = range(1900, 2200)
CHOICES = (forms.RadioSelect, forms.CheckboxSelectMultiple, forms.Select)


class Renderer(TemplatesSetting):
    """Draws forms and fields with the templates of the site."""

    form_template_name = "pages/forms/form.html"
    field_template_name = "pages/forms/field.html"


class Dressed(forms.BaseForm):
    """What every form of the site has: clear messages, and refusals shown at their field."""

    error_css_class = "has-error"
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.EmailField):
                field.error_messages.setdefault("invalid", EMAIL)
            if str(field.error_messages.get("required", "")) == REQUIRED:
                field.error_messages["required"] = required_message(name, field)

    def refuse(self, refusal: Refusal) -> None:
        """Show what an action refused, at the field it names when the form has it."""
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, refusal.message)


def required_message(name: str, field: forms.Field) -> str:
    label = field.label or name.replace("_", " ").capitalize()
    if isinstance(field.widget, forms.CheckboxInput):
        return f"Cochez la case « {label} » pour continuer."
    if isinstance(field.widget, CHOICES):
        return f"Choisissez une réponse pour « {label} »."
    if isinstance(field, forms.FileField):
        return f"Joignez un fichier pour « {label} »."
    return f"Remplissez « {label} »."


class PageForm(Dressed, forms.Form):
    """A form of the site."""


class PageModelForm(Dressed, forms.ModelForm):
    """A form of the site that fills one row."""


class KeyedForm(PageForm):
    """A form that must act once: its key is drawn when the page is made and sent back with it."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid4,
        error_messages={
            "required": "Ce formulaire est incomplet. Rechargez la page et recommencez.",
            "invalid": "Ce formulaire est abîmé. Rechargez la page et recommencez.",
        },
    )


class EurosInput(forms.TextInput):
    """A text field followed by the sign €."""

    template_name = "pages/forms/euros.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off"} | (attrs or {}))


class EurosField(forms.Field):
    """An amount typed in euros, given back in whole cents: "1 234,50" -> 123450."""

    widget = EurosInput
    shape = re.compile(r"([+-]?)(\d+|\d{1,3}(?: \d{3})+)(?:[.,](\d*))?")
    example = "1 234,50"

    def __init__(
        self,
        *,
        min_cents: int = 0,
        max_cents: int = 100_000_000_000,
        allow_negative: bool = False,
        **kwargs: Any,
    ) -> None:
        self.min_cents = -max_cents if allow_negative else min_cents
        self.max_cents = max_cents
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        typed = re.sub(r"\s+", " ", str(value)).strip()
        if not typed:
            return None
        bare = typed.removesuffix("€").removesuffix("euros").rstrip().replace("\u2212", "-")
        match = self.shape.fullmatch(bare)
        if match is None or not match[2].isascii():
            raise ValidationError(
                f"« {shorten(typed)} » n'est pas un montant. "
                f"Écrivez un nombre en euros, par exemple {self.example}.",
                code="invalid",
            )
        sign, units, decimals = match[1], match[2].replace(" ", "").lstrip("0"), match[3] or ""
        self.check_decimals(typed, decimals)
        if len(units) > 15:
            raise self.too_large(shorten(typed))
        cents = int(units or "0") * 100 + int(decimals[:2].ljust(2, "0"))
        return -cents if sign == "-" else cents

    def check_decimals(self, typed: str, decimals: str) -> None:
        if len(decimals) > 2:
            raise ValidationError(
                f"« {shorten(typed)} » a trop de chiffres après la virgule. "
                "Gardez deux chiffres au plus pour les centimes.",
                code="decimals",
            )

    def too_large(self, shown: str) -> ValidationError:
        return ValidationError(
            f"« {shown} » est trop grand. Le montant maximum est {euros(self.max_cents)} : "
            "vérifiez le nombre de zéros.",
            code="too_large",
        )

    def validate(self, value: int | None) -> None:
        super().validate(value)
        if value is None:
            return
        if value > self.max_cents:
            raise self.too_large(euros(value))
        if value < self.min_cents:
            message = (
                f"« {euros(value)} » est négatif. Écrivez un montant positif."
                if value < 0 <= self.min_cents
                else f"« {euros(value)} » est trop petit. Le minimum est {euros(self.min_cents)}."
            )
            raise ValidationError(message, code="too_small")

    def prepare_value(self, value: Any) -> Any:
        return typed_euros(value) if isinstance(value, int) else value


class WholeEurosField(EurosField):
    """An amount without cents, still given back in cents."""

    example = "1 234"

    def check_decimals(self, typed: str, decimals: str) -> None:
        if decimals.strip("0"):
            raise ValidationError(
                f"« {shorten(typed)} » a des centimes. Arrondissez à l'euro.", code="decimals"
            )


class QuantityInput(forms.TextInput):
    """A text field for a number with decimals."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off"} | (attrs or {}))


class QuantityField(forms.Field):
    """A quantity typed with three decimals at most, given back in thousandths: "12,5" -> 12500."""

    widget = QuantityInput
    shape = re.compile(r"([+-]?)(\d+|\d{1,3}(?: \d{3})+)(?:[.,](\d*))?")

    def __init__(
        self, *, min_milli: int = 1, max_milli: int = 1_000_000_000_000, **kwargs: Any
    ) -> None:
        """The most is what the catalogue takes: a billion units."""
        self.min_milli, self.max_milli = min_milli, max_milli
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        typed = re.sub(r"\s+", " ", str(value)).strip()
        if not typed:
            return None
        match = self.shape.fullmatch(typed.replace("\u2212", "-"))
        if match is None or not typed.replace("\u2212", "-").isascii():
            raise ValidationError(
                f"« {shorten(typed)} » n'est pas une quantité. Écrivez un nombre, "
                "par exemple 12,5.",
                code="invalid",
            )
        sign, units, decimals = match[1], match[2].replace(" ", "").lstrip("0"), match[3] or ""
        if len(decimals) > 3:
            raise ValidationError(
                f"« {shorten(typed)} » a trop de chiffres après la virgule. Gardez-en trois au "
                "plus.",
                code="decimals",
            )
        if len(units) > 15:
            raise self.too_large(shorten(typed))
        milli = int(units or "0") * 1000 + int(decimals.ljust(3, "0"))
        return -milli if sign == "-" else milli

    def too_large(self, shown: str) -> ValidationError:
        return ValidationError(
            f"« {shown} » est trop grand. Le maximum est {quantity(self.max_milli)} : vérifiez "
            "l'unité et la virgule.",
            code="too_large",
        )

    def validate(self, value: int | None) -> None:
        super().validate(value)
        if value is None:
            return
        if value > self.max_milli:
            raise self.too_large(quantity(value))
        if value < self.min_milli:
            message = (
                "La quantité doit être supérieure à zéro."
                if value <= 0 < self.min_milli
                else f"« {quantity(value)} » est trop petit. Le minimum est "
                f"{quantity(self.min_milli)}."
            )
            raise ValidationError(message, code="too_small")

    def prepare_value(self, value: Any) -> Any:
        return typed_quantity(value) if isinstance(value, int) else value


class DayInput(forms.DateInput):
    """The calendar of the browser."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day, from a calendar (2027-03-31) or typed (31/03/2027)."""

    widget = DayInput
    default_error_messages = {"invalid": "Cette date n'existe pas. Écrivez-la jj/mm/aaaa."}

    def __init__(self, **kwargs: Any) -> None:
        formats = ["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y"]
        super().__init__(input_formats=formats, **kwargs)

    def to_python(self, value: Any) -> date | None:
        try:
            day = super().to_python(value)
        except ValidationError as error:
            raise ValidationError(
                f"« {shorten(str(value))} » n'est pas une date. Écrivez le jour, le mois et "
                "l'année, par exemple 31/03/2027.",
                code="invalid",
            ) from error
        check_year(day)
        return day


class UploadInput(forms.FileInput):
    """A file to send, with what is accepted said before it is chosen."""

    template_name = "pages/forms/upload.html"

    def __init__(
        self,
        *,
        max_octets: int,
        kinds: Sequence[str] = (),
        what_happens: str = "",
        attrs: dict[str, Any] | None = None,
    ) -> None:
        """`kinds` are file endings without the dot: pdf, jpg, ods."""
        self.max_octets, self.kinds, self.what_happens = max_octets, tuple(kinds), what_happens
        accept = {"accept": ",".join(f".{kind}" for kind in kinds)} if kinds else {}
        super().__init__(accept | (attrs or {}))

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {
            "limit": size(self.max_octets),
            "kinds": ", ".join(kind.upper() for kind in self.kinds),
            "what_happens": self.what_happens,
        }
        return context


def check_year(day: date | None) -> None:
    """Refuse a year nobody means: what is counted from it would leave the calendar."""
    if day is not None and day.year not in YEARS:
        raise ValidationError(
            f"L'année {day.year} n'est pas possible ici. Écrivez une année entre {YEARS[0]} "
            f"et {YEARS[-1]}.",
            code="year",
        )


def shorten(typed: str) -> str:
    """What was typed, quoted in a message without filling the page."""
    return typed if len(typed) <= 30 else f"{typed[:29]}…"
