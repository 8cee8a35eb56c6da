"""Other vehicles of the orientation guide for a file: what the file says answers its questions."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from ensemblier.base.people.models import OrganisationKind
from ensemblier.base.territory.models import Zone, Zoning, ZoningKind
from ensemblier.fund.applications.models import Application
from ensemblier.fund.orientation.guide import guide
from ensemblier.fund.orientation.rules import holds
from ensemblier.fund.programme.models import Strand

DESK = "desk"  # the department's office: a letter always names it
CARRIERS = {
    OrganisationKind.ASSOCIATION: "association",
    OrganisationKind.FOUNDATION: "association",
    OrganisationKind.COOPERATIVE: "ess",
    OrganisationKind.COMPANY: "company",
    OrganisationKind.FARM: "company",
    OrganisationKind.PUBLIC: "public",
    OrganisationKind.NETWORK: "network",
}


def other_vehicles(application: Application, day: date) -> list[str]:
    """A sentence for each vehicle of the guide that runs on this day and fits the file."""
    answers = answers_of(application, day)
    return [
        f"{row.name}. {row.why} À qui parler\u00a0: {row.who}"
        for row in guide().vehicles
        if row.code != DESK and row.runs_on(day) and any(holds(case, answers) for case in row.any)
    ]


def answers_of(application: Application, day: date) -> dict[str, frozenset[str]]:
    """Only what the file says; a question it does not answer stays without an answer."""
    found = {"zone": _zones(application, day)}
    carrier = CARRIERS.get(OrganisationKind(application.organisation.kind))
    if carrier:
        found["carrier"] = frozenset({carrier})
    if application.call.strand == Strand.NATIONAL:
        found["scale"] = frozenset({"country"})
    asked: dict[str, int] = defaultdict(int)
    for row in application.asked.all():
        asked[row.expense_class] += row.amount_cents
    if asked:
        found["money"] = frozenset({max(sorted(asked), key=asked.__getitem__)})
    return found


def _zones(application: Application, day: date) -> frozenset[str]:
    zones = {"qpv"} if application.qpv_codes else set()
    if application.department and application.department.zone != Zone.MAINLAND:
        zones.add("overseas")
    rural = (ZoningKind.FRR, ZoningKind.FRR_PLUS)
    if application.commune_id and (
        Zoning.objects.on(day).filter(commune=application.commune_id, kind__in=rural).exists()
    ):
        zones.add("frr")
    return frozenset(zones)
