"""A sent report as tables: what is frozen in it, with where each figure leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from ensemblier.base.pages.charts import Column, ColumnChart, Part, StackedBar
from ensemblier.base.pages.formats import day as french_day
from ensemblier.base.pages.formats import euros_exact, quantity, whole
from ensemblier.chain.catalogue.models import Family
from ensemblier.chain.insertion.models import HourEntry, InsertionContract
from ensemblier.chain.stock.models import Movement
from ensemblier.reports.figures import FEWEST, SITUATIONS
from ensemblier.reports.models import ReportKind, SentReport

FEW = f"moins de {FEWEST}"
GROUPS = {
    "organic": "Bio",
    "signs": "Signes de qualité",
    "other": "Autres labels d'EGalim",
    "last": "Coûts et performance pour l'environnement",
}


class Cell(NamedTuple):
    """One cell: its words, and the figure whose rows it opens (or a line's key)."""

    text: str
    figure: str = ""
    line: str = ""
    num: bool = False


@dataclass(frozen=True)
class Section:
    """One table of a report, with its picture when there is one."""

    anchor: str
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    bar: StackedBar | None = None
    chart: ColumnChart | None = None
    is_long: bool = False


def sections(report: SentReport) -> list[Section]:
    return OF_KIND[report.kind](report.content)


def number(text: str, figure: str = "") -> Cell:
    return Cell(text, figure, num=True)


def _facts(title: str, rows: Sequence[tuple[str, Cell]]) -> Section:
    return Section("chiffres", title, ("Chiffre", "Valeur"), [(Cell(k), v) for k, v in rows])


def _funder(content: Mapping[str, Any]) -> list[Section]:
    found = [
        _facts(
            "En tout",
            [
                ("Ce que vous avez payé", number(euros_exact(content["total_cents"]), "#lignes")),
                ("Dont jours d'avant", number(euros_exact(content["late_cents"]), "#retard")),
            ],
        )
    ]
    schemes = content["by_scheme"]
    bar = None
    if schemes and min(schemes.values()) >= 0:
        bar = StackedBar(
            [Part(k, v) for k, v in schemes.items()], "Ce qui est payé, par dispositif"
        )
    rows = [(Cell(name), number(euros_exact(cents))) for name, cents in schemes.items()]
    found.append(Section("dispositifs", "Par dispositif", ("Dispositif", "Payé"), rows, bar))
    heads = ("Jour", "Lieu", "Produit", "Quantité", "Prix", "Part", "Raison")
    for anchor, title, key in (
        ("lignes", "Les lignes de la période", "rows"),
        ("retard", "Les lignes de jours d'avant, écrites depuis", "late_rows"),
    ):
        told = [_line(row) for row in content[key]]
        found.append(Section(anchor, title, heads, told, is_long=True))
    return found


def _line(row: Mapping[str, Any]) -> list[Cell]:
    return [
        Cell(french_day(date.fromisoformat(row["day"]))),
        Cell(row["place"]),
        Cell(row["product"]),
        number(quantity(row["milli"])),
        number(euros_exact(row["price_cents"])),
        Cell(euros_exact(row["share_cents"]), line=row["line"], num=True),
        Cell(row["reason"]),
    ]


def _kilos(grams: int) -> str:
    return quantity(grams, "kg")


def _activity(content: Mapping[str, Any]) -> list[Section]:
    facts = [
        ("Lieux où l'on a servi", number(whole(content["sites"]), "visits")),
        ("Foyers servis avec une carte", number(_count(content["households"]), "visits")),
        ("Passages", number(_hidden(content["visits"]), "visits")),
        ("Sorti pour être mangé", number(_kilos(content["went_grams"]), "went")),
        ("Perdu", number(_kilos(content["lost_grams"]), "lost")),
        *_own_and_workshop(content),
        ("Mouvements que personne n'a pesés", number(whole(content["unweighed"]), "unweighed")),
        ("Bénévoles", number(_count(content["volunteers"]), "volunteers")),
        ("Heures de bénévolat", number(_hours(content["volunteer_minutes"]), "volunteers")),
    ]
    kinds, families = dict(Movement.Kind.choices), dict(Family.choices)
    rows, sums = [], []
    for kind, by_family in content["came_grams"].items():
        label = str(kinds.get(kind, kind)).capitalize()
        sums.append(Part(label, sum(by_family.values()) // 1000))
        for family, grams in by_family.items():
            told = str(families.get(family, family)).capitalize()
            rows.append((Cell(label), Cell(told), number(_kilos(grams), f"came-{kind}-{family}")))
    bar = (
        StackedBar(sums, "Ce qui est entré, par origine", unit="kg")
        if sum(part.value for part in sums) and min(part.value for part in sums) >= 0
        else None
    )
    heads = ("Origine", "Famille", "Poids")
    return [_facts("L'activité", facts), Section("entre", "Ce qui est entré", heads, rows, bar)]


def _own_and_workshop(content: Mapping[str, Any]) -> list[tuple[str, Cell]]:
    """Nothing where there is none, nor in figures frozen before these were told."""
    found = []
    if grams := content.get("workshop_lost_grams"):
        found.append(("Perdu à l'atelier (épluchures)", number(_kilos(grams))))
    if cents := content.get("own_use_cents"):
        found.append(("Consommé sur place, au prix du marché", number(euros_exact(cents))))
    return found


def _quality(content: Mapping[str, Any]) -> list[Section]:
    names = (
        ("total_cents", "Achats, hors taxe"),
        ("egalim_cents", "Dont EGalim"),
        ("organic_cents", "Dont bio"),
        ("short_chain_cents", "Circuit court, à part (jamais ajouté à EGalim)"),
    )
    facts = [(label, number(euros_exact(content[key]), "purchases")) for key, label in names]
    groups = content["groups"]
    parts = [Part(GROUPS[key], cents) for key, cents in groups.items()]
    rest = content["total_cents"] - content["egalim_cents"]
    parts += [Part("Sans label compté", rest, "slate")] if rest > 0 else []
    # What was undone after its days closed may weigh more than what came: nothing to draw then.
    whole_parts = parts and min(part.value for part in parts) >= 0
    bar = StackedBar(parts, "Les achats, par groupe d'EGalim") if whole_parts else None
    rows = [(Cell(GROUPS[key]), number(euros_exact(cents))) for key, cents in groups.items()]
    return [
        _facts("La qualité des achats", facts),
        Section("groupes", "Par groupe d'EGalim", ("Groupe", "Valeur"), rows, bar),
    ]


def _canteen(content: Mapping[str, Any]) -> list[Section]:
    rows = content["rows"]
    heads = list(rows[0]) if rows else []
    told = [[Cell(row[head]) for head in heads] for row in rows]
    return [Section("achats", "Les achats, comme ma-cantine les lit", heads, told, is_long=True)]


def _insertion(content: Mapping[str, Any]) -> list[Section]:
    kinds, ways = dict(HourEntry.Kind.choices), dict(InsertionContract.Exit.choices)
    minutes = [
        (Cell(str(kinds.get(key, key)).capitalize()), number(_hours(value)))
        for key, value in content["minutes"].items()
    ]
    minutes.append((Cell("En tout"), number(_hours(content["total_minutes"]))))
    exits = [
        (Cell(str(ways.get(key, key)).capitalize()), number(_count(value)))
        for key, value in content["exits"].items()
    ]
    exits.append((Cell("En tout"), number(_count(content["total_exits"]))))
    known = {k: v for k, v in content["minutes"].items() if v}
    bar = None
    if known and min(known.values()) > 0:
        parts = [Part(str(kinds[key]).capitalize(), value // 60) for key, value in known.items()]
        bar = StackedBar(parts, "Les heures, par nature", unit="h")
    contracts = [("Parcours en cours", number(_count(content["contracts"])))]
    return [
        _facts("Les parcours", contracts),
        Section("heures", "Les heures", ("Nature", "Heures"), minutes, bar),
        Section("sorties", "Les sorties", ("Sortie", "Nombre"), exits),
    ]


def _hours(minutes: int | None) -> str:
    return FEW_PEOPLE if minutes is None else f"{whole(minutes // 60)}\u00a0h"


def _count(value: int | None) -> str:
    return FEW if value is None else whole(value)


FEW_PEOPLE = f"{FEW} personnes"


def _sufficiency(content: Mapping[str, Any]) -> list[Section]:
    rows = [
        (
            Cell(label.capitalize()),
            number(_count(content["before"][key])),
            number(_count(content["after"][key])),
        )
        for key, label in SITUATIONS.items()
    ]
    totals = [content["before_total"], content["after_total"]]
    rows.append((Cell("Réponses"), *(number(_hidden(total)) for total in totals)))
    columns = [
        Column(str(rank), (content["before"][key] or 0, content["after"][key] or 0))
        for rank, key in enumerate(SITUATIONS, 1)
    ]
    chart = ColumnChart(
        columns,
        "Les réponses, de la meilleure situation (1) à la plus dure (4)",
        series=("Avant", "Après"),
        unit="",
    )
    heads = ("Dans votre foyer, il y a", "Avant", "Après")
    return [Section("reponses", "Manger à sa faim et à son goût", heads, rows, chart=chart)]


def _hidden(total: int | None) -> str:
    """A total that would give back a small number is left out."""
    return "non donné" if total is None else whole(total)


OF_KIND: dict[str, Callable[[Mapping[str, Any]], list[Section]]] = {
    ReportKind.FUNDER: _funder,
    ReportKind.ACTIVITY: _activity,
    ReportKind.QUALITY: _quality,
    ReportKind.CANTEEN: _canteen,
    ReportKind.INSERTION: _insertion,
    ReportKind.SUFFICIENCY: _sufficiency,
}
