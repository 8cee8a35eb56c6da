"""Juries for tests: a call with three colleges, its jurors, a sitting whose vote may open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from ensemblier.base.people.models import Role, User
from ensemblier.fund.allocation import actions as allocation
from ensemblier.fund.allocation.building import Settings
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls import actions as calls
from ensemblier.fund.calls.colleges import set_colleges
from ensemblier.fund.calls.models import Call, College
from ensemblier.fund.jury import actions, cards, expenses, interests, scoring, voting
from ensemblier.fund.jury.models import Jury, Seat, Sitting
from tests import factories_fund as fund

NOW = fund.NOW
SEED = "tirage public du 12 mai 2027 : 04-11-23-31-40"
PICTURES = ["garden", "basket", "truck", "together", "price"]
WORDS = cards.Words(
    "Le jardin partagé",
    [
        "Des gens cultivent un jardin.",
        "Ils vendent des légumes pas chers.",
        "Tout le monde décide.",
    ],
    ["Est-ce utile près de chez vous ?", "Les gens sont-ils écoutés ?", "Le prix est-il juste ?"],
)
ENGLISH = cards.Words(
    "The shared garden",
    ["People grow a garden.", "They sell cheap vegetables.", "Everybody decides."],
    ["Is it useful near you?", "Are people heard?", "Is the price fair?"],
)


def colleges(seats: int = 2, reserves: int = 1, quorum: int = 1) -> list[College]:
    shares = {"institutions": (4_000, "scores"), "associations": (3_000, "cards"),
              "people": (3_000, "cards")}  # fmt: skip
    return [
        College(kind=kind, share_bp=share, seats=seats, reserves=reserves, quorum=quorum, way=way)
        for kind, (share, way) in shares.items()
    ]


def call(**fields: Any) -> Call:
    """A published call that announces a jury."""
    row = fund.call(published=False)
    set_colleges(actor=None, call=row, colleges=colleges(**fields))
    return calls.publish(call=row, actor=None, now=row.opens_at - timedelta(days=1))


def gathered(of: Call | None = None, *, seats: int = 2, volunteers: int = 4) -> SimpleNamespace:
    """A jury drawn by lot: `volunteers` for each college."""
    of = of or call(seats=seats)
    office, chair = fund.user(Role.PROGRAMME), fund.user()
    envelope = of.envelopes.get()
    jury = actions.gather(call=of, chair=chair, envelope=envelope, actor=office, now=NOW)
    for college in of.colleges.all():
        for _ in range(volunteers):
            actions.volunteer(jury=jury, college=college, user=fund.user(), actor=office, now=NOW)
    jury = actions.close_volunteers(jury=jury, actor=office, now=NOW)
    actions.draw(jury=jury, seed=SEED, source="Loterie du jour", actor=office, now=NOW)
    return SimpleNamespace(call=of, jury=jury, office=office, chair=chair)


def seats(jury: Jury, kind: str) -> list[Seat]:
    rows = jury.seats.filter(college__kind=kind, state=Seat.State.SITTING)
    return list(rows.select_related("user", "college").order_by("rank"))


def carded(world: SimpleNamespace, application: Application, title: str = "") -> None:
    words = WORDS._replace(title=title or WORDS.title)
    for language, text in (("fr", words), ("en", ENGLISH)):
        cards.write_card(
            jury=world.jury, application=application, language=language, words=text,
            pictures=PICTURES, actor=world.office, now=NOW,
        )  # fmt: skip


def sitting(files: int = 2, *, opened: bool = True, **fields: Any) -> SimpleNamespace:
    """A sitting on so many projects, its vote open, and nobody has declared anything yet."""
    world = gathered(**fields)
    world.files = [fund.filed(of=world.call, title=f"Projet {n}") for n in range(1, files + 1)]
    for rank, application in enumerate(world.files, start=1):
        carded(world, application, f"Projet simple {rank}")
    world.sitting = actions.call_sitting(
        jury=world.jury, held_on=NOW.date(), place="Salle des fêtes", agenda=world.files,
        actor=world.office, now=NOW,
    )  # fmt: skip
    if opened:
        world.poll = actions.open_poll(sitting=world.sitting, actor=world.chair, now=NOW)
    return world


def declared(sitting: Sitting, *people: User, linked: Sequence[int] = ()) -> None:
    for person in people:
        interests.declare_links(sitting=sitting, linked=linked, actor=person, now=NOW)


def scored(world: SimpleNamespace, person: User | None = None, value: int = 3) -> None:
    """A juror of the institutions, without a link, scores every project the same."""
    person = person or seats(world.jury, "institutions")[0].user
    declared(world.sitting, person)
    grades = {row.pk: value for row in world.jury.call.criteria.all()}
    for item in world.sitting.items.select_related("application__call", "sitting__jury"):
        scoring.score(item=item, values=grades, actor=person, now=NOW)


def voted(world: SimpleNamespace, person: User, choices: dict[int, str]) -> str:
    """Put a ballot in the urn; its receipt."""
    code = voting.new_receipt()
    return voting.cast(sitting=world.sitting, choices=choices, receipt=code, actor=person, now=NOW)


def around(side: SimpleNamespace) -> None:
    """A jury of one side: a sitting whose vote is open, one held to its end and handed over."""
    world = gathered(call(seats=2, reserves=0), volunteers=2)
    title = f"Projet {side.word}"
    world.files = [
        fund.filed(of=world.call, by=side.organisation, actor=side.representative, title=title)
    ]
    carded(world, world.files[0], f"Simple {side.word}")
    side.open_sitting, side.held_sitting = (_called(world, side.word) for _ in range(2))
    side.jury, side.jury_call, side.judged = world.jury, world.call, world.files[0]
    side.item = side.open_sitting.items.get()
    actions.open_poll(sitting=side.open_sitting, actor=world.chair, now=NOW)
    actions.open_poll(sitting=side.held_sitting, actor=world.chair, now=NOW)
    side.juror_seat = seats(world.jury, "people")[0]
    side.recused, scorer = (row.user for row in seats(world.jury, "institutions"))
    side.juror = side.juror_seat.user
    other = seats(world.jury, "associations")[0].user
    declared(side.open_sitting, side.juror, other)
    declared(side.open_sitting, side.recused, linked=[1])
    declared(side.open_sitting, scorer)
    side.chair, side.scorer = world.chair, scorer
    held = SimpleNamespace(sitting=side.held_sitting, jury=world.jury)
    scored(held, scorer)
    voted(held, side.juror, {1: "5"})
    voted(held, other, {1: "4"})
    voting.close_poll(sitting=side.held_sitting, actor=world.chair, now=NOW)
    side.run = allocation.run(
        sitting=side.held_sitting, settings=Settings(60_000_00), final=True,
        actor=world.office, now=NOW,
    )  # fmt: skip
    side.expense = expenses.plan(
        key=uuid4(), seat=side.juror_seat, sitting=side.open_sitting, kind="travel",
        amount_cents=12_00, actor=world.office, now=NOW,
    )  # fmt: skip


def _called(world: SimpleNamespace, word: str) -> Sitting:
    return actions.call_sitting(
        jury=world.jury, held_on=NOW.date(), place=f"Salle {word}", agenda=world.files,
        actor=world.office, now=NOW,
    )  # fmt: skip
