"""The two open data files, from the versions of entries: pure functions on plain values.

The regulatory file: order of 17 November 2017, Etalab format 1.1.1, 14 columns, periods joined by
« _ ». SCDL 2.1.1: 16 columns, periods joined by « / ». Both UTF-8, comma, decimal point.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from ensemblier.base.pages.cells import LIVE

REGULATORY = (
    *("nomAttribuant", "idAttribuant", "dateConvention", "referenceDecision"),
    *("nomBeneficiaire", "idBeneficiaire", "objet", "montant", "nature", "conditionsVersement"),
    *("datesPeriodeVersement", "idRAE", "notificationUE", "pourcentageSubvention"),
)
SCDL = (
    *REGULATORY[:6],
    "rnaBeneficiaire",
    *REGULATORY[6:],
    "dispositifAide",
)
CASH = "aide en numéraire"
LONGEST = 256


def quiet(text: str) -> str:
    """One line, at most 256 characters, never a live formula.

    A leading sign is moved behind a typographic apostrophe: the text stays readable, the cell
    keeps a type that every schema accepts, and no spreadsheet computes it.
    """
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if plain.startswith(LIVE):
        plain = f"’{plain}"
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"


def decimal(cents: int) -> str:
    """Euros with a point: 1234500 -> 12345.00."""
    return f"{cents // 100}.{cents % 100:02d}"


def share(bp: int) -> str:
    """A part from 0.01 to 1, at most four decimals: 10000 -> 1."""
    return "1" if bp >= 10_000 else f"{max(bp, 100) / 10_000:.4f}".rstrip("0")


def regulatory_row(content: Mapping[str, Any]) -> list[str]:
    """One recipient, in the 14 columns."""
    return [_cell(content, name, "_") for name in REGULATORY]


def scdl_row(content: Mapping[str, Any]) -> list[str]:
    """One recipient, in the 16 columns."""
    return [_cell(content, name, "/") for name in SCDL]


def _cell(content: Mapping[str, Any], name: str, separator: str) -> str:
    if name == "datesPeriodeVersement":
        return separator.join(dict.fromkeys(content["periode"]))
    return quiet(str(content.get(name, "")))


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Comma, double quotes where needed, CRLF as RFC 4180 says; no byte-order mark."""
    kept = io.StringIO()
    writer = csv.writer(kept, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return kept.getvalue()
