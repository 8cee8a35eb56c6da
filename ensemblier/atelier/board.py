"""Two pages for a board: the plan in figures and drawings, printed with typst."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from ensemblier.atelier.pictures import Pictures, Rule, dependences, pictures, what_if
from ensemblier.atelier.queries import Shown
from ensemblier.atelier.tables import main_assumptions
from ensemblier.base.pages.drawings import in_euros
from ensemblier.base.pages.formats import moment
from ensemblier.engines.economics import levers
from ensemblier.fund.printing.pdf import compiled

SOURCE = Path(__file__).with_name("board.typ")
MOST_ASSUMPTIONS, MOST_CAUSES, MOST_LOSSES, MOST_RULES = 8, 6, 5, 3


def board_pdf(found: Shown, *, now: datetime) -> bytes:
    """Exactly two pages, whatever the plan: long lists are cut, and say so."""
    return compiled(facts(found, now), now, SOURCE)


def facts(found: Shown, now: datetime) -> dict[str, Any]:
    drawn = pictures(found.read)
    kept = main_assumptions(found.data)
    scenario = f" · scénario « {found.scenario.name} »" if found.scenario.rank else ""
    return {
        "title": short(found.plan.title, 90),
        "author": found.plan.organisation.name,
        "header": f"{found.plan.organisation.name} · version {found.version.number}{scenario}",
        "footer": f"Atelier du modèle économique. Imprimé le {moment(now)}.",
        "lead": [],
        "figures": [[item.label, item.value, item.note] for item in drawn.figures],
        "assumptions": [
            [short(row.label, 46), row.value, "hypothèse" if row.assumed else short(row.source, 34)]
            for row in kept.rows[:MOST_ASSUMPTIONS]
        ],
        "assumed": f"{kept.assumed} lignes sur {kept.total} sont des hypothèses.",
        "piles": piles_of(drawn),
        "price": price_of(drawn),
        "cash": cash_of(drawn),
        "causes": [
            [short(span.label, 52), span.low, span.high]
            for span in drawn.tornado.spans[:MOST_CAUSES]
        ],
        "losses": losses_of(drawn),
        "rules": [short(rule_words(rule), 230) for rule in drawn.rules[:MOST_RULES]],
        "more_rules": max(len(drawn.rules) - MOST_RULES, 0),
        "remedy": levers(drawn.outcome).sentence(),
    }


def rule_words(rule: Rule) -> str:
    """Its first year; how many more follow."""
    count = len(rule.later)
    if not count:
        return rule.first.sentence
    return (
        f"{rule.first.sentence} De même {f'{count} autres années' if count > 1 else 'une autre'}."
    )


def short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def piles_of(drawn: Pictures) -> dict[str, Any]:
    """Heights in thousandths of the picture, and the table below it."""
    chart = drawn.resources
    return {
        "sentence": short(chart.sentence, 210),
        "labels": list(chart.labels),
        "columns": [
            [[piece.kind, int(piece.y), int(piece.height)] for piece in pile.pieces]
            for pile in chart.piles
        ],
        "marks": [int(pile.mark) for pile in chart.piles],
        "rows": [[kind, short(name, 34), amounts] for name, kind, amounts in chart.table],
        "foot": [[name, amounts] for name, amounts in chart.foot],
    }


def price_of(drawn: Pictures) -> dict[str, Any] | None:
    if drawn.price is None or drawn.flow is None:
        return None
    return {
        "sentence": drawn.price.sentence,
        "gap": drawn.gap,
        "parts": [
            [each.kind, int(each.width), each.label, each.amount, each.share]
            for each in drawn.price.slices
        ],
        "payers": [[short(name, 40), amount] for name, amount in drawn.flow.tables[0][1]][:7],
    }


def cash_of(drawn: Pictures) -> dict[str, Any]:
    """Points of each outline as pairs, in thousandths."""
    chart = drawn.cash
    return {
        "sentence": chart.sentence,
        "bands": [pairs(band.points) for band in chart.bands],
        "curve": pairs(chart.curve),
        "zero": int(chart.zero),
        "scale": list(chart.scale),
        "marks": chart.marks,
        "heads": [f"{percent} %" for percent in chart.percents],
        "rows": chart.years,
        "reserve": in_euros(drawn.chances.reserve),
    }


def pairs(points: str) -> list[list[int]]:
    return [[int(number) for number in pair.split(",")] for pair in points.split()]


def losses_of(drawn: Pictures) -> list[list[str]]:
    found = dependences(drawn.outcome)[:MOST_LOSSES]
    return [[short(each.label, 44), what_if(each, drawn.outcome.plan)] for each in found]
