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
from ensemblier.engines.economics.terms import YEAR, YEARS
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


def aci_months(outcome: Outcome) -> list[Month]:
    """Receipts and charges of the ACI, month by month."""
    sales = [line for line in of_perimeter(outcome, "ACI", RESOURCE) if line.kind == "sale"]
    charges = of_perimeter(outcome, "ACI", CHARGE)
    return [
        Month(sum(x.amounts[month] for x in sales), sum(x.amounts[month] for x in charges))
        for month in range(YEAR * YEARS)
    ]


def aci_receipts(outcome: Outcome) -> Iterator[Broken]:
    """Receipts of an ACI stay strictly below a share of its charges, year by year."""
    plan = outcome.plan
    months = aci_months(outcome)
    for year in range(YEARS):
        mine = months[YEAR * year : YEAR * (year + 1)]
        sales = sum(month.sales_cents for month in mine)
        charges = sum(month.charges_cents for month in mine)
        if below(sales, charges, plan.aci_limit):
            continue
        most = figure(insertion_law.ACI_SALES_SHARE_MOST, first_day(plan, year)).value
        over = max(1, -room(sales, charges, plan.aci_limit))
        mend = f"Vendez pour {euros(over)} de moins, ou comptez ces ventes dans une autre activité"
        if plan.aci_limit < most and below(sales, charges, most):
            mend += f", ou demandez au préfet une limite jusqu'à {percent_text(most, FULL_SHARE)}"
        yield Broken(
            "aci_receipts",
            "Recettes de l'ACI",
            YEAR * year + first_above(mine, plan.aci_limit),
            over,
            f"{plan.year_name(year)} : recettes de {euros(sales)} pour {euros(charges)} de charges,"
            f" soit {percent_text(sales, charges)} ; elles doivent rester strictement sous "
            f"{percent_text(plan.aci_limit, FULL_SHARE)}. Dépassement : {euros(over)}.",
            f"{mend}.",
            insertion_law.ACI_SALES_SHARE[0].source,
        )


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
    """The share itself has a ceiling."""
    plan = outcome.plan
    most = figure(insertion_law.ACI_SALES_SHARE_MOST, first_day(plan, 0))
    if plan.aci_limit > most.value:
        yield Broken(
            "aci_limit",
            "Limite de l'ACI",
            0,
            0,
            f"La limite écrite est de {percent_text(plan.aci_limit, FULL_SHARE)} des charges ; le "
            f"préfet n'accorde pas plus de {percent_text(most.value, FULL_SHARE)}.",
            f"Écrivez aci_limit à {percent_text(most.value, FULL_SHARE)} au plus.",
            most.source,
        )


def separate_accounts(outcome: Outcome) -> Iterator[Broken]:
    """With an ACI and an EI, each charge and each receipt of insertion belongs to one of them."""
    plan = outcome.plan
    found = {line.perimeter for line in [*outcome.of(CHARGE), *outcome.of(RESOURCE)]}
    if not {"ACI", "EI"} <= found or plan.separate_accounts:
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
        "Donnez à chaque ligne son périmètre (ACI ou EI), tenez deux comptabilités, et écrivez "
        "separate_accounts = true.",
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
