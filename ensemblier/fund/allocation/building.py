"""From a closed vote to a problem of the engine: lots, ceilings, floors, colleges, ballots."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.models import Zone, Zoning, ZoningKind
from ensemblier.engines.allocation import (
    Ballot,
    Ceiling,
    College,
    Floor,
    Lot,
    Problem,
    Rules,
)
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.jury.models import Poll, Sitting
from ensemblier.fund.jury.rules import digest
from ensemblier.fund.jury.scoring import utilities_of
from ensemblier.fund.programme.models import ExpenseClass

# A gate, never a multiplier: what is not in one of these states is no lot at all.
ELIGIBLE = (State.FILED, State.IN_REVIEW, State.PROPOSED)
EQUIPMENT = "-equipement"
FLOORS = {"qpv": "QPV", "frr": "FRR", "overseas": "outre-mer"}
STEP_CENTS = 10_00


class CannotShare(Refusal):
    """The vote is not closed, or nothing is left to share."""


@dataclass(frozen=True)
class Settings:
    """What is chosen for a run; everything else comes from the call and the vote.

    Shares by kind of college, in hundredths of a percent; None keeps the call's frozen shares.
    Limits are in hundredths of a percent of the envelope; None is no limit.
    """

    envelope_cents: int
    shares: Mapping[str, int] | None = None
    equipment_bp: int | None = None
    region_bp: int | None = None
    floors_bp: Mapping[str, int] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        return asdict(self)


def problem_of(sitting: Sitting, settings: Settings) -> Problem:
    """The frozen inputs of a run. Jurors are in it as ballots: no name, no order of voting."""
    poll = Poll.objects.filter(sitting=sitting).first()
    if poll is None or poll.closed_at is None:
        raise CannotShare("Le vote de cette séance n'est pas clos.")
    lots = lots_of(sitting, in_paris(poll.closed_at).date())
    if not lots:
        raise CannotShare("Aucun projet de cette séance n'est recevable.")
    lots = [lot for lot in lots if lot.cost <= settings.envelope_cents]
    if not lots:
        raise CannotShare("L'enveloppe ne paie aucun de ces projets en entier.")
    colleges = list(sitting.jury.call.colleges.all())
    shares = settings.shares or {row.kind: row.share_bp for row in colleges}
    order = sorted((lot.id for lot in lots), key=lambda name: digest(f"{seed_of(sitting)}:{name}"))
    return Problem(
        envelope=settings.envelope_cents,
        lots=tuple(lots),
        colleges=tuple(College(row.kind, shares[row.kind]) for row in colleges),
        ballots=tuple(_ballots(sitting, poll, {lot.id for lot in lots})),
        rules=Rules("points", "add1u", STEP_CENTS, "exhaustive", "drawn", tuple(order)),
        ceilings=tuple(ceilings_of(settings, lots)),
        floors=tuple(_floors(settings, lots)),
        name=f"Séance du {sitting.held_on:%Y-%m-%d}, {sitting.jury.call.slug}",
    )


def seed_of(sitting: Sitting) -> str:
    """The seed of the drawing of lots, known before the vote, also orders equal projects."""
    drawn = sitting.jury.draws.first()
    return drawn.seed if drawn else sitting.jury.volunteers_digest


def lots_of(sitting: Sitting, day: date) -> list[Lot]:
    """Two lots at most for a project: what makes it live, then its equipment.

    Equipment opens in a second phase, for projects funded in the first ("si l'enveloppe le
    permet", T105).
    """
    items = sitting.items.select_related("application__department").prefetch_related(
        "application__asked"
    )
    rows = [row for row in items if row.application.state in ELIGIBLE]
    rural = _rural([row.application for row in rows], day)
    lots: list[Lot] = []
    for row in rows:
        amounts: Counter[str] = Counter()
        for part in row.application.asked.all():
            amounts[part.expense_class] += part.amount_cents
        equipment = amounts.pop(ExpenseClass.INVESTMENT, 0)
        project, groups = row.application.number, frozenset(zones_of(row.application, rural))
        region = f"region {row.application.department.region_id}" if (
            row.application.department
        ) else "region nationale"  # fmt: skip
        live = sum(amounts.values())
        if live:
            uses = {region: live}
            lots.append(Lot(project, live, project, 1, uses, groups, row.application.title))
        if equipment:
            phase, name = (2, project + EQUIPMENT) if live else (1, project)
            uses = {region: equipment, "equipement": equipment}
            title = f"{row.application.title} (équipement)"
            lots.append(Lot(name, equipment, project, phase, uses, groups, title))
    return lots


def _rural(applications: list[Application], day: date) -> set[Any]:
    kinds = (ZoningKind.FRR, ZoningKind.FRR_PLUS)
    rows = Zoning.objects.on(day).filter(
        kind__in=kinds, commune__in=[row.commune_id for row in applications if row.commune_id]
    )
    return set(rows.values_list("commune", flat=True))


def zones_of(application: Application, rural: set[Any]) -> list[str]:
    """Which floors a project counts for."""
    found = []
    if application.qpv_codes:
        found.append("qpv")
    if application.commune_id in rural:
        found.append("frr")
    if application.department and application.department.zone != Zone.MAINLAND:
        found.append("overseas")
    return found


def _ballots(sitting: Sitting, poll: Poll, names: set[str]) -> list[Ballot]:
    """The urn, then the utilities of those who scored: equal ballots of a college are merged."""
    numbers = {row.number: row.application.number for row in
               sitting.items.select_related("application")}  # fmt: skip
    kinds = {row.pk: row.kind for row in sitting.jury.call.colleges.all()}
    counted: Counter[tuple[str, tuple[tuple[str, int], ...]]] = Counter()
    for college, points in poll.ballots.values_list("college_id", "points"):
        given = {int(number): value for number, value in points.items()}
        counted[kinds[college], _marks(given, numbers, names)] += 1
    seats = dict(sitting.jury.seats.values_list("pk", "college"))
    for seat, given in utilities_of(sitting).items():
        counted[kinds[seats[seat]], _marks(given, numbers, names)] += 1
    # Sorted: the file says nothing of the order of the urn.
    return [Ballot(kind, marks, count) for (kind, marks), count in sorted(counted.items())]


def _marks(
    given: Mapping[int, int], numbers: Mapping[int, str], names: set[str]
) -> tuple[tuple[str, int], ...]:
    """Points on each lot of the projects supported: those of a project hold for its equipment."""
    best = sorted(given.items(), key=lambda mark: (-mark[1], mark[0]))
    return tuple(
        (name, points)
        for number, points in best
        if points and number in numbers
        for name in (numbers[number], numbers[number] + EQUIPMENT)
        if name in names
    )


def _part(settings: Settings, bp: int) -> int:
    return settings.envelope_cents * bp // 10_000


def ceilings_of(settings: Settings, lots: Sequence[Lot]) -> list[Ceiling]:
    """The limits of a setting, on these lots."""
    found = []
    uses = sorted({use for lot in lots for use in lot.uses})
    if settings.equipment_bp is not None and "equipement" in uses:
        cap = _part(settings, settings.equipment_bp)
        found.append(Ceiling("équipement", cap, "equipement"))
    if settings.region_bp is not None:
        cap = _part(settings, settings.region_bp)
        found += [Ceiling(use, cap, use) for use in uses if use.startswith("region")]
    return found


def _floors(settings: Settings, lots: list[Lot]) -> list[Floor]:
    """A floor never asks for more than the projects of its territory could use."""
    able: dict[str, int] = defaultdict(int)
    for lot in lots:
        for group in lot.groups:
            able[group] += lot.cost
    return [
        Floor(FLOORS[group], min(_part(settings, bp), able[group]), group)
        for group, bp in sorted(settings.floors_bp.items())
        if bp and able[group]
    ]
