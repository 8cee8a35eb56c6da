"""What the gallery shows: invented numbers in the shapes that pages use."""

from datetime import UTC, date, datetime
from typing import Any

from django.core.paginator import Paginator

from ensemblier.base.pages.charts import Column, ColumnChart, Part, StackedBar, TerritoryMap
from ensemblier.base.pages.drawings import FanCurve, Flow, Piles, Spans
from ensemblier.base.territory.france_map import department_map

STEPS = ("Projet", "Territoire", "Budget", "Partenaires", "Envoi")
ROWS = [
    ("Paniers solidaires, Audruicq", "Pas-de-Calais, FRR", "done", "Versé", 48_000_00, 42_000_00),
    ("Groupement d'achat, Lyon", "Rhône, 3 QPV", "wait", "Pièce attendue", 61_500_00, None),
    ("Atelier, MIN de Marseille", "Bouches-du-Rhône", "stop", "Plafond dépassé", 90_000_00, None),
    ("Épicerie itinérante du Gâtinais", "Loiret", "draft", "Brouillon", 12_050_50, None),
]


def everything() -> dict[str, Any]:
    return {
        "steps_items": steps_items(2),
        "rows": ROWS,
        "page": Paginator(range(240), 50).page(2),
        "day": date(2027, 3, 1),
        "moment": datetime(2027, 3, 3, 13, 2, tzinfo=UTC),
        **charts(),
    }


def steps_items(current: int) -> list[dict[str, str]]:
    states = ["done" if i < current else "current" if i == current else "todo" for i in range(5)]
    return [
        {"label": label, "url": "#etapes", "state": state}
        for label, state in zip(STEPS, states, strict=True)
    ]


def charts() -> dict[str, Any]:
    return {
        "envelope": StackedBar(
            [
                Part("Versé", 641_235_000),
                Part("Conventionné", 580_000_000),
                Part("Décidé", 418_765_000),
                Part("Libre", 360_000_000, "slate"),
            ],
            "Les quatre cinquièmes de l'enveloppe ont trouvé un projet, un tiers est déjà versé.",
        ),
        "basket": StackedBar(
            [
                Part("Maraîcher, bio, à 14 km", 780),
                Part("Préparation (chantier d'insertion)", 205),
                Part("Livraison", 130),
                Part("Ateliers cuisine", 90, "tomato"),
            ],
            "Un panier à 12,05 € : ce que reçoit chacun.",
        ),
        "empty_bar": StackedBar([], "Aucun versement cette année."),
        "years": ColumnChart(
            [
                Column("2027", (2_000_000_000, 641_235_000)),
                Column("2028", (2_400_000_000, 0)),
                Column("2029", (1_800_000_000, 0)),
            ],
            "L'enveloppe grandit en 2028.",
            series=("Prévu", "Versé"),
            heading="Année",
        ),
        "files": ColumnChart(
            [Column(m, (n,)) for m, n in zip(MONTHS, FILED, strict=True)],
            "Les dossiers arrivent surtout en mars, avant la clôture.",
            series=("Dossiers",),
            unit="",
            heading="Mois",
        ),
        "empty_columns": ColumnChart([], "Aucun dossier déposé.", unit=""),
        "france": france(),
        **over_time(),
    }


def over_time() -> dict[str, Any]:
    """Money over sixty months, and who pays what."""
    labels = [f"{2027 + month // 12}-{month % 12 + 1:02}" for month in range(60)]
    plan = [12_000_00 + (month % 12 - 6) * 900_00 + 80_00 * month for month in range(60)]
    width = {5: -240_00, 25: -90_00, 50: -10_00, 75: 90_00, 95: 200_00}
    fan = {
        percent: [cents + step * (month + 6) for month, cents in enumerate(plan)]
        for percent, step in width.items()
    }
    return {
        "piles": Piles(
            ["2027", "2028", "2029"],
            [("Fondations", [82_000_00, 82_000_00, 0]), ("Foyers", [52_000_00] * 3)],
            [120_000_00, 124_000_00, 128_000_00],
            "La troisième année, les fondations s'arrêtent : le trait passe au-dessus.",
            "Charges",
            "Qui paie",
        ),
        "cash": FanCurve(labels, plan, fan, "Chaque début d'année, la trésorerie se creuse."),
        "payers": Flow(
            [("Foyers", 400), ("Département", 500), ("reste à trouver", 305)],
            [("producteur", 780), ("logistique", 335), ("accompagnement", 90)],
            "1\u00a0panier",
            "Qui paie quoi pour un panier à 12,05 €.",
        ),
        "causes": Spans(
            [("Fin du mécénat", -90_000_00, 12_000_00), ("Prix des denrées", -8_000_00, 31_000_00)],
            12_000_00,
            "La fin du mécénat pèse plus que tout le reste.",
        ),
    }


MONTHS = ("janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc")
FILED = (12, 38, 96, 14, 9, 7, 3, 2, 11, 21, 17, 8)


def france() -> TerritoryMap:
    numbers = {"62": 9, "59": 7, "69": 6, "13": 5, "33": 3, "45": 2, "35": 2, "974": 2, "2A": 1}
    return department_map(
        numbers=numbers,
        sentence="Neuf départements ont au moins un projet, le Pas-de-Calais en a le plus.",
        links={"62": "#cartes", "974": "#cartes"},
        measure="Projets",
    )
