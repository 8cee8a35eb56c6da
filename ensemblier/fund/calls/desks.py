"""The papers a call asks for, and the services that instruct its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import Organisation, OrganisationKind
from ensemblier.base.territory.models import Department, Region
from ensemblier.fund.calls.actions import CallRefused, lock_draft
from ensemblier.fund.calls.models import Call, Desk, Paper


@transaction.atomic
def set_papers(*, actor: Any, call: Call, papers: Sequence[Paper]) -> None:
    """Replace the papers asked, in this order."""
    lock_draft(call)
    seen = set()
    for rank, paper in enumerate(papers, start=1):
        if (paper.kind, paper.label) in seen:
            raise CallRefused(f"L'appel demande deux fois « {paper.label} ». Gardez-en une.")
        seen.add((paper.kind, paper.label))
        paper.call, paper.position = call, rank
    call.papers.all().delete()
    Paper.objects.bulk_create(papers)
    record(actor=actor, action="call.papers", subject=f"call:{call.pk}")


@transaction.atomic
def set_desks(*, actor: Any, call: Call, desks: Mapping[Region | None, Organisation]) -> None:
    """Say which service instructs each region; None is for the regions that have no desk."""
    lock_draft(call)
    for organisation in desks.values():
        if organisation.kind != OrganisationKind.STATE:
            raise CallRefused(
                f"« {organisation.name} » n'est pas un service de l'État. Choisissez-en un autre."
            )
    call.desks.all().delete()
    Desk.objects.bulk_create(
        Desk(call=call, region=region, organisation=organisation)
        for region, organisation in desks.items()
    )
    record(actor=actor, action="call.desks", subject=f"call:{call.pk}")


def desk_of(call: Call, department: Department | None) -> Desk | None:
    """Who instructs a file of that department: its region's desk, else the national one."""
    rows = list(call.desks.select_related("organisation", "region"))
    region = department.region_id if department is not None else None
    of_region = next((row for row in rows if region and row.region_id == region), None)
    return of_region or next((row for row in rows if row.region_id is None), None)
