"""What every page of a chain starts from: the chain of its address, and its organisations."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from ensemblier.base.chains.access import READERS, WORKERS
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Organisation


def load_chain(request: HttpRequest, slug: str) -> Chain:
    return get_object_or_404(Chain.objects.select_related("lead"), slug=slug)


def chains_of(actor: Actor) -> QuerySet[Chain]:
    """The chains this person leads or takes part in today; all of them for who controls."""
    rows = Chain.objects.select_related("lead")
    if actor.has(*READERS):
        return rows
    mine = actor.organisations(*WORKERS)
    today = Q(members__ends__isnull=True) | Q(members__ends__gte=actor.day)
    part = today & Q(members__organisation__in=mine, members__starts__lte=actor.day)
    return rows.filter(Q(lead__in=mine) | part).distinct()


def organisations_of(chain: Chain, day: date, *parts: str) -> QuerySet[Organisation]:
    """The lead and the members of that day; with `parts`, only those who hold one of them."""
    held = Q(chain_parts__chain=chain, chain_parts__starts__lte=day)
    held &= Q(chain_parts__ends__isnull=True) | Q(chain_parts__ends__gte=day)
    if parts:
        return Organisation.objects.filter(held, chain_parts__part__in=parts).distinct()
    return Organisation.objects.filter(held | Q(pk=chain.lead_id)).distinct()
