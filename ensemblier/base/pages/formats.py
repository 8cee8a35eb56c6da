"""How amounts, days and parts are written in French: pure functions, shared with the PDFs.

Spaces are U+00A0: Source Sans 3 lacks the narrow no-break space U+202F.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SPACE = "\u00a0"
MINUS = "\u2212"
NOTHING = "—"
# Units that are words; "kg" and "repas" do not change.
PLURALS = {
    "litre": "litres",
    "pièce": "pièces",
    "panier": "paniers",
    "bocal": "bocaux",
    "brique": "briques",
    "heure": "heures",
}
PARIS = ZoneInfo("Europe/Paris")
MONTHS = """
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
""".split()  # noqa: SIM905, the list is easier to read so
# Where twelve of them stand side by side.
SHORT_MONTHS = "janv. févr. mars avril mai juin juil. août sept. oct. nov. déc.".split()  # noqa: SIM905


def whole(number: int) -> str:
    """An integer with its thousands apart: 1234567 -> 1 234 567."""
    digits = f"{abs(number):,}".replace(",", SPACE)
    return f"{MINUS}{digits}" if number < 0 else digits


def euros_exact(cents: int | None) -> str:
    """Always with the cents: 120500 -> 1 205,00 €."""
    if cents is None:
        return NOTHING
    units, rest = divmod(abs(cents), 100)
    sign = MINUS if cents < 0 else ""
    return f"{sign}{whole(units)},{rest:02d}{SPACE}€"


def euros(cents: int | None) -> str:
    """Without the cents when there are none: 120500 -> 1 205 €, 1205 -> 12,05 €."""
    return euros_exact(cents).replace(",00", "")


def typed_euros(cents: int) -> str:
    """As a person would type it in a field: 123450 -> 1 234,50 and 123400 -> 1 234."""
    units, rest = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{whole(units)},{rest:02d}" if rest else f"{sign}{whole(units)}"


def quantity(milli: int | None, unit: str = "") -> str:
    """Thousandths of a unit, without the zeros at the end: 1234500 -> 1 234,5 kg."""
    if milli is None:
        return NOTHING
    if abs(milli) >= 2000:  # in French, two begin the plural
        unit = PLURALS.get(unit, unit)
    number = f"{MINUS if milli < 0 else ''}{typed_quantity(abs(milli))}"
    return f"{number}{SPACE}{unit}" if unit else number


def typed_quantity(milli: int) -> str:
    """As a person would type it in a field: 12500 -> 12,5."""
    units, rest = divmod(abs(milli), 1000)
    sign = "-" if milli < 0 else ""
    decimals = f",{rest:03d}".rstrip("0") if rest else ""
    return f"{sign}{whole(units)}{decimals}"


def day(value: date | None) -> str:
    """3 mars 2027, 1er mars 2027."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        value = in_paris(value)
    number = "1er" if value.day == 1 else str(value.day)
    return f"{number}{SPACE}{MONTHS[value.month - 1]}{SPACE}{value.year}"


def moment(value: datetime | None) -> str:
    """3 mars 2027 à 14 h 02, at the time of Paris."""
    if value is None:
        return NOTHING
    local = in_paris(value)
    return f"{day(local)} à {local.hour}{SPACE}h{SPACE}{local.minute:02d}"


def in_paris(value: datetime) -> datetime:
    """An aware moment at the time of Paris; a naive one is taken as already there."""
    if value.tzinfo is None:
        return value.replace(tzinfo=PARIS)
    return value.astimezone(UTC).astimezone(PARIS)


def percent(part: int, total: int) -> str:
    """A part of a total, to the nearest whole percent, halves up: 1 of 3 -> 33 %."""
    if not total:
        return NOTHING
    return f"{whole((200 * part + total) // (2 * total))}{SPACE}%"


def size(octets: int) -> str:
    """The size of a file: 1 500 000 -> 1,5 Mo."""
    for name, unit in (("Go", 10**9), ("Mo", 10**6), ("ko", 10**3)):
        if octets >= unit:
            tenths = octets * 10 // unit
            rest = f",{tenths % 10}" if tenths % 10 else ""
            return f"{tenths // 10}{rest}{SPACE}{name}"
    return f"{octets}{SPACE}octet{'s' if octets > 1 else ''}"


def amount(value: int, unit: str) -> str:
    """A quantity and its unit; "€" means that the value is in cents, "/1000 kg" in thousandths."""
    if unit == "€":
        return euros(value)
    if unit.startswith("/1000 "):
        return quantity(value, unit.removeprefix("/1000 "))
    return f"{whole(value)}{SPACE}{unit}" if unit else whole(value)
