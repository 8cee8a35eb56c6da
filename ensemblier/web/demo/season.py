"""A region's season in one command: 1,200 files, 40 instructors, 4.7 euros asked for one given.

Every figure is assumed, and says so. Rows are written in bulk where nothing but their number
matters; all the money goes through the actions of the books, so that `verify` holds. The journal
is written with the days of the story: boards read past days in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.seals import seal
from ensemblier.base.people.models import Mandate, Organisation, Role, User
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.actions import load_reference
from ensemblier.base.territory.models import Commune, Department, Region
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls import actions as calls
from ensemblier.fund.calls.desks import set_desks
from ensemblier.fund.calls.models import Call
from ensemblier.fund.programme import actions as programmes
from ensemblier.fund.programme.models import Envelope, Programme
from ensemblier.web.demo.accounts import PASSWORD
from ensemblier.web.demo.carriers import EXAMPLE_ADDRESS
from ensemblier.web.demo.load import NotInProduction
from ensemblier.web.demo.plan import Clock, key
from ensemblier.web.demo.season_plan import (
    FILES,
    INSTRUCTORS,
    MEMBERS,
    REGION,
    Draw,
    draws,
    example_number,
    organisation_name,
)

PROGRAMME_NAME = "Saison d'exemple, Centre-Val de Loire"
DOMAIN = "saison.ensemblier.example"
ASSUMED = "Saison d'exemple : tous les montants, dates et notes sont des hypothèses."
Say = Callable[[str], None]


class NoTerritory(Refusal):
    """The tables of communes are not there."""


class Made(NamedTuple):
    """What the season holds; `is_new` is false when it was there already."""

    is_new: bool
    files: int
    asked_cents: int
    granted_cents: int


@dataclass
class Season:
    """All that the parts of the season share."""

    clock: Clock
    say: Say
    rows: list[Draw]
    communes: list[Commune]
    owner: Organisation
    calls: dict[str, Call] = field(default_factory=dict)
    envelopes: dict[tuple[str, int], Envelope] = field(default_factory=dict)
    organisations: list[Organisation] = field(default_factory=list)
    speakers: list[User] = field(default_factory=list)
    instructors: list[User] = field(default_factory=list)
    officers: dict[str, User] = field(default_factory=dict)
    files: list[Application] = field(default_factory=list)
    events: list[tuple[datetime, int | None, str, str, str, dict[str, Any]]] = field(
        default_factory=list
    )

    def note(self, days_ago: int, actor: User | None, action: str, file: Any, **data: Any) -> None:
        """One line of the journal, on the day it stands for."""
        at = self.clock.ago(days_ago, 15)
        number = getattr(actor, "pk", None)
        self.events.append((at, number, action, f"application:{file.pk}", "", data))


def load_season(
    *, now: datetime, say: Say = lambda words: None, files: int = FILES,
    instructors: int = INSTRUCTORS, region: str = REGION,
) -> Made:  # fmt: skip
    """Make the season once, and seal its books; a second call changes nothing."""
    if settings.MODE not in ("demo", "development"):
        raise NotInProduction
    if Programme.objects.filter(name=PROGRAMME_NAME).exists():
        return _made(False)
    if not Commune.objects.exists():
        say("Communes de France…")
        load_reference()
    with transaction.atomic():
        season = _begin(Clock(now), say, files, region)
        _people(season, instructors, region)
        _money(season)
        from ensemblier.web.demo.season_files import write_files
        from ensemblier.web.demo.season_money import write_money

        write_files(season)
        write_money(season)
        say("Journal…")
        write_events(season.events)
    seal(now=now)
    return _made(True)


def _made(is_new: bool) -> Made:
    from ensemblier.fund.boards.board import ASKED, COMMITTED, board_of
    from ensemblier.fund.boards.facts import facts_on

    today = datetime.now(UTC).date()
    ours = Application.objects.filter(call__programme__name=PROGRAMME_NAME)
    board = board_of(facts_on(today, today=today, seen=ours))
    return Made(is_new, ours.count(), board.total(ASKED), board.total(COMMITTED))


def _begin(clock: Clock, say: Say, files: int, region: str) -> Season:
    say("Tirage des dossiers…")
    communes = list(
        Commune.objects.current()
        .filter(department__region=region)
        .select_related("department__region")
        .order_by("-population", "code")[:300]
    )
    if not communes:
        raise NoTerritory(f"Aucune commune de la région {region} : chargez d'abord les communes.")
    owner, _ = Organisation.objects.get_or_create(
        name="DREETS d'exemple (saison)",
        defaults={"kind": "state", "siret": example_number(999_999), "is_confirmed": True,
                  "address": EXAMPLE_ADDRESS},
    )  # fmt: skip
    year = clock.year
    rows = draws(files, max(1, files * 3 // 4), (year, year + 1))
    return Season(clock, say, rows, communes, owner)


def _people(season: Season, instructors: int, region: str) -> None:
    """Organisations with who speaks for them, the desk, and those who decide and pay."""
    season.say("Organisations et comptes…")
    number = max(row.carrier for row in season.rows) + 1
    head = Organisation.objects.create(
        name="Réseau d'exemple de la saison", kind="network", siret=example_number(999_998),
        address=EXAMPLE_ADDRESS, is_confirmed=True, commune=season.communes[0],
    )  # fmt: skip
    towns = season.communes
    season.organisations = Organisation.objects.bulk_create(
        Organisation(
            name=organisation_name(rank, towns[rank % len(towns)].name),
            kind="association",
            legal_form="association loi 1901",
            siret=example_number(rank),
            commune=towns[rank % len(towns)],
            address=EXAMPLE_ADDRESS,
            head=head if rank < MEMBERS else None,
            is_confirmed=True,
        )
        for rank in range(number)
    )
    closed = make_password(None)
    season.speakers = User.objects.bulk_create(
        User(email=f"organisation-{rank + 1}@{DOMAIN}", name=f"Porteur n° {rank + 1} (exemple)",
             password=closed)
        for rank in range(number)
    )  # fmt: skip
    season.instructors = [_staff(f"instruction-{n + 1}", "Instruction") for n in range(instructors)]
    season.officers = {
        name: _staff(name, name.capitalize())
        for name in ("programme", "signataire", "payeur", "auditeur", "reseau")
    }
    _mandates(season, head, region)


def _staff(name: str, label: str) -> User:
    opened = make_password(PASSWORD) if name in ("programme", "auditeur") else make_password(None)
    return User.objects.create(
        email=f"{name}@{DOMAIN}", name=f"{label} (saison d'exemple, {name})", password=opened
    )


def _mandates(season: Season, head: Organisation, region: str) -> None:
    starts = season.clock.day(400)
    places = list(Department.objects.filter(region=region).order_by("code"))
    whole = Region.objects.get(pk=region)
    rows = [
        Mandate(user=user, role=Role.REPRESENTATIVE, organisation=organisation, starts=starts)
        for user, organisation in zip(season.speakers, season.organisations, strict=True)
    ]
    for rank, user in enumerate(season.instructors):
        # One in ten covers the region, the others a department each.
        where: dict[str, Any] = (
            {"region": whole} if rank % 10 == 0 else {"department": places[rank % len(places)]}
        )
        rows.append(
            Mandate(
                user=user, role=Role.INSTRUCTOR, organisation=season.owner, starts=starts, **where
            )
        )
    roles = {
        "programme": Role.PROGRAMME,
        "signataire": Role.SIGNATORY,
        "payeur": Role.PAYER,
        "auditeur": Role.AUDITOR,
    }
    rows += [
        Mandate(user=season.officers[n], role=role, organisation=season.owner, starts=starts)
        for n, role in roles.items()
    ]
    rows.append(
        Mandate(
            user=season.officers["reseau"],
            role=Role.NETWORK_HEAD,
            organisation=head,
            starts=starts,
        )
    )
    Mandate.objects.bulk_create(rows)


def _money(season: Season) -> None:
    """The programme, its envelopes filled a tenth above what is granted, and its two calls."""
    season.say("Programme, enveloppes et appels…")
    clock, officer = season.clock, season.officers["programme"]
    programme = programmes.create_programme(
        actor=officer,
        name=PROGRAMME_NAME,
        purpose=ASSUMED,
        owner=season.owner,
        first_year=clock.year,
        last_year=clock.year + 4,
    )
    for strand in ("local", "national"):
        for year in (clock.year, clock.year + 1):
            _envelope(season, programme, strand, year)
        season.calls[strand] = _call(season, programme, strand)


def _envelope(season: Season, programme: Programme, strand: str, year: int) -> None:
    granted = sum(
        part.granted
        for row in season.rows
        if row.strand == strand
        for part in row.parts
        if part.year == year
    )
    envelope = programmes.open_envelope(
        actor=season.officers["programme"], programme=programme, year=year, strand=strand
    )
    programmes.contribute(
        key=key("season", strand, year),
        actor=season.officers["programme"],
        envelope=envelope,
        contributor=season.owner,
        amount_cents=max(10_000_00, granted * 11 // 10 // 100 * 100),
        day=season.clock.day(390),
        reason=ASSUMED,
    )
    season.envelopes[strand, year] = envelope


def _call(season: Season, programme: Programme, strand: str) -> Call:
    clock, officer = season.clock, season.officers["programme"]
    call = calls.create_call(
        actor=officer,
        programme=programme,
        owner=season.owner,
        title=f"Saison d'exemple, volet {strand}",
        slug=f"saison-d-exemple-{strand}",
        strand=strand,
        description=ASSUMED,
        opens_at=clock.ago(330, 8),
        closes_at=clock.ago(261, 12),
        first_year=clock.year,
        last_year=clock.year + 1,
        max_rate_bp=8000,
        min_cents=1_000_00,
        max_cents=200_000_00,
        envelopes=Envelope.objects.filter(programme=programme, strand=strand),
    )
    calls.apply_default_grid(call=call, actor=officer)
    set_desks(actor=officer, call=call, desks={None: season.owner})
    return calls.publish(call=call, actor=officer, now=clock.ago(335))


def write_events(events: Iterable[tuple[Any, ...]]) -> None:
    """Straight into the journal, which only takes lines in: `record` gives them today's date."""
    rows = [
        (connection.ops.adapt_datetimefield_value(at), actor, action, subject, reason,
         json.dumps(data))
        for at, actor, action, subject, reason, data in sorted(events, key=lambda e: (e[0], e[3]))
    ]  # fmt: skip
    table = connection.ops.quote_name(Event._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (at, actor_id, action, subject, reason, data) "  # noqa: S608
            "VALUES (%s, %s, %s, %s, %s, %s)",
            rows,
        )
