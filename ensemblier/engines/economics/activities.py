"""Figure 1 of the report as data, and the effects that each activity gives.

Activities by link and length; and, from an industrial to a service model of food aid, what each
gives and who could pay for it.

Links, lengths, activities, effects and payers are the report's (chapter I). Which activity gives
which effect is our reading, to be discussed with the persons concerned: the report draws the two
lists side by side and ties none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ensemblier.engines.economics.terms import EFFECTS
from ensemblier.engines.topup import Funder

MAP_LINKS = ("production", "processing", "distribution")
LENGTHS = {
    "local": "filières solidaires locales et de qualité",
    "mixed": "circuits mixtes, courts et longs",
    "long": "filières longues solidaires et de qualité",
}
SOURCE = "rapport du GT4, chapitre I, figure 1"
READING = "hypothèse : lecture de l'équipe, à débattre avec les personnes concernées"


class Activity(NamedTuple):
    """One activity of figure 1, and the effects it gives by our reading."""

    key: str
    label: str
    link: str
    length: str
    effects: tuple[str, ...]


ACTIVITIES = (
    Activity(
        "gleaning",
        "Glanage solidaire",
        "production",
        "local",
        ("social_link", "environment", "health"),
    ),
    Activity(
        "insertion_farming",
        "Production en insertion",
        "production",
        "local",
        ("employment", "skills", "local_activities", "relocalisation"),
    ),
    Activity(
        "local_farming",
        "Production agricole « professionnelle »",
        "production",
        "local",
        ("relocalisation", "greening", "territorial_solidarity"),
    ),
    Activity(
        "sorted_out",
        "Achats d'écarts de tri",
        "production",
        "local",
        ("environment", "relocalisation"),
    ),
    Activity(
        "vegetable_workshops",
        "Légumeries et conserveries en insertion",
        "processing",
        "local",
        ("employment", "skills", "environment"),
    ),
    Activity(
        "meals",
        "Production de repas (traiteur, restauration collective)",
        "processing",
        "local",
        ("health", "employment", "local_activities"),
    ),
    Activity(
        "bulk",
        "Vrac",
        "distribution",
        "local",
        ("democratisation", "territorial_solidarity", "environment"),
    ),
    Activity(
        "organic_plots",
        "Surfaces bio en insertion, intégrées aux achats d'une Banque alimentaire",
        "production",
        "mixed",
        ("greening", "employment", "relocalisation"),
    ),
    Activity(
        "mixed_farming",
        "Production agricole « professionnelle »",
        "production",
        "mixed",
        ("relocalisation", "territorial_solidarity"),
    ),
    Activity(
        "group_price",
        "Achats à prix groupés",
        "production",
        "mixed",
        ("democratisation", "relocalisation", "social_link"),
    ),
    Activity("sorting", "Tri", "processing", "mixed", ("environment", "employment")),
    Activity(
        "mixed_meals",
        "Production de repas",
        "processing",
        "mixed",
        ("health", "employment"),
    ),
    Activity(
        "mixed_distribution",
        "Distribution mixte de dons et d'invendus de jardins bio d'insertion",
        "distribution",
        "mixed",
        ("social_link", "environment"),
    ),
    Activity(
        "groceries",
        "Épiceries solidaires",
        "distribution",
        "mixed",
        ("social_link", "health", "democratisation"),
    ),
    Activity(
        "solidarity_baskets",
        "Paniers solidaires",
        "distribution",
        "mixed",
        ("health", "social_link", "relocalisation"),
    ),
    Activity(
        "central_purchases",
        "Achats centralisés (FEAD)",
        "production",
        "long",
        ("territorial_solidarity",),
    ),
    Activity(
        "dedicated_production",
        "Productions dédiées (jus ou lait du Cœur)",
        "production",
        "long",
        ("territorial_solidarity", "social_link"),
    ),
    Activity(
        "industry_gifts",
        "Dons des industries agroalimentaires",
        "processing",
        "long",
        ("environment",),
    ),
    Activity(
        "unsold",
        "Récupération d'invendus des grandes surfaces",
        "distribution",
        "long",
        ("environment",),
    ),
)
BY_KEY = {activity.key: activity for activity in ACTIVITIES}


def map_of(keys: Iterable[str] = ()) -> dict[str, dict[str, list[tuple[Activity, bool]]]]:
    """Figure 1: length -> link -> activities in its order, each with whether a plan does it."""
    chosen = set(keys)
    return {
        length: {
            link: [
                (activity, activity.key in chosen)
                for activity in ACTIVITIES
                if (activity.length, activity.link) == (length, link)
            ]
            for link in MAP_LINKS
        }
        for length in LENGTHS
    }


class Given(NamedTuple):
    """One effect that activities give: by which, who pays it in the plan, who else could."""

    effect: str
    label: str
    activities: tuple[str, ...]
    paid_cents: int
    paid_by: tuple[str, ...]
    could_pay: tuple[Funder, ...]


def effects_given(
    keys: Iterable[str],
    paid: Iterable[tuple[str, str, int]] = (),
    funders: Sequence[Funder] = (),
) -> list[Given]:
    """The effects of these activities, the least paid first: those not yet valued.

    `paid`: effect, payer and cents of each resource of the plan; `funders`: who may be asked for
    which effect (`fund.applications.report.funders`). Unknown keys raise KeyError.
    """
    activities = [BY_KEY[key] for key in dict.fromkeys(keys)]
    rows = list(paid)
    found = []
    for effect, label in EFFECTS.items():
        giving = tuple(each.label for each in activities if effect in each.effects)
        mine = [(payer, cents) for name, payer, cents in rows if name == effect]
        if giving or mine:
            found.append(
                Given(
                    effect,
                    label,
                    giving,
                    sum(cents for _, cents in mine),
                    tuple(dict.fromkeys(payer for payer, _ in mine)),
                    tuple(funder for funder in funders if funder.effect == effect),
                )
            )
    return sorted(found, key=lambda given: given.paid_cents)
