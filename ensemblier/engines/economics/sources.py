"""The resources that the report draws (chapter I), each with its nature, and the public levers that
the fund should be tied to (chapter II), each with the budget that could pay.

The lists are the report's. Their nature, the useful effects and the budget of each lever are our
reading: the report ties none of them by a line. Names of today follow those of 2022.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ensemblier.engines.economics.terms import EFFECTS

MARKET, GRANT, IN_KIND, BOTH, OPEN = "market", "grant", "in_kind", "both", "open"
NATURES_OF_SOURCE = {
    MARKET: "marchande",
    GRANT: "non marchande, en argent",
    IN_KIND: "non monétaire",
    BOTH: "non marchande, en argent ou en nature",
    OPEN: "en débat dans le rapport",
}


class Source(NamedTuple):
    """One resource: its nature, and the lines of the Cerfa budget where a plan writes it."""

    label: str
    nature: str
    codes: tuple[str, ...]
    effects: tuple[str, ...] = ()


SOURCES = (
    Source("Bénévolat", IN_KIND, ("870",), ("social_link",)),
    Source("Structures d'insertion (SIAE)", GRANT, ("74A",), ("employment",)),
    Source("Commande publique", MARKET, ("70",), ("local_activities",)),
    Source("Activités commerciales", MARKET, ("70",)),
    Source("Actions d'intérêt général", GRANT, ("74C", "74I"), ("local_activities",)),
    Source("Restauration collective (EGalim)", MARKET, ("70",), ("relocalisation", "greening")),
    Source(
        "Politiques de l'Union européenne (FEAD devenu FSE+, FSE, FEADER)",
        GRANT,
        ("74U",),
        ("territorial_solidarity", "greening"),
    ),
    Source("Dons", BOTH, ("758", "74P", "871", "875"), ("environment",)),
    Source("Réduction d'impôt sur les dons", GRANT, ("758", "74P")),
    Source(
        "Insertion par l'activité économique (IAE)", GRANT, ("74A", "74E"), ("employment", "skills")
    ),
    Source("Prévention santé (ARS, ministère chargé de la santé)", GRANT, ("74B",), ("health",)),
    Source(
        "Projet alimentaire territorial et programme national (PAT, PNA)",
        GRANT,
        ("74E", "74I"),
        ("relocalisation", "environment"),
    ),
    Source("Chèques alimentaires", OPEN, ("70", "74E"), ("democratisation",)),
    Source("Formation", GRANT, ("74R",), ("skills",)),
    Source("Développement économique local", GRANT, ("74I", "74R"), ("local_activities",)),
    Source(
        "Lutte contre la pauvreté (Stratégie, devenue Pacte des solidarités)",
        GRANT,
        ("74E", "74D"),
        ("social_link", "democratisation"),
    ),
    Source("Transition écologique", GRANT, ("74B",), ("greening", "environment")),
    Source("Achats de matières", GRANT, ("74E",), ("health",)),
    Source("Action sociale", GRANT, ("74D", "74C", "74S"), ("democratisation", "social_link")),
    Source("Ressources propres de l'association", GRANT, ("756", "76", "RP")),
)


class Lever(NamedTuple):
    """A public programme, plan or agreement, its side, the budget to explore, what it is for."""

    name: str
    side: str
    budget: str
    effects: tuple[str, ...]


FOOD, POVERTY, PLACE = "alimentation et santé", "lutte contre la pauvreté", "territoires"
LEVERS = (
    Lever("Programme national pour l'alimentation (PNA)", FOOD, "Agriculture", ("environment",)),
    Lever("Programme national nutrition santé (PNNS)", FOOD, "Santé", ("health",)),
    Lever(
        "Programme national de l'alimentation et de la nutrition (PNAN)",
        FOOD,
        "Santé et Agriculture",
        ("health", "environment"),
    ),
    Lever(
        "Conventions de l'État avec régions et départements (contrats locaux des solidarités)",
        POVERTY,
        "Social",
        ("social_link", "democratisation"),
    ),
    Lever("Territoires à VivreS", PLACE, "Social", ("democratisation", "relocalisation")),
    Lever("Projet alimentaire territorial (PAT)", PLACE, "Agriculture", ("relocalisation",)),
    Lever("Plan climat-air-énergie territorial (PCAET)", PLACE, "Transition", ("greening",)),
)
SOURCE = "rapport du GT4, chapitre I, schéma, et chapitre II, fonctionnement du fonds"


class Held(NamedTuple):
    """One resource as a page shows it: what it may pay for, and whether the plan has some."""

    label: str
    nature: str
    effects: tuple[str, ...]
    used: bool


def sources_held(codes: Iterable[str] = ()) -> list[Held]:
    """The list of the report, in its order; `used`: a line of the plan bears one of its codes."""
    mine = set(codes)
    return [
        Held(
            each.label,
            NATURES_OF_SOURCE[each.nature],
            said(each.effects),
            bool(mine & {*each.codes}),
        )
        for each in SOURCES
    ]


def said(effects: Iterable[str]) -> tuple[str, ...]:
    return tuple(EFFECTS[effect] for effect in effects)
