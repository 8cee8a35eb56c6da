"""Fast factories for the fund: everything made through the real actions, but the bulk."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from ensemblier.base.files.content import CheckedFile
from ensemblier.base.people.models import Mandate, Organisation, Role, User
from ensemblier.base.territory.models import Commune, Department, Epci, Region
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.applications.models import Application, NumberSeries, State
from ensemblier.fund.calls import actions as calls
from ensemblier.fund.calls.models import Call
from ensemblier.fund.programme import actions as programmes
from ensemblier.fund.programme.models import Envelope, Programme
from tests.filling import fill, lines_on

NOW = datetime(2027, 5, 12, 10, 0, tzinfo=UTC)
OPENS = datetime(2027, 5, 1, 6, 0, tzinfo=UTC)
CLOSES = datetime(2027, 6, 30, 10, 0, tzinfo=UTC)
FIRST_DAY = date(2027, 1, 1)
_count = 0


def unique() -> int:
    global _count
    _count += 1
    return _count


def siret(number: int) -> str:
    """A SIRET whose two keys are right, from any number."""

    def with_key(text: str) -> str:
        for digit in "0123456789":
            digits = [int(sign) for sign in text + digit]
            doubled = [
                2 * value - 9 * (2 * value > 9) if place % 2 else value
                for place, value in enumerate(reversed(digits))
            ]
            if sum(doubled) % 10 == 0:
                return text + digit
        raise AssertionError(text)

    return with_key(with_key(f"{number:08d}") + "0001")


def place(department: str = "62") -> Commune:
    """A commune of that department, made if need be: tests need not load the whole of France."""
    region, _ = Region.objects.get_or_create(code="32", defaults={"name": "Hauts-de-France"})
    region_of = {"62": region}
    if department != "62":
        region_of[department], _ = Region.objects.get_or_create(
            code=f"R{department}"[:3], defaults={"name": f"Région du {department}"}
        )
    row, _ = Department.objects.get_or_create(
        code=department,
        defaults={
            "name": "Pas-de-Calais" if department == "62" else f"Département {department}",
            "zone": "metro",
            "region": region_of[department],
        },
    )
    epci, _ = Epci.objects.get_or_create(
        code="200069037", defaults={"name": "CC de la Région d'Audruicq", "kind": "CC"}
    )
    name = "Audruicq" if department == "62" else f"Chef-lieu {department}"
    commune, _ = Commune.objects.get_or_create(
        code=f"{department}051",
        defaults={
            "name": name,
            "search_name": name.lower(),
            "department": row,
            "epci": epci,
            "population": 5_500,
            "postcodes": f"{department}370",
        },
    )
    return commune


def organisation(name: str = "", **fields: Any) -> Organisation:
    number = unique()
    fields = {"kind": "association", "siret": siret(30_000_000 + number), **fields}
    if "commune" not in fields:
        fields["commune"] = place()
    return Organisation.objects.create(name=name or f"Jardin de Cocagne {number}", **fields)


def user(role: str | None = None, organisation: Organisation | None = None, **mandate: Any) -> User:
    """An account, with one mandate when a role is given."""
    number = unique()
    # No password: hashing one takes longer than most tests.
    person = User.objects.create(email=f"compte{number}@exemple.fr", name=f"Compte {number}")
    if role is not None:
        give(person, role, organisation, **mandate)
    return person


def give(
    person: User, role: str, organisation: Organisation | None = None, **mandate: Any
) -> Mandate:
    organisation = organisation or state()
    mandate.setdefault("starts", date(2020, 1, 1))
    return Mandate.objects.create(user=person, role=role, organisation=organisation, **mandate)


def state() -> Organisation:
    """The State's service that runs the programme."""
    found, _ = Organisation.objects.get_or_create(
        name="Direction générale de la cohésion sociale",
        defaults={"kind": "state", "siret": siret(11_000_999), "is_confirmed": True},
    )
    return found


def programme(**fields: Any) -> Programme:
    defaults = {
        "name": f"Fonds des filières solidaires {unique()}",
        "purpose": "Soutenir les filières alimentaires solidaires.",
        "owner": state(),
        "first_year": 2027,
        "last_year": 2031,
    }
    return programmes.create_programme(actor=None, **{**defaults, **fields})


def envelope(
    cents: int = 1_000_000_00, *, of: Programme | None = None, year: int = 2027, **fields: Any
) -> Envelope:
    """An envelope of the local strand with that much in it."""
    fields.setdefault("strand", "local")
    row = programmes.open_envelope(actor=None, programme=of or programme(), year=year, **fields)
    if cents:
        programmes.contribute(
            key=uuid4(),
            actor=None,
            envelope=row,
            contributor=state(),
            amount_cents=cents,
            day=FIRST_DAY,
        )
    return row


def call(*, envelopes: list[Envelope] | None = None, published: bool = True, **fields: Any) -> Call:
    """A call of the local strand, open at NOW, paid by one envelope of 2027 unless told."""
    number = unique()
    envelopes = envelopes if envelopes is not None else [envelope()]
    home = envelopes[0].programme if envelopes else programme()
    defaults = {
        "programme": home,
        "owner": state(),
        "title": f"Filières solidaires des territoires {number}",
        "slug": f"filieres-{number}",
        "strand": envelopes[0].strand if envelopes else "local",
        "description": "Un appel pour les filières alimentaires solidaires.",
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "first_year": 2027,
        "last_year": 2028,
        "max_rate_bp": 8000,
        "min_cents": 1_000_00,
        "max_cents": 200_000_00,
        "envelopes": envelopes,
    }
    row = calls.create_call(actor=None, **{**defaults, **fields})
    calls.apply_default_grid(call=row, actor=None)
    if published:
        calls.publish(call=row, actor=None, now=row.opens_at - timedelta(days=1))
    return row


def call_open_now(**fields: Any) -> Call:
    """A call open at the real clock: what views look at."""
    now = timezone.now()
    return call(opens_at=now - timedelta(days=3), closes_at=now + timedelta(days=30), **fields)


def paper(name: str = "piece.pdf") -> CheckedFile:
    return CheckedFile(name, b"%PDF-1.4 essai", "application/pdf")


def draft(
    *,
    of: Call | None = None,
    by: Organisation | None = None,
    actor: User | None = None,
    title: str = "Paniers solidaires",
    now: datetime = NOW,
) -> Application:
    """A draft with a title only; its `created_by` may act for its organisation."""
    by = by or organisation()
    actor = actor or user(Role.REPRESENTATIVE, by)
    return applications.start(actor=actor, organisation=by, call=of or call(), title=title, now=now)


STEPS: dict[str, dict[str, Any]] = {
    "projet": {
        "summary": "Des maraîchers du canton livrent chaque semaine des paniers à prix accessible.",
        "stage": "seeding",
        "goals": ["access"],
        "links": ["production", "distribution"],
        "length": "local",
        "quality": "Légumes biologiques de saison, récoltés à moins de 30 km.",
    },
    "publics": {
        "publics": ["edge", "settled"],
        "people_edge": 120,
        "people_settled": 90,
        "people_count": 180,
        "needs": "Des familles n'achètent plus de légumes frais.",
        "participation": "co_building",
        "participation_how": "Un comité de mangeurs choisit les produits.",
        "means": [{"label": "Animation du comité", "code": "64", "amount_cents": 2_000_00}],
    },
    "territoire": {"territory_note": "Le projet est membre du PAT du territoire."},
    "partenaires": {
        "partners": [{"name": "CCAS", "sector": "social", "role": "oriente les familles"}]
    },
    "modele": {
        "model_path": "Les ventes et la commune prennent le relais du fonds.",
        "effects": [
            {"effect": "health", "explanation": "Plus de légumes", "certainty": "asked"},
        ],
        "path": [
            {"year": 2027, "nature": "fund", "amount_cents": 20_000_00},
            {"year": 2031, "nature": "sales", "amount_cents": 40_000_00},
        ],
    },
    "envoi": {"accepts_commitments": True},
}
LINES = [
    {"side": "charge", "code": "60", "amount_cents": 18_000_00},
    {"side": "charge", "code": "64", "amount_cents": 32_000_00},
    {"side": "resource", "code": "70", "amount_cents": 12_000_00, "certainty": "firm"},
    {
        "side": "resource",
        "code": "74D",
        "payer": "Département",
        "amount_cents": 8_000_00,
        "certainty": "promised",
    },
]
AMOUNTS = [
    {"expense_class": "engineering", "year": 2027, "amount_cents": 20_000_00},
    {"expense_class": "operation", "year": 2027, "amount_cents": 10_000_00},
]


KINDS = ("statutes", "accounts", "bank_details")


def complete(application: Application | None = None, **fields: Any) -> Application:
    """A draft with everything in it: a budget of 50 000 € of which 30 000 € are asked."""
    row = application or draft(**fields)
    if row.step_versions or settings.SCAN_COMMAND:
        return completed_by_actions(row)
    pages = {**STEPS, "budget": {"lines": lines_on(row, LINES)}, "demande": {"asked": AMOUNTS}}
    return fill(row, pages, {kind: paper() for kind in KINDS})


def completed_by_actions(row: Application) -> Application:
    """The same, each page saved and each paper joined by its action."""
    actor = row.created_by
    for step, values in STEPS.items():
        row = applications.save_step(
            application=row, step=step, values=values, version=row.version, actor=actor
        )
    applications.set_budget_lines(application=row, lines=LINES, version=row.version, actor=actor)
    applications.set_asked(application=row, amounts=AMOUNTS, version=row.version, actor=actor)
    for kind in KINDS:
        applications.attach(application=row, kind=kind, checked=paper(), actor=actor)
    return row


def filed(
    application: Application | None = None, *, now: datetime = NOW, **fields: Any
) -> Application:
    """A complete file, sent."""
    row = application or complete(now=now, **fields)
    applications.file(application=row, actor=row.created_by, now=now, key=uuid4())
    row.refresh_from_db()
    return row


def withdrawn(**fields: Any) -> Application:
    row = filed(**fields)
    applications.withdraw(application=row, actor=row.created_by, now=NOW)
    return row


def bulk_applications(
    count: int = 2000, *, of: Call | None = None, by: list[Organisation] | None = None
) -> SimpleNamespace:
    """Many filed files at once, straight into the tables: for lists and benches."""
    of = of or call()
    by = by or [organisation() for _ in range(20)]
    author = user(Role.REPRESENTATIVE, by[0])
    series, _ = NumberSeries.objects.get_or_create(year=2027)
    states = [State.FILED, State.IN_REVIEW, State.PROPOSED, State.REFUSED]
    commune = place()
    rows = Application.objects.bulk_create(
        Application(
            call=of,
            organisation=by[rank % len(by)],
            number=f"2027-{series.last + rank + 1:05d}",
            state=states[rank % len(states)],
            created_by=author,
            filed_at=NOW,
            filed_by=author,
            title=f"Filière solidaire {rank}",
            summary=STEPS["projet"]["summary"],
            commune=commune,
            department=commune.department,
            people_count=rank,
        )
        for rank in range(count)
    )
    _bulk_budgets(rows)
    NumberSeries.objects.filter(year=2027).update(last=series.last + count)
    return SimpleNamespace(call=of, organisations=by, author=author, rows=rows)


def _bulk_budgets(rows: list[Application]) -> None:
    from ensemblier.fund.applications.models import AskedAmount, BudgetLine

    BudgetLine.objects.bulk_create(
        BudgetLine(application=row, label=line["code"], **line) for row in rows for line in LINES
    )
    AskedAmount.objects.bulk_create(
        AskedAmount(application=row, **part) for row in rows for part in AMOUNTS
    )
