"""A day and an hour typed on a clock, and the single instant they mean."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from ensemblier.base.pages.forms import check_year

OFFSET = re.compile(r"(?:[Zz]|[+-]\d\d:?\d\d)$")


class NoSuchHour(ValueError):
    """An hour that the change of time skips, or shows twice: no single instant bears it."""


def placed(clock: datetime, zone: str) -> datetime:
    """The instant at which the clocks of that zone show `clock`."""
    place = ZoneInfo(zone)
    found = clock.replace(tzinfo=place)
    if found.astimezone(UTC).astimezone(place).replace(tzinfo=None) != clock:
        raise NoSuchHour(
            "Cette heure n'existe pas : cette nuit-là, les horloges avancent d'une heure. "
            "Choisissez une heure plus tard."
        )
    if found.utcoffset() != found.replace(fold=1).utcoffset():
        raise NoSuchHour(
            "Cette heure sonne deux fois : cette nuit-là, les horloges reculent d'une heure. "
            "Choisissez une autre heure."
        )
    return found


class InstantField(forms.DateTimeField):
    """A day and an hour on a clock, whose zone the form knows: given back without one."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M"],
            error_messages={"invalid": "Écrivez la date et l'heure : 30/06/2027 12:00."},
            **kwargs,
        )

    def to_python(self, value: Any) -> datetime | None:
        if isinstance(value, str) and OFFSET.search(value.strip()):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        # Read where no hour is missing or double; the form then places it in the call's zone.
        with timezone.override(UTC):
            moment = super().to_python(value)
        check_year(moment)
        return moment.replace(tzinfo=None) if moment else None


class ParisField(InstantField):
    """The same on the clock of Paris, given back as an instant."""

    def to_python(self, value: Any) -> datetime | None:
        clock = super().to_python(value)
        if clock is None:
            return None
        try:
            return placed(clock, "Europe/Paris")
        except NoSuchHour as error:
            raise ValidationError(str(error), code="hour") from error
