"""The words of a plan: links, expense classes, natures, kinds of costs, and what each implies.

Codes are those of the rest of the platform (`base.chains.terms`, `fund.programme`); the French
words are those of the screens.
"""

from __future__ import annotations

from typing import NamedTuple

MONTHS, YEAR, YEARS = 60, 12, 5

LINKS = {
    "production": "production",
    "processing": "transformation",
    "distribution": "distribution",
    "support": "accompagnement",
}
# In the order in which the fund pays them: investment comes after the rest.
CLASSES = {
    "engineering": "ingénierie",
    "operation": "fonctionnement",
    "support": "accompagnement des personnes",
    "food_purchase": "achat de denrées",
    "investment": "investissement",
}
AUDIENCES = {
    "households": "foyers",
    "structures": "structures d'aide",
    "market": "clients au prix du marché",
}
CERTAINTIES = {"firm": "ferme", "promised": "promise", "asked": "demandée"}
# The chance that a resource comes at all, in ten-thousandths, when the plan says nothing.
DEFAULT_CHANCE = {"firm": 10_000, "promised": 8_500, "asked": 5_000}
NATURES = {"market": "marchande", "non_market": "non marchande"}
FORMS = {
    "association": "association",
    "cooperative": "coopérative",
    "public": "collectivité ou établissement public",
    "company": "société commerciale",
}
PERIMETERS = {"": "hors insertion", "ACI": "ACI", "EI": "EI"}
ACI = "ACI"  # of one agreement among several: « ACI:jardin »


def is_aci(perimeter: str) -> bool:
    return perimeter == ACI or perimeter.startswith(f"{ACI}:")


PAYMENTS = {
    "monthly": "chaque mois",
    "yearly": "en une fois, au début de chaque année du plan",
    "once": "en une fois, le premier mois",
}
INDEXES = {
    "": "ne suit aucun indice",
    "general": "prix en général",
    "wages": "salaires",
    "food": "denrées",
}
EFFECTS = {
    "health": "santé",
    "social_link": "lien social",
    "environment": "environnement et alimentation durable",
    "territorial_solidarity": "solidarité territoriale",
    "employment": "emploi et insertion",
    "democratisation": "démocratisation des dispositifs",
    "skills": "valorisation des compétences",
    "relocalisation": "relocalisation de l'alimentation",
    "greening": "écologisation des pratiques agricoles",
    "local_activities": "activités locales ouvertes à tous",
}
REGIMES = ("", "not_economic", "agricultural", "sieg", "general", "scheme")
PUBLIC_CODES = ("73", "74E", "74R", "74D", "74I", "74C", "74S", "74A", "74B", "74FS")
EU_CODE = "74U"
FUND = "74FS"


class Kind(NamedTuple):
    """What a kind of cost is, unless the plan says otherwise."""

    label: str
    code: str
    expense_class: str
    link: str
    follows: str
    part: str  # of the price: grower, processing, logistics, support, structure


GROWER, PROCESSING, LOGISTICS, SOCIAL, STRUCTURE = (
    "grower",
    "processing",
    "logistics",
    "support",
    "structure",
)
PARTS = {
    GROWER: "producteur",
    PROCESSING: "transformation",
    LOGISTICS: "logistique",
    SOCIAL: "accompagnement",
    STRUCTURE: "structure",
}
KINDS = {
    "food": Kind("achat de denrées", "60", "food_purchase", "production", "food", GROWER),
    "seeds": Kind("semences et plants", "60", "operation", "production", "general", GROWER),
    "packing": Kind("conditionnement", "60", "operation", "distribution", "general", LOGISTICS),
    "sorting": Kind("tri", "61", "operation", "processing", "general", PROCESSING),
    "biowaste": Kind("biodéchets", "61", "operation", "processing", "general", PROCESSING),
    "energy": Kind("énergie et eau", "60", "operation", "processing", "general", PROCESSING),
    "supplies": Kind("fournitures", "60", "operation", "processing", "general", PROCESSING),
    "transport": Kind(
        "transport et froid", "62", "operation", "distribution", "general", LOGISTICS
    ),
    "storage": Kind("stockage", "61", "operation", "distribution", "general", LOGISTICS),
    "premises": Kind("locaux", "61", "operation", "distribution", "general", STRUCTURE),
    "upkeep": Kind("entretien", "61", "operation", "processing", "general", STRUCTURE),
    "insurance": Kind("assurance", "61", "operation", "support", "general", STRUCTURE),
    "activity": Kind("animation", "62", "support", "support", "general", SOCIAL),
    "training": Kind("formation", "62", "support", "support", "general", SOCIAL),
    "engineering": Kind("ingénierie", "62", "engineering", "support", "general", STRUCTURE),
    "evaluation": Kind("évaluation et suivi", "62", "engineering", "support", "general", STRUCTURE),
    "fees": Kind("honoraires et banque", "62", "operation", "support", "general", STRUCTURE),
    "audit": Kind("commissaire aux comptes", "62", "operation", "support", "general", STRUCTURE),
    "tax": Kind("impôts et taxes", "63", "operation", "support", "wages", STRUCTURE),
    "shared": Kind("charges indirectes", "CI", "operation", "support", "general", STRUCTURE),
    "other": Kind("autre charge", "65", "operation", "support", "general", STRUCTURE),
}
# Of a post: the class of expenses and the part of the price follow the link.
LINK_PARTS = {
    "production": GROWER,
    "processing": PROCESSING,
    "distribution": LOGISTICS,
    "support": SOCIAL,
}
LINK_CLASSES = {
    "production": "operation",
    "processing": "operation",
    "distribution": "operation",
    "support": "support",
}
