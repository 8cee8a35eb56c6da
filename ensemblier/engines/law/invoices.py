"""What the law makes an invoice say: why it bears no VAT, what late payment costs; dated, sourced.

From memory of the codes named, to be read again by an accountant: the taxes on goods and services
are being moved to another code, which renumbers articles without changing what is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ensemblier.engines.law.dated import Figure, in_force

EXEMPT, OUT_OF_SCOPE = "E", "O"  # UNTDID 5305


@dataclass(frozen=True)
class NoVat:
    """A reason to bear no VAT: the words of the invoice, and their codes (EN 16931, VATEX)."""

    label: str
    mention: str
    category: str
    vatex: str
    since: date
    source: str


FRANCHISE, ASSOCIATION, FARMER, OVERSEAS, GRANT = (
    "franchise",
    "association",
    "farmer",
    "overseas",
    "grant",
)
NO_VAT = {
    FRANCHISE: NoVat(
        "franchise en base",
        "TVA non applicable, art. 293 B du CGI",
        EXEMPT,
        "VATEX-FR-FRANCHISE",
        date(1991, 1, 1),
        "code général des impôts, art. 293 B et 293 E",
    ),
    ASSOCIATION: NoVat(
        "association à but non lucratif exonérée",
        "Exonération de TVA, art. 261, 7, 1° du CGI",
        EXEMPT,
        "VATEX-FR-CGI261-7",
        date(1976, 1, 1),
        "code général des impôts, art. 261, 7, 1°",
    ),
    FARMER: NoVat(
        "exploitant agricole au remboursement forfaitaire",
        "TVA non applicable, exploitant agricole au remboursement forfaitaire, "
        "art. 298 bis et 298 quater du CGI",
        EXEMPT,
        "",
        date(1968, 1, 1),
        "code général des impôts, art. 298 bis et 298 quater",
    ),
    OVERSEAS: NoVat(
        "vente en Guyane ou à Mayotte",
        "TVA non applicable, art. 294, 1 du CGI",
        OUT_OF_SCOPE,
        "VATEX-EU-O",
        date(2014, 1, 1),
        "code général des impôts, art. 294, 1",
    ),
    GRANT: NoVat(
        "subvention sans lien direct avec le prix",
        "Hors champ de la TVA, subvention sans lien direct avec un prix (BOI-TVA-BASE-10-10-10)",
        OUT_OF_SCOPE,
        "VATEX-EU-O",
        date(2012, 9, 12),
        "BOI-TVA-BASE-10-10-10, complément de prix",
    ),
}

# Cents owed for recovering a late payment, between professionals.
RECOVERY_CENTS = (Figure(4000, date(2013, 1, 1), "code de commerce, art. L441-10, II et D441-5"),)
# Points above the refinancing rate of the central bank, when nothing else is agreed.
LATE_POINTS = (Figure(10, date(2009, 1, 1), "code de commerce, art. L441-10, II"),)
# Days after the delivery to pay for perishable food.
FOOD_DAYS = (Figure(30, date(2019, 4, 26), "code de commerce, art. L441-11, II, 1°"),)


def no_vat(code: str, day: date) -> NoVat:
    """The reason of this code, when it holds on `day`; KeyError when there is none."""
    reason = NO_VAT[code]
    if day < reason.since:
        raise KeyError(code)
    return reason


def late_notes(day: date) -> list[tuple[str, str]]:
    """The three notes that every invoice carries, with their UNTDID 4451 codes."""
    recovery = in_force(RECOVERY_CENTS, day)
    points = in_force(LATE_POINTS, day)
    return [
        (
            "PMD",
            "Pénalités de retard : taux de refinancement de la Banque centrale européenne "
            f"majoré de {points.value} points ({points.source}).",
        ),
        (
            "PMT",
            "Indemnité forfaitaire pour frais de recouvrement en cas de retard : "
            f"{recovery.value // 100} € ({recovery.source}).",
        ),
        ("AAB", "Pas d'escompte pour paiement anticipé."),
    ]


def food_due(delivered: date, day: date) -> date:
    """The last day to pay for food delivered that day, never before the invoice itself."""
    return max(day, delivered + timedelta(days=in_force(FOOD_DAYS, day).value))
