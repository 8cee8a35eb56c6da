"""Rules that a plan may break: which, by how much, from which month, and what would mend it.

Each rule reads the outcome and the figures of law in force on the first day of each year of the
plan. Nothing here stops a plan: a broken rule is told, and the board decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ensemblier.engines.budget import CHARGE, RESOURCE
from ensemblier.engines.economics.compiling import Line
from ensemblier.engines.economics.outcome import Outcome
from ensemblier.engines.economics.plan import Plan
from ensemblier.engines.economics.terms import YEAR, YEARS, is_aci
from ensemblier.engines.insertion import FULL_SHARE, Month, below, percent_text, room
from ensemblier.engines.law import gifts as gift_law
from ensemblier.engines.law import insertion as insertion_law
from ensemblier.engines.law.dated import Figure, NotYetInForce, in_force
from ensemblier.engines.money import euros


@dataclass(frozen=True)
class Broken:
    """One broken rule. `month` from 0; `by`: cents beyond the rule, 0 when it is not an amount.

    `sentence` says which rule and by how much, `mend` what would mend it, `source` the text.
    """

    code: str
    name: str
    month: int
    by: int
    sentence: str
    mend: str
    source: str
    driver: str = ""


def first_day(plan: Plan, year: int) -> date:
    return date((plan.start + YEAR * year) // YEAR, plan.start % YEAR + 1, 1)


def figure(figures: tuple[Figure, ...], day: date) -> Figure:
    """In force that day; the first one known before any, so that a past plan is told something."""
    try:
        return in_force(figures, day)
    except NotYetInForce:
        return figures[0]


def of_perimeter(outcome: Outcome, perimeter: str, side: str) -> list[Line]:
    return [line for line in outcome.of(side) if line.perimeter == perimeter]


def agreements_of(outcome: Outcome) -> list[str]:
    """The perimeters of the plan's ACI: « ACI », or « ACI:name » for each of several agreements."""
    lines = [*outcome.of(CHARGE), *outcome.of(RESOURCE)]
    return sorted({line.perimeter for line in lines if is_aci(line.perimeter)})


def aci_words(perimeter: str) -> str:
    """Before a sentence, which agreement it is about; nothing for the only one."""
    name = perimeter.partition(":")[2]
    return f"ACI « {name} », " if name else ""


def aci_months(outcome: Outcome, perimeter: str) -> list[Month]:
    """Receipts and charges of one agreement, month by month."""
    sales = [line for line in of_perimeter(outcome, perimeter, RESOURCE) if line.kind == "sale"]
    charges = of_perimeter(outcome, perimeter, CHARGE)
    return [
        Month(sum(x.amounts[month] for x in sales), sum(x.amounts[month] for x in charges))
        for month in range(YEAR * YEARS)
    ]


def aci_receipts(outcome: Outcome) -> Iterator[Broken]:
    """Receipts of an ACI stay strictly below a share of its charges, year by year, for each
    agreement by itself: one that sells much is not made up for by one that sells little."""
    for perimeter in agreements_of(outcome):
        months = aci_months(outcome, perimeter)
        for year in range(YEARS):
            mine = months[YEAR * year : YEAR * (year + 1)]
            if found := aci_year(outcome.plan, perimeter, year, mine):
                yield found


def aci_year(plan: Plan, perimeter: str, year: int, mine: list[Month]) -> Broken | None:
    limit = plan.limit_of(perimeter)
    sales = sum(month.sales_cents for month in mine)
    charges = sum(month.charges_cents for month in mine)
    if below(sales, charges, limit):
        return None
    most = figure(insertion_law.ACI_SALES_SHARE_MOST, first_day(plan, year)).value
    over = max(1, -room(sales, charges, limit))
    mend = f"Vendez pour {euros(over)} de moins, ou comptez ces ventes dans une autre activité"
    if limit < most and below(sales, charges, most):
        mend += f", ou demandez au préfet une limite jusqu'à {percent_text(most, FULL_SHARE)}"
    return Broken(
        "aci_receipts",
        "Recettes de l'ACI",
        YEAR * year + first_above(mine, limit),
        over,
        f"{aci_words(perimeter)}{plan.year_name(year)} : recettes de {euros(sales)} pour "
        f"{euros(charges)} de charges{reached(sales, charges)} ; elles doivent rester "
        f"strictement sous {percent_text(limit, FULL_SHARE)}. Dépassement : {euros(over)}.",
        f"{mend}.",
        insertion_law.ACI_SALES_SHARE[0].source,
        perimeter,
    )


def reached(sales: int, charges: int) -> str:
    """Receipts without any charge are no share of anything."""
    return f", soit {percent_text(sales, charges)}" if charges > 0 else ""


def first_above(months: list[Month], limit: int) -> int:
    """The month from which the running receipts of the year stay at or above the share."""
    sales = charges = 0
    above = []
    for month in months:
        sales += month.sales_cents
        charges += month.charges_cents
        above.append(not below(sales, charges, limit))
    rank = len(above) - 1
    while rank and above[rank - 1]:
        rank -= 1
    return rank


def aci_limit(outcome: Outcome) -> Iterator[Broken]:
    """The share itself has a ceiling, for each agreement."""
    plan = outcome.plan
    most = figure(insertion_law.ACI_SALES_SHARE_MOST, first_day(plan, 0))
    most_text = percent_text(most.value, FULL_SHARE)
    for name, limit in (("", plan.aci_limit), *plan.aci_limits):
        if limit <= most.value:
            continue
        whose = f" pour « {name} »" if name else ""
        key = f"« {name} {most.value // 100} » dans aci_limits" if name else "aci_limit"
        yield Broken(
            "aci_limit",
            "Limite de l'ACI",
            0,
            0,
            f"La limite écrite{whose} est de {percent_text(limit, FULL_SHARE)} des charges ; le "
            f"préfet n'accorde pas plus de {most_text}.",
            f"Écrivez {key}, au plus." if name else f"Écrivez {key} à {most_text} au plus.",
            most.source,
        )


def separate_accounts(outcome: Outcome) -> Iterator[Broken]:
    """With an ACI and an EI, each charge and each receipt of insertion belongs to one of them."""
    plan = outcome.plan
    found = {line.perimeter for line in [*outcome.of(CHARGE), *outcome.of(RESOURCE)]}
    if "EI" not in found or not any(map(is_aci, found)) or plan.separate_accounts:
        return
    loose = [x for x in [*outcome.of(CHARGE), *outcome.of(RESOURCE)] if not x.perimeter]
    cents = sum(sum(line.amounts) for line in loose)
    yield Broken(
        "separate_accounts",
        "Comptes séparés",
        0,
        cents,
        "Le plan a un ACI et une EI, sans dire que leurs comptes sont séparés ; "
        f"{euros(cents)} sur cinq ans n'appartiennent ni à l'un ni à l'autre.",
        "Donnez à chaque ligne son périmètre (ACI ou EI), tenez deux comptabilités, et "
        "notez-le dans le plan (separate_accounts).",
        insertion_law.SEPARATE_ACCOUNTS_SOURCE,
    )


def gifts_to_companies(outcome: Outcome) -> Iterator[Broken]:
    """The for-profit sector receives no gift that opens a right to tax relief."""
    plan = outcome.plan
    for row in plan.resources:
        profit = plan.form == "company" or row.perimeter == "EI"
        line = next(line for line in outcome.lines if line.id == row.id)
        if row.deductible and profit:
            yield Broken(
                "deductible_gift",
                "Dons défiscalisés",
                row.first,
                sum(line.amounts),
                f"« {row.label} » ouvre droit à réduction d'impôt, mais va à "
                f"{'une société commerciale' if plan.form == 'company' else 'une EI'} : "
                f"{euros(sum(line.amounts))} sur cinq ans.",
                "Recevez ce don dans une association ou un fonds de dotation, ou écrivez-le sans "
                "réduction d'impôt.",
                gift_law.NON_PROFIT_SOURCE,
                row.id,
            )
