"""Rules about public money, farmers and VAT; see `rules.py` for what a broken rule says."""

from __future__ import annotations

from collections.abc import Iterator

from ensemblier.engines.budget import RESOURCE
from ensemblier.engines.economics.needs import needs
from ensemblier.engines.economics.outcome import Outcome, by_year
from ensemblier.engines.economics.plan import Resource
from ensemblier.engines.economics.rules import Broken, figure, first_day
from ensemblier.engines.economics.terms import FUND, PUBLIC_CODES, YEAR, YEARS
from ensemblier.engines.law import food_trade, state_aid, subsidies
from ensemblier.engines.law.vat import FOOD as FOOD_VAT
from ensemblier.engines.money import euros, percent

GRANT_CODES = tuple(code for code in PUBLIC_CODES if code != "73")


def public_rows(outcome: Outcome) -> list[tuple[Resource, tuple[int, ...]]]:
    """Public grants but European ones and post aid, which have agreements of their own."""
    lines = {line.id: line for line in outcome.of(RESOURCE)}
    return [
        (row, by_year(lines[row.id].amounts))
        for row in outcome.plan.resources
        if row.code in GRANT_CODES and row.nature == "non_market"
    ]


def agreements(outcome: Outcome) -> Iterator[Broken]:
    """A public authority that grants more than a threshold in a year signs an agreement."""
    plan = outcome.plan
    by_payer: dict[str, list[tuple[Resource, tuple[int, ...]]]] = {}
    for row, cents in public_rows(outcome):
        by_payer.setdefault(row.payer, []).append((row, cents))
    for payer, rows in by_payer.items():
        if all(row.agreement for row, _ in rows):
            continue
        for year in range(YEARS):
            total = sum(cents[year] for _, cents in rows)
            limit = figure(subsidies.AGREEMENT_THRESHOLD, first_day(plan, year))
            if total > limit.value:
                yield Broken(
                    "agreement",
                    "Convention",
                    max(YEAR * year, min(row.first for row, _ in rows)),
                    total - limit.value,
                    f"{payer} donne {euros(total)} en {plan.year_name(year)}, au-dessus de "
                    f"{euros(limit.value)} : une convention est obligatoire, le plan n'en prévoit "
                    "pas.",
                    "Préparez la convention, et notez dans le plan qu'elle est prévue (agreement).",
                    limit.source,
                    rows[0][0].id,
                )
                break


def auditor(outcome: Outcome) -> Iterator[Broken]:
    """From a threshold of public grants a year, an association has a statutory auditor."""
    plan = outcome.plan
    if plan.auditor or plan.form != "association":
        return
    rows = public_rows(outcome)
    aids = [by_year(x.amounts) for x in outcome.of(RESOURCE) if x.kind == "aid"]
    for year in range(YEARS):
        total = sum(cents[year] for _, cents in rows) + sum(cents[year] for cents in aids)
        limit = figure(subsidies.AUDITOR_THRESHOLD, first_day(plan, year))
        if total >= limit.value:
            yield Broken(
                "auditor",
                "Commissaire aux comptes",
                YEAR * year,
                total - limit.value,
                f"{euros(total)} de subventions publiques en {plan.year_name(year)}, aide aux "
                f"postes comprise : dès {euros(limit.value)}, une association nomme un commissaire "
                "aux comptes.",
                "Nommez-le, notez-le dans le plan (auditor), et ajoutez son coût (sorte : audit).",
                limit.source,
            )
            return


def over_compensation(outcome: Outcome) -> Iterator[Broken]:
    """Grants pay what costs less other receipts, and a reasonable surplus at most."""
    plan = outcome.plan
    for year, budget in enumerate(outcome.budgets):
        granted = sum(cents for code, cents in budget.resources.items() if code in PUBLIC_CODES)
        allowed = percent(budget.total_charges, f"{plan.surplus // 100}.{plan.surplus % 100:02}")
        over = min(granted, budget.result - allowed)
        if over > 0:
            yield Broken(
                "over_compensation",
                "Surcompensation",
                YEAR * year,
                over,
                f"{budget.year} : les produits dépassent les charges de {euros(budget.result)}, "
                f"pour un excédent raisonnable de {euros(allowed)} ; {euros(over)} de subventions "
                "sont en trop.",
                "Demandez moins, ajoutez une charge oubliée, ou écrivez l'excédent que prévoit la "
                "convention (reasonable_surplus).",
                subsidies.OVER_COMPENSATION_SOURCE,
            )


def investment_last(outcome: Outcome) -> Iterator[Broken]:
    """The fund pays investment once the other classes are paid."""
    plan = outcome.plan
    asked_for = {row.pays_for for row in plan.resources if row.code == FUND}
    if "investment" not in asked_for:
        return
    for year, need in enumerate(needs(outcome)):
        others = sum(cents for name, cents in need.by_class.items() if name != "investment")
        given = sum(cents for name, cents in need.asked.items() if name != "investment")
        given += need.top_up.requested_cents - sum(need.asked.values())
        short = others - given
        if need.asked["investment"] and short > 0:
            yield Broken(
                "investment_last",
                "Investissement après le reste",
                YEAR * year,
                min(short, need.asked["investment"]),
                f"{need.year} : {euros(need.asked['investment'])} demandés au fonds pour investir, "
                f"alors qu'il manque {euros(short)} aux autres dépenses.",
                "Demandez d'abord pour les autres dépenses, et l'investissement avec ce qui reste.",
                subsidies.INVESTMENT_LAST_SOURCE,
            )


def farm_contracts(outcome: Outcome) -> Iterator[Broken]:
    """Farm goods are bought by written contracts of some years, with a clause of revision."""
    plan = outcome.plan
    lines = {line.id: line for line in outcome.lines}
    for cost in plan.costs:
        if cost.kind != "food" or not cost.producers or cost.exempt_contract:
            continue
        for year in range(YEARS):
            day = first_day(plan, year)
            least = figure(food_trade.CONTRACT_LEAST, day)
            years = figure(food_trade.CONTRACT_YEARS, day)
            each = by_year(lines[cost.id].amounts)[year] // cost.producers
            if each < least.value or (cost.contract_years >= years.value and cost.revision):
                continue
            short = cost.contract_years < years.value
            yield Broken(
                "farm_contract",
                "Contrat avec les producteurs",
                max(YEAR * year, cost.first),
                each - least.value,
                f"« {cost.label} » : {euros(each)} par producteur en {plan.year_name(year)}, "
                f"{euros(each - least.value)} de plus que le seuil de {euros(least.value)} ; "
                + (
                    f"un contrat écrit dure au moins {years.value} ans (ici {cost.contract_years})."
                    if short
                    else "le contrat doit avoir une clause de révision du prix."
                ),
                f"Signez {years.value} ans avec une clause de révision, sur proposition du "
                "producteur, et notez-le dans le plan (contract_years, revision).",
                years.source if short else food_trade.REVISION_SOURCE,
                cost.id,
            )
            break


def vat_on_complements(outcome: Outcome) -> Iterator[Broken]:
    """A complement of price bears the VAT of the sale when the seller is liable."""
    plan = outcome.plan
    if not plan.vat_liable:
        return
    for row in plan.resources:
        if not row.complement:
            continue
        line = next(line for line in outcome.lines if line.id == row.id)
        total = sum(line.amounts)
        rate = figure(FOOD_VAT, first_day(plan, 0))
        vat = total - (2 * total * 10_000 + 10_000 + rate.value) // (2 * (10_000 + rate.value))
        if total:
            yield Broken(
                "vat_complement",
                "TVA des compléments de prix",
                next(month for month, cents in enumerate(line.amounts) if cents),
                vat,
                f"« {row.label} » est un complément de prix : {euros(total)} sur cinq ans, dont "
                f"{euros(vat)} de TVA à reverser puisque le vendeur en est redevable.",
                "Demandez cette somme toutes taxes comprises et écrivez la TVA en charge, ou "
                "versez une somme globale sans lien avec le prix.",
                food_trade.COMPLEMENT_SOURCE,
                row.id,
            )


def aid_counters(outcome: Outcome) -> Iterator[Broken]:
    """Capped aid over three rolling years, and the basis that a price complement may have."""
    plan = outcome.plan
    aids = []
    for row, cents in public_rows(outcome):
        if row.regime not in (basis.value for basis in state_aid.Basis):
            continue
        basis = state_aid.Basis(row.regime)
        if fault := state_aid.fault_of(basis, line_based=row.complement and plan.farm_goods):
            yield Broken(
                "aid_basis",
                "Base de l'aide d'État",
                row.first,
                sum(cents),
                f"« {row.label} » : {fault}",
                "Changez la règle de cette aide (regime).",
                state_aid.LINE_SOURCE,
                row.id,
            )
        # Agricultural aid is counted by farm, in equal parts: the plan does not name them.
        farms = row.farms if basis is state_aid.Basis.AGRICULTURAL else 1
        aids += [(basis, year, -(-cents[year] // farms), row) for year in range(YEARS)]
    for basis in state_aid.CAPPED:
        yield from above_ceiling(outcome, basis, [aid for aid in aids if aid[0] is basis])


def above_ceiling(
    outcome: Outcome, basis: state_aid.Basis, aids: list[tuple[state_aid.Basis, int, int, Resource]]
) -> Iterator[Broken]:
    """The first year in which the sum of three is over; each aid counts when its year begins."""
    plan = outcome.plan
    dated = [
        state_aid.Aid("plan", basis, first_day(plan, year), cents, row.payer)
        for _, year, cents, row in aids
        if cents
    ]
    for year in range(YEARS):
        day = first_day(plan, year)
        if day < state_aid.CAPPED[basis][0].since:
            continue  # no ceiling is known before
        count = state_aid.count(dated, basis, frozenset({"plan"}), 0, day)
        if count.is_above:
            yield Broken(
                "aid_ceiling",
                f"Plafond : {basis.label}",
                YEAR * year,
                count.total - count.ceiling,
                f"{plan.year_name(year)}, {basis.label} : {euros(count.total)} en trois ans"
                f"{of_each_farm(basis)} ({said_of(aids, year)}), pour un plafond de "
                f"{euros(count.ceiling)}. Dépassement : {euros(count.total - count.ceiling)}.",
                "Placez une part de ces aides sous une autre règle (mandat SIEG, régime exempté), "
                "ou étalez-les.",
                count.source,
                aids[0][3].id,
            )
            return


def of_each_farm(basis: state_aid.Basis) -> str:
    return " pour chaque ferme" if basis is state_aid.Basis.AGRICULTURAL else ""


def said_of(aids: list[tuple[state_aid.Basis, int, int, Resource]], year: int) -> str:
    """The aids that the sum of a year counts, each once."""
    labels = (row.label for _, given, cents, row in aids if cents and year - 3 < given <= year)
    return ", ".join(f"« {label} »" for label in dict.fromkeys(labels))
