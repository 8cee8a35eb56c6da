"""Which organisation, and which rate of VAT, a cell of a till's file means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from text_unidecode import unidecode

from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.rules import VAT_RATES

SIRET = 14
# As a till or a spreadsheet writes them: 5,5, 5,50, 20.0.
RATES = {"": 0} | {
    f"{rate / 100:{form}}": rate for rate in VAT_RATES for form in ("g", ".1f", ".2f")
}


def bare(text: str) -> str:
    """« Épicerie  du Marché » -> « epicerie du marche »."""
    return " ".join(unidecode(text).lower().split())


def named(rows: Iterable[Organisation]) -> dict[str, list[Organisation]]:
    """By their SIRET and by their name, which several may bear."""
    found: dict[str, list[Organisation]] = defaultdict(list)
    for row in rows:
        for name in {bare(row.name), row.siret} - {""}:
            found[name].append(row)
    return dict(found)


def the_one(typed: str, members: Mapping[str, list[Organisation]]) -> Organisation:
    """A spreadsheet takes the first zeros of a SIRET away, or a person spaces it."""
    digits = "".join(typed.split())
    is_siret = digits.isascii() and digits.isdigit()
    found = members.get(digits.zfill(SIRET) if is_siret else bare(typed), [])
    if len(found) > 1:
        raise LookupError("plusieurs membres portent ce nom : écrivez le SIRET")
    if not found:
        raise LookupError("aucun membre de la filière n'a ce SIRET ou ce nom ce jour-là")
    return found[0]


def rate_of(typed: str) -> int | None:
    """In ten-thousandths; None when it is no rate that a price may hold."""
    return RATES.get("".join(typed.split()).removesuffix("%").replace(",", "."))
