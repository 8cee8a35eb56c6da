"""Extracts of Chorus: what each column means, and what each line becomes. Pure: text in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from text_unidecode import unidecode

# field -> (French, headings met in extracts, most usual first)
FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "agreement": (
        "Numéro de convention",
        ("convention", "n convention", "reference", "reference externe", "n dossier"),
    ),
    "commitment": (
        "Numéro d'engagement juridique (EJ)",
        ("ej", "n ej", "numero ej", "engagement juridique", "n engagement juridique"),
    ),
    "siret": ("SIRET du destinataire", ("siret", "siret beneficiaire", "n siret", "siret tiers")),
    "amount": ("Montant", ("montant", "montant paye", "montant ttc", "montant dp", "montant eur")),
    "commitment_on": ("Date de l'EJ", ("date ej", "date engagement")),
    "service": ("Numéro de service fait", ("service fait", "n service fait", "n sf", "sf")),
    "service_on": ("Date du service fait", ("date service fait", "date sf")),
    "request": (
        "Numéro de demande de paiement (DP)",
        ("dp", "n dp", "numero dp", "demande de paiement", "n demande de paiement"),
    ),
    "request_on": ("Date de la demande de paiement", ("date dp", "date demande de paiement")),
    "paid_on": ("Date de paiement", ("date de paiement", "date paiement", "paye le", "date payee")),
}
AMOUNT = re.compile(r"(\d{1,3}(?: \d{3})+|\d+)(?:[.,](\d{1,2}))?(?: ?(?:€|EUR))?")


class Line(NamedTuple):
    """One line of an extract as it was understood; `fault` says in French what was not."""

    rank: int
    fault: str = ""
    agreement: str = ""
    commitment: str = ""
    siret: str = ""
    amount_cents: int | None = None
    commitment_on: date | None = None
    service: str = ""
    service_on: date | None = None
    request: str = ""
    request_on: date | None = None
    paid_on: date | None = None


def plain_heading(text: str) -> str:
    """« N° E.J. » -> « n ej »."""
    bare = unidecode(text.replace("°", " ").replace("º", " ")).lower().replace(".", "")
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


def guess(heading: Sequence[str], told: dict[str, str] | None = None) -> dict[str, int]:
    """field -> place of its column. `told` names columns by hand and wins."""
    places = {plain_heading(name): place for place, name in reversed(list(enumerate(heading)))}
    found = {}
    for field, (_, names) in FIELDS.items():
        wanted = (plain_heading(told[field]),) if told and told.get(field) else names
        place = next((places[name] for name in wanted if name in places), None)
        if place is not None:
            found[field] = place
    return found


def lacking(columns: dict[str, int]) -> list[str]:
    """What an extract must hold and does not, in French."""
    lacks = [] if "amount" in columns else [FIELDS["amount"][0]]
    if not {"agreement", "commitment"} & set(columns):
        lacks.append(f"{FIELDS['agreement'][0]} ou {FIELDS['commitment'][0]}")
    if not {"commitment", "service", "request", "paid_on"} & set(columns):
        lacks.append("au moins un numéro ou une date de Chorus")
    return lacks


def cents(text: str) -> int | None:
    """« 1 234,50 € » -> 123450; None when it is not an amount."""
    bare = " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split())
    match = AMOUNT.fullmatch(bare)
    if match is None or len(match[1]) > 15:
        return None
    return int(match[1].replace(" ", "")) * 100 + int((match[2] or "").ljust(2, "0") or 0)


def day_of(text: str) -> date | None:
    """2027-03-31, 31/03/2027 or 20270331."""
    for shape in (
        r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})",
        r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})",
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    ):
        if match := re.fullmatch(shape, text.strip(), re.ASCII):
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                return None
    return None


def read_line(rank: int, cells: Sequence[str], columns: dict[str, int]) -> Line:
    """One line. Only the columns that were mapped are looked at."""
    text = {field: cells[place].strip() for field, place in columns.items()}
    amount = cents(text.get("amount", ""))
    if amount is None or amount == 0:
        return Line(rank, fault=f"« {text.get('amount', '')[:30]} » n'est pas un montant")
    days: dict[str, date | None] = {}
    for field in ("commitment_on", "service_on", "request_on", "paid_on"):
        typed = text.get(field, "")
        days[field] = day_of(typed)
        if typed and days[field] is None:
            return Line(rank, fault=f"« {typed[:30]} » n'est pas une date")
    numbers = {field: text.get(field, "") for field in ("commitment", "service", "request")}
    if long := next((number for number in numbers.values() if len(number) > 20), ""):
        return Line(rank, fault=f"« {long[:30]}… » est trop long pour un numéro de Chorus")
    if not (text.get("agreement") or numbers["commitment"]):
        return Line(rank, fault="ni numéro de convention ni EJ")
    siret = re.sub(r"\D", "", text.get("siret", ""))
    agreement = text.get("agreement", "")[:20]
    return Line(rank, "", agreement, siret=siret, amount_cents=amount, **numbers, **days)
