"""The ways of a chain: links to what each concept above shows, when this person may read it."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from ensemblier.base.chains.models import Chain

register = template.Library()

# In the order of the food; each is the list page of a concept, which takes the chain's slug.
WAYS = (
    ("Vue d'ensemble", "chains:detail", "Membres, lieux et repères."),
    ("Produits et tarifs", "catalogue:list", "Ce que la filière propose, ses labels et ses prix."),
    ("Promesses", "commitments:list", "Besoins, cadres et commandes."),
    ("Activités", "activities:list", "Récoltes, glanages, ateliers, tournées et distributions."),
    ("Stock", "stock:list", "Les lots, leurs dates et leurs mouvements."),
    ("Distribution", "distribution:list", "Ventes et dons, avec ou sans carte."),
    ("Qui paie quoi", "cofinancing:list", "Les dispositifs et leurs parts, au centime."),
    ("Pièces", "billing:list", "Factures, appels de fonds, reçus et règlements."),
    ("Insertion", "insertion:list", "Contrats, heures et part des ventes."),
    ("Comptes rendus", "reports:list", "Ce que chaque financeur reçoit."),
)

# Pages of another address that belong to a way.
UNDER = {"desk": "distribution"}


def ways(chain: Chain, view: str) -> list[dict[str, Any]]:
    """`view` is the name of the page: a detail belongs to the way of its concept."""
    found = []
    for label, name, about in WAYS:
        try:
            url = reverse(name, args=[chain.slug])
        except NoReverseMatch:
            continue
        space, here = name.partition(":")[0], view.partition(":")[0]
        current = view == name if space == "chains" else UNDER.get(here, here) == space
        found.append({"label": label, "url": url, "about": about, "current": current})
    return found


@register.inclusion_tag("chains/ways.html", takes_context=True)
def chain_ways(context: template.Context, chain: Chain) -> dict[str, Any]:
    """The row of links at the top of every page of a chain."""
    return {"ways": ways(chain, _view(context)), "chain": chain}


@register.inclusion_tag("chains/tiles.html", takes_context=True)
def chain_tiles(context: template.Context, chain: Chain) -> dict[str, Any]:
    """The same with a line about each, for the chain's own page."""
    return {"ways": ways(chain, _view(context))[1:]}


def _view(context: template.Context) -> str:
    match = context["request"].resolver_match
    return match.view_name if match else ""
