"""A small season, and a story played on several days, for the boards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import time_machine

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Role
from ensemblier.base.territory.models import Commune, Department, Epci, Region
from ensemblier.fund.agreements import actions as agreements
from ensemblier.fund.agreements.actions import Planned
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.boards.board import Board, board_of
from ensemblier.fund.boards.facts import facts_on
from ensemblier.fund.decisions import notifying
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.review import actions as review
from tests import factories_fund as fund
from tests import factories_review as cases

START = datetime(2027, 5, 12, 10, 0, tzinfo=UTC)


def centre() -> None:
    """Six departments and sixty communes, so that a season needs not load all of France."""
    region, _ = Region.objects.get_or_create(code="24", defaults={"name": "Centre-Val de Loire"})
    epci, _ = Epci.objects.get_or_create(code="200000024", defaults={"name": "CC", "kind": "CC"})
    for code, name in (
        ("18", "Cher"), ("28", "Eure-et-Loir"), ("36", "Indre"), ("37", "Indre-et-Loire"),
        ("41", "Loir-et-Cher"), ("45", "Loiret"),
    ):  # fmt: skip
        department, _ = Department.objects.get_or_create(
            code=code, defaults={"name": name, "zone": "metro", "region": region}
        )
        for number in range(10):
            Commune.objects.get_or_create(
                code=f"{code}{number:03d}",
                defaults={"name": f"Commune {code}-{number}", "search_name": "commune",
                          "department": department, "epci": epci,
                          "population": 500 + number},
            )  # fmt: skip


class Story:
    """Each chapter happens on its own day; the board of the evening is kept, as it was shown."""

    def __init__(self) -> None:
        self.now = START
        self.kept: dict[date, Board] = {}
        self.world = SimpleNamespace()

    def day(self, chapter: Callable[[Story], Any], days: int = 9) -> None:
        with time_machine.travel(self.now, tick=False):
            chapter(self)
            today = in_paris(self.now).date()
            self.kept[today] = board_of(facts_on(today, today=today))
        self.now += timedelta(days=days)

    def fresh(self, row: Any) -> Any:
        row.refresh_from_db()
        return row


def opens(story: Story) -> None:
    w = story.world
    w.envelope = fund.envelope(1_000_000_00)
    w.call = fund.call(envelopes=[w.envelope], closes_at=START + timedelta(days=200))
    w.files = [fund.filed(of=w.call, now=story.now) for _ in range(4)]


def instructs(story: Story) -> None:
    w = story.world
    w.desk = fund.user(Role.INSTRUCTOR, department=w.files[0].department)
    for file in w.files[:3]:
        cases.declare(file, w.desk)
        opinion = review.take(application=file, actor=w.desk, now=story.now)
        if file is w.files[2]:
            continue
        draft = cases.saved(opinion)
        review.give_opinion(review=draft, version=draft.version, actor=w.desk, now=story.now)
        review.propose(application=file, actor=w.desk, now=story.now)
    review.ask_complements(
        application=w.files[2], due_on=in_paris(story.now).date() + timedelta(days=20),
        message="Précisez les montants demandés.", actor=w.desk, now=story.now,
    )  # fmt: skip
    applications.withdraw(application=w.files[3], actor=w.files[3].created_by, now=story.now)


def changes_request(story: Story) -> None:
    """The applicant asks less, and has not sent it yet."""
    file = story.fresh(story.world.files[2])
    less = [{"expense_class": "engineering", "year": 2027, "amount_cents": 5_000_00}]
    applications.set_asked(
        application=file, amounts=less, version=file.version, actor=file.created_by
    )


def decides(story: Story) -> None:
    w = story.world
    w.signatory = cases.signatory()
    for place, file in enumerate(w.files[:2]):
        decision = cases.decide(
            story.fresh(file), w.signatory, now=story.now, notify=place == 0,
            awards=[(w.envelope, "engineering", (20 - place) * 1_000_00)],
        )  # fmt: skip
        setattr(w, f"decision{place}", decision)


def takes_back(story: Story) -> None:
    """The second decision was not notified: it is withdrawn, and its row is gone."""
    w = story.world
    notifying.withdraw(
        decision=w.decision1, why="Montant à revoir", actor=w.signatory, now=story.now
    )


def agrees(story: Story) -> None:
    w = story.world
    day = in_paris(story.now).date()
    w.payer, w.officer = fund.user(Role.PAYER), fund.user(Role.PROGRAMME)
    person = fund.user(Role.REPRESENTATIVE, w.files[0].organisation)
    agreement = agreements.prepare(
        decision=w.decision0, starts_on=day, ends_on=day + timedelta(days=300),
        instalments=[
            Planned("Avance", "signature", 12_000_00, day),
            Planned("Solde", "final_report", 8_000_00, day + timedelta(days=320)),
        ],
        surplus_clause="", basis=agreements.Basis("not_economic"), actor=w.desk, now=story.now,
    )  # fmt: skip
    agreement = agreements.send(agreement=agreement, actor=w.desk, now=story.now)
    for organisation, user in (
        (w.files[0].organisation, person),
        (w.call.owner, w.signatory),
    ):
        agreement = agreements.sign(
            agreement=agreement, organisation=organisation, actor=user, now=story.now, key=uuid4()
        )
    w.agreement = agreement


def certifies(story: Story) -> None:
    w = story.world
    w.payment = payments.certify(
        key=uuid4(), instalment=w.agreement.instalments.get(position=1), actor=w.desk,
        now=story.now,
    )  # fmt: skip


def pays(story: Story) -> None:
    w = story.world
    w.payment = payments.pay(key=uuid4(), payment=w.payment, actor=w.payer, now=story.now)


def gives_back(story: Story) -> None:
    w = story.world
    payments.refund(
        key=uuid4(), agreement=w.agreement, amount_cents=2_000_00, reason="Non dépensé",
        actor=w.payer, now=story.now,
    )  # fmt: skip


CHAPTERS = (
    opens, instructs, changes_request, decides, takes_back, agrees, certifies, pays, gives_back,
)  # fmt: skip


def played() -> Story:
    story = Story()
    for chapter in CHAPTERS:
        story.day(chapter)
    return story
