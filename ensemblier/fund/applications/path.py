"""The path to a model that lasts: five years of resources by nature, read in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ensemblier.engines.budget import euros
from ensemblier.fund.applications.models import Application, Certainty, Nature, Side

# Lines of the Cerfa form, by the nature they stand for.
NATURES = {
    "70": Nature.SALES,
    "73": Nature.SALES,
    "74E": Nature.PUBLIC,
    "74S": Nature.PUBLIC,
    "74A": Nature.PUBLIC,
    "74B": Nature.PUBLIC,
    "74U": Nature.PUBLIC,
    "74R": Nature.LOCAL,
    "74D": Nature.LOCAL,
    "74I": Nature.LOCAL,
    "74C": Nature.LOCAL,
    "74P": Nature.PRIVATE,
    "758": Nature.PRIVATE,
}


def from_budget(application: Application) -> list[dict[str, Any]]:
    """What the file already says of the path: nothing is asked twice. The amount asked goes to its
    years; the budget is that of the first year when the call pays for one year only."""
    sums: dict[tuple[int, str], int] = {}
    for part in application.asked.all():
        key = (part.year, str(Nature.FUND))
        sums[key] = sums.get(key, 0) + part.amount_cents
    call = application.call
    if call.first_year == call.last_year:
        for line in application.lines.all():
            counts = line.side == Side.RESOURCE and line.certainty != Certainty.REFUSED
            if counts and not line.code.startswith("87"):
                key = (call.first_year, str(NATURES.get(line.code, Nature.OWN)))
                sums[key] = sums.get(key, 0) + line.amount_cents
    return [
        {"year": year, "nature": nature, "amount_cents": cents}
        for (year, nature), cents in sorted(sums.items())
        if cents
    ]


def by_year(rows: Sequence[Any]) -> dict[int, dict[str, int]]:
    """Year -> nature -> cents, years in order."""
    found: dict[int, dict[str, int]] = {}
    for row in sorted(rows, key=lambda row: row.year):
        found.setdefault(row.year, {})[row.nature] = row.amount_cents
    return found


def sentence(years: Mapping[int, Mapping[str, int]]) -> str:
    """How the part of the fund goes from the first year to the last."""
    if not years:
        return "Les ressources des cinq années ne sont pas encore écrites."
    first, last = min(years), max(years)
    if first == last:
        return f"Seule l'année {first} est écrite : {euros(sum(years[first].values()))}."
    start, end = part(years[first]), part(years[last])
    if not years[last].get(Nature.FUND):
        if not years[first].get(Nature.FUND):
            return f"De {first} à {last}, le projet tient sans ce fonds."
        return f"Le fonds paie {start} des ressources en {first}, et plus rien en {last}."
    return f"Le fonds paie {start} des ressources en {first}, et encore {end} en {last}."


def part(amounts: Mapping[str, int]) -> str:
    """The fund's part of one year, rounded down to the percent and never shown as nothing."""
    total, fund = sum(amounts.values()), amounts.get(Nature.FUND, 0)
    whole = 100 * fund // total if total else 0
    return f"{whole}\u00a0%" if whole or not fund else "moins de 1\u00a0%"
