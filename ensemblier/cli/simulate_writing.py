"""What `ensemblier simulate` writes: tables as CSV, and all of them in one JSON file.

Amounts are in euros with two decimals, chances and shares in percent.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ensemblier.base.pages.cells import harmless
from ensemblier.engines.economics import (
    Fan,
    Outcome,
    broken_rules,
    dependences,
    levers,
    needs,
    prices,
    tornado,
)
from ensemblier.engines.economics.outcome import by_year
from ensemblier.engines.economics.terms import CERTAINTIES, CLASSES, EFFECTS, LINKS, NATURES

Cell = str | int | None


class Written(NamedTuple):
    """A table: what it says, its columns, its rows."""

    says: str
    columns: Sequence[str]
    rows: list[Sequence[Cell]]


def euros(cents: int | None) -> str:
    """1234.50, and nothing when there is none."""
    if cents is None:
        return ""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def percent(bp: int | None) -> str:
    """Ten-thousandths as a percentage."""
    return euros(bp)


def tables(outcome: Outcome, fan: Fan) -> dict[str, Written]:
    """File name, without its ending -> table."""
    return {
        "mois": months(outcome),
        "annees": years(outcome),
        "budget": budget(outcome),
        "lignes": lines(outcome),
        "prix": price_truth(outcome),
        "besoins": top_ups(outcome),
        "ressources": leaning(outcome, fan),
        "regles": rules(outcome),
        "chances": chances(outcome, fan),
        "eventail": cash_fan(outcome, fan),
        "tornade": bars(outcome),
        "leviers": remedies(outcome),
    }


def months(outcome: Outcome) -> Written:
    columns = ("mois", "produits", "charges", "résultat", "encaissé", "décaissé")
    rows = zip(
        outcome.plan.month_names,
        *(
            map(euros, values)
            for values in (
                outcome.resources,
                outcome.charges,
                outcome.result,
                outcome.cash_in,
                outcome.cash_out,
                outcome.cash,
                outcome.working_capital,
            )
        ),
        strict=True,
    )
    return Written(
        "Chaque mois, sans hasard.",
        (*columns, "trésorerie", "besoin en fonds de roulement"),
        list(rows),
    )


def years(outcome: Outcome) -> Written:
    columns = (
        "année",
        "ventes",
        "subventions",
        "autres produits",
        "achats",
        "services extérieurs",
        "impôts et taxes",
        "personnel",
        "autres charges",
        "amortissements",
        "intérêts",
        "résultat",
        "capacité d'autofinancement",
        "trésorerie en fin d'année",
        "seuil d'équilibre",
        "seuil d'équilibre, % des volumes",
    )
    rows: list[Sequence[Cell]] = []
    for year, (income, point) in enumerate(zip(outcome.incomes, outcome.break_evens, strict=True)):
        amounts = (
            income.sales,
            income.grants,
            income.other_products,
            income.purchases,
            income.outside,
            income.taxes,
            income.staff,
            income.other_charges,
            income.wear,
            income.interest,
            income.result,
            income.self_financing,
            outcome.cash[12 * year + 11],
        )
        told = (point.sentence(), percent(point.percent_bp))
        rows.append((income.year, *map(euros, amounts), *told))
    return Written("Compte de résultat, trésorerie et seuil de chaque année.", columns, rows)


def budget(outcome: Outcome) -> Written:
    rows: list[Sequence[Cell]] = []
    for year in outcome.budgets:
        whole = year.whole_euros()
        for side, exact, rounded in (
            ("charge", year.charges, whole.charges),
            ("ressource", year.resources, whole.resources),
            ("charge", year.in_kind_charges, whole.in_kind_charges),
            ("ressource", year.in_kind_resources, whole.in_kind_resources),
        ):
            rows += [(year.year, side, c, euros(exact[c]), rounded[c] // 100) for c in exact]
    return Written(
        "Budget du Cerfa, 86 et 87 compris.",
        ("année", "côté", "ligne", "montant", "euros entiers"),
        rows,
    )


def lines(outcome: Outcome) -> Written:
    columns = ("id", "libellé", "côté", "ligne", "maillon", "type de dépense", "payeur", "effet")
    rows = [
        (
            line.id,
            line.label,
            "charge" if line.side == "charge" else "ressource",
            line.code or "trésorerie",
            LINKS.get(line.link, ""),
            CLASSES.get(line.expense_class, ""),
            line.payer,
            EFFECTS.get(line.effect, ""),
            NATURES.get(line.nature, ""),
            "" if line.side == "charge" else "non" if line.in_kind else "oui",
            CERTAINTIES.get(line.certainty, ""),
            "oui" if line.assumed else "",
            *map(euros, by_year(line.amounts if line.counts else line.payments)),
        )
        for line in outcome.lines
    ]
    more = ("nature", "monétaire", "certitude", "hypothèse", *outcome.plan.year_names)
    return Written("Chaque ligne et ses cinq années.", (*columns, *more), rows)


def price_truth(outcome: Outcome) -> Written:
    rows: list[Sequence[Cell]] = []
    for price in prices(outcome):
        head = (price.year, price.unit)
        rows += [(*head, "coût", name, euros(cents)) for name, cents in price.parts.items()]
        rows.append((*head, "total", "coût complet", euros(price.cost)))
        rows += [(*head, "paie", name, euros(cents)) for name, cents in price.payers.items()]
        rows.append((*head, "écart", "que les foyers ne paient pas", euros(price.price_gap)))
        rows.append((*head, "écart", "que personne ne paie encore", euros(price.gap)))
    return Written(
        "La vérité du prix d'une unité.", ("année", "unité", "sens", "quoi", "euros"), rows
    )


def top_ups(outcome: Outcome) -> Written:
    rows: list[Sequence[Cell]] = []
    for need in needs(outcome):
        for name, cents in need.by_class.items():
            rows.append((need.year, CLASSES[name], euros(cents), euros(need.asked[name])))
        found = need.top_up
        rows.append((need.year, "total", euros(found.missing_cents), euros(found.requested_cents)))
    return Written(
        "Abondement nécessaire par type de dépense.",
        ("année", "type de dépense", "nécessaire", "demandé au fonds"),
        rows,
    )


def leaning(outcome: Outcome, fan: Fan) -> Written:
    losses = {loss.id: loss for loss in fan.losses}
    rows: list[Sequence[Cell]] = []
    for each in dependences(outcome):
        loss = losses.get(each.id)
        rows.append(
            (
                each.id,
                each.label,
                each.payer,
                NATURES.get(each.nature, ""),
                CERTAINTIES.get(each.certainty, ""),
                *map(percent, each.share_bp),
                outcome.plan.month_name(each.ends_in),
                each.runway,
                euros(each.cash_at_end),
                "oui" if each.is_vital else "non",
                percent(loss.ruin_when_lost) if loss else "",
                percent(loss.ruin_when_kept) if loss else "",
                "oui" if loss and loss.kills else "non",
            )
        )
    return Written(
        "Ce que le plan doit à chaque ressource, et sa fin.",
        (
            *("id", "libellé", "payeur", "nature", "certitude"),
            *(f"% des produits {name}" for name in outcome.plan.year_names),
            *("finit en", "mois d'autonomie", "trésorerie finale sans elle", "vitale"),
            *("% sans argent si perdue", "% sans argent si gardée", "sa perte tue le projet"),
        ),
        rows,
    )


def rules(outcome: Outcome) -> Written:
    rows = [
        (
            broken.code,
            broken.name,
            outcome.plan.month_name(broken.month),
            euros(broken.by),
            broken.sentence,
            broken.mend,
            broken.source,
            broken.driver,
        )
        for broken in broken_rules(outcome)
    ]
    columns = ("code", "règle", "dès", "de combien", "pourquoi", "remède", "source", "id")
    return Written("Règles enfreintes.", columns, list(rows))


def chances(outcome: Outcome, fan: Fan) -> Written:
    rows: list[Sequence[Cell]] = [
        ("année équilibrée", name, percent(chance))
        for name, chance in zip(outcome.plan.year_names, fan.balanced, strict=True)
    ]
    rows.append(("sans argent au moins une fois", "cinq ans", percent(fan.ruin)))
    usual = fan.usual_ruin_month
    rows.append(
        (
            "mois où la moitié de ceux qui manquent d'argent en manquent déjà",
            "" if usual is None else outcome.plan.month_name(usual),
            "",
        )
    )
    rows.append(("réserve de départ pour tenir 95 fois sur 100", "euros", euros(fan.reserve)))
    return Written(f"{fan.draws} tirages, graine {fan.seed}.", ("quoi", "quand", "valeur"), rows)


def cash_fan(outcome: Outcome, fan: Fan) -> Written:
    rows = zip(
        outcome.plan.month_names,
        *(map(euros, months) for months in fan.cash.values()),
        map(percent, fan.ruin_by_month),
        strict=True,
    )
    columns = ("mois", *(f"{p} %" for p in fan.cash), "% déjà sans argent")
    return Written(
        "Trésorerie : 5, 25, 50, 75, 95 % des tirages sont dessous.", columns, list(rows)
    )


def bars(outcome: Outcome) -> Written:
    rows = [
        (
            bar.factor,
            bar.label,
            euros(bar.low_last),
            euros(bar.high_last),
            euros(bar.low_lowest),
            euros(bar.high_lowest),
        )
        for bar in tornado(outcome)
    ]
    return Written(
        "Un facteur à la fois, au dixième le plus bas et le plus haut.",
        ("facteur", "libellé", "fin, bas", "fin, haut", "plus bas, bas", "plus bas, haut"),
        list(rows),
    )


def remedies(outcome: Outcome) -> Written:
    found = levers(outcome)
    rows: list[Sequence[Cell]] = [(name, change) for name, change in found.changes.items()]
    return Written(found.sentence(), ("levier", "%"), rows)


def texts(made: dict[str, Written], outcome: Outcome, fan: Fan) -> dict[str, str]:
    """File name -> content."""
    files = {f"{name}.csv": as_csv(table.columns, table.rows) for name, table in made.items()}
    whole = {
        "plan": outcome.plan.name,
        "fiche": outcome.plan.sheet,
        "tirages": fan.draws,
        "graine": fan.seed,
        "tables": {
            name: {
                "dit": table.says,
                "lignes": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
            }
            for name, table in made.items()
        },
    }
    files["resultats.json"] = json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
    return files


def as_csv(columns: Iterable[str], rows: Iterable[Sequence[Cell]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return out.getvalue()


def plain(cell: Cell) -> Cell:
    """No text is a formula; a negative amount stays a number."""
    return harmless(cell) if isinstance(cell, str) else cell
