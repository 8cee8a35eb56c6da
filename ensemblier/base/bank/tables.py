"""Extracts of an account saved as a table: what each column means, what each line says. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from text_unidecode import unidecode

from ensemblier.base.bank.iso import NotABankFile

# field -> (French, headings met in extracts, most usual first)
FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "on": (
        "Date",
        ("date", "date operation", "date de l operation", "date comptable", "date de valeur"),
    ),
    "words": (
        "Libellé",
        ("libelle", "libelle operation", "libelle complet", "communication", "description"),
    ),
    "amount": ("Montant", ("montant", "montant eur", "montant en euros", "montant euros")),
    "credit": ("Crédit", ("credit", "credit euros", "credit eur", "montant credit")),
    "debit": ("Débit", ("debit", "debit euros", "debit eur", "montant debit")),
    "reference": ("Référence", ("reference", "ref", "reference operation", "n operation")),
}
SIGNS = {"-": -1, "\u2212": -1, "+": 1, "": 1}
# A point sets thousands apart only when a comma sets the cents apart: « 1.234 » alone is unclear.
AMOUNT = re.compile(
    r"([-+\u2212]?) ?(?:(\d{1,3}(?:[ .]\d{3})+|\d+),(\d{1,2})|(\d{1,3}(?: \d{3})+|\d+)"
    r"(?:\.(\d{1,2}))?)(?: ?(?:€|EUR))?"
)
DAYS = (
    r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})",
    r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4}|\d{2})",
)
MOST_DIGITS = 12


class BankLine(NamedTuple):
    """One movement of an account: cents in (+) or out (-). `reference` tells it from any other."""

    rank: int
    on: date | None = None
    cents: int = 0
    words: str = ""
    reference: str = ""
    fault: str = ""


def plain_heading(text: str) -> str:
    bare = unidecode(text.replace("°", " ")).lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())


def guess(heading: Sequence[str], told: dict[str, str] | None = None) -> dict[str, int]:
    """field -> place of its column. `told` names columns by hand and wins."""
    places = {plain_heading(name): place for place, name in reversed(list(enumerate(heading)))}
    found = {}
    for field, (_, names) in FIELDS.items():
        typed = plain_heading(told.get(field, "")) if told else ""
        wanted = (typed,) if typed else names
        place = next((places[name] for name in wanted if name in places), None)
        if place is not None:
            found[field] = place
    return found


def read_rows(
    heading: Sequence[str], rows: Sequence[Sequence[str]], told: dict[str, str] | None = None
) -> list[BankLine]:
    """Every line; NotABankFile when a column is missing."""
    columns = guess(heading, told)
    lacks = [FIELDS[name][0] for name in ("on", "words") if name not in columns]
    if "amount" not in columns and not {"credit", "debit"} <= set(columns):
        lacks.append("Montant (ou Débit et Crédit)")
    if lacks:
        seen = ", ".join(f"« {text[:30]} »" for text in heading[:20])
        raise NotABankFile(
            f"Il manque : {', '.join(lacks)}. Colonnes lues : {seen}. Écrivez ci-dessous le nom "
            "exact de vos colonnes, puis recommencez."
        )
    return told_apart([_line(rank, cells, columns) for rank, cells in enumerate(rows, start=2)])


def _line(rank: int, cells: Sequence[str], columns: dict[str, int]) -> BankLine:
    text = {field: cells[place].strip() for field, place in columns.items()}
    words = " ".join(text["words"].split())[:300]
    on = day_of(text["on"])
    if on is None:
        return BankLine(rank, words=words, fault=f"« {text['on'][:30]} » n'est pas une date")
    typed = text.get("amount", "")
    amount = signed_cents(typed) if typed else _two_columns(text)
    if not amount:
        shown = typed or text.get("credit") or text.get("debit") or ""
        return BankLine(rank, on, words=words, fault=f"« {shown[:30]} » n'est pas un montant")
    return BankLine(rank, on, amount, words, text.get("reference", "")[:70])


def _two_columns(text: dict[str, str]) -> int | None:
    """Debits are written with or without their sign."""
    credit, debit = (text.get(name, "") for name in ("credit", "debit"))
    if bool(credit) == bool(debit):
        return None
    found = signed_cents(credit or debit)
    if found is None:
        return None
    return found if credit else -abs(found)


def signed_cents(text: str) -> int | None:
    """« -1 234,50 € » -> -123450; None when it is not an amount."""
    bare = " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split())
    match = AMOUNT.fullmatch(bare)
    if match is None or not bare.replace("€", "").replace("\u2212", "").isascii():
        return None
    units = re.sub(r"[ .]", "", match[2] or match[4])
    if len(units) > MOST_DIGITS:
        return None
    return SIGNS[match[1]] * (int(units) * 100 + int((match[3] or match[5] or "0").ljust(2, "0")))


def day_of(text: str) -> date | None:
    """2027-03-31, 31/03/2027 or 31/03/27."""
    for shape in DAYS:
        if match := re.fullmatch(shape, text.strip(), re.ASCII):
            year = int(match["y"])
            try:
                return date(year + 2000 if year < 100 else year, int(match["m"]), int(match["d"]))
            except ValueError:
                return None
    return None


def told_apart(lines: Sequence[BankLine]) -> list[BankLine]:
    """Each line with a reference of its own: the bank's, else what it says. Two lines that say the
    same on one day are two: the same extract read again gives the same references."""
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        mark = line.reference or f"{line.on}|{line.cents}|{line.words}"
        seen[mark] += 1
        if line.reference and seen[mark] == 1:
            found.append(line)
            continue
        told = hashlib.sha256(f"{mark}|{seen[mark]}".encode()).hexdigest()[:24]
        found.append(line._replace(reference=told))
    return found
