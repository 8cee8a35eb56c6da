"""E: nobody links a ballot to a juror, from the whole database, its hidden numbers, or the logs.

Jurors vote in a known order, each with choices of their own. Then an attacker reads everything:
every column of every table, the order in which rows come out, SQLite's rowid, PostgreSQL's ctid
and xmin, the sessions, the journals and what was logged. For each clue, the ballots are lined up
with the jurors; a secret urn does no better than chance. Negative controls: an urn that only adds,
and a draft kept with a name, are both seen at once.
"""

from __future__ import annotations

import json
import logging
import random
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.fund.jury import voting
from ensemblier.fund.jury.models import Ballot, Voter
from tests import factories_fund as fund
from tests import factories_jury as juries
from tests.factories_people import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.trust]
FILES, SEATS = 3, 8
# Each clue is a hidden order. With 16 jurors, chance puts a ballot at its juror's place once in a
# run on average; eight or more would happen by luck once in 100 000 (Poisson of mean 1).
MOST_BY_LUCK = 7


def distinct(rank: int) -> dict[int, str]:
    """Choices that no other juror makes: the attacker knows what each one wanted."""
    return {n + 1: "NI12345"[(rank // 7**n) % 7 if n < 2 else (rank + n) % 7] for n in range(FILES)}


def points_of(choices: dict[int, str]) -> str:
    return json.dumps({str(n): int(c) for n, c in sorted(choices.items()) if c.isdigit()})


@pytest.fixture
def world() -> SimpleNamespace:
    """16 jurors vote through the pages, in a drawn order that the attacker knows."""
    world = juries.sitting(files=FILES, seats=SEATS, volunteers=SEATS)
    seats = juries.seats(world.jury, "associations") + juries.seats(world.jury, "people")
    random.Random(7).shuffle(seats)
    world.order = [seat.user for seat in seats]
    world.choices = {user.pk: distinct(rank) for rank, user in enumerate(world.order)}
    return world


def vote_by_pages(world: SimpleNamespace, user: Any) -> None:
    client = Client()
    sign_in(client, user)
    pk = world.sitting.pk
    client.post(reverse("jury:links", args=[pk]))
    for number, choice in world.choices[user.pk].items():
        answer = {"support": "Y", "points": choice} if choice.isdigit() else {"support": choice}
        sent = client.post(reverse("jury:question", args=[pk, number]), answer)
        assert (sent.status_code, len(sent.content)) == (302, 0)  # the same whatever is chosen
    page = client.get(reverse("jury:urn", args=[pk])).content.decode()
    receipt = page.split('name="receipt" value="')[1][:16]
    cast = client.post(reverse("jury:urn", args=[pk]), {"receipt": receipt})
    assert "Votre bulletin est dans l&#x27;urne" in cast.content.decode()


def hidden_columns(table: str) -> list[str]:
    return ["rowid"] if connection.vendor == "sqlite" else ["ctid::text", "xmin::text::bigint"]


def rows_by(table: str, columns: str, order: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} ORDER BY {order}")
        return cursor.fetchall()


def hits(world: SimpleNamespace, urn: list[str], jurors: list[int]) -> int:
    """How many ballots stand at the place of their juror."""
    wanted = [points_of(world.choices[pk]) for pk in jurors]
    return sum(found == juror for found, juror in zip(urn, wanted, strict=True))


def best_guess(world: SimpleNamespace) -> int:
    """The best of all line-ups: each order of the urn against each order of the jurors."""
    table, sheet = Ballot._meta.db_table, Voter._meta.db_table
    urns = [
        [json.dumps(json.loads(points), sort_keys=True) for (points,) in rows]
        for order in ["id", "receipt", *hidden_columns(table)]
        for rows in [rows_by(table, "points", order)]
    ]
    sheets = [
        [seats[seat] for (seat,) in rows_by(sheet, "seat_id", order)]
        for seats in [dict(world.jury.seats.values_list("pk", "user_id"))]
        for order in ["id", *hidden_columns(sheet)]
    ]
    orders = [*sheets, [user.pk for user in world.order]]
    return max(hits(world, urn, jurors[:]) for urn in urns for jurors in orders)


def one_transaction(table: str) -> bool:
    """On PostgreSQL, every row of the table was written by one and the same transaction."""
    if connection.vendor != "postgresql":
        return True
    return len(rows_by(table, "DISTINCT xmin::text", "1")) == 1


def texts_beside(user: int) -> list[str]:
    """Every row of every table, as text, in which this account's number stands."""
    found = []
    for model in apps.get_models():
        names = {field.attname for field in model._meta.concrete_fields}
        for row in model.objects.using("default").values():
            if any(row.get(n) == user for n in names if n.endswith(("user_id", "actor_id"))):
                found.append(f"{model._meta.label} {row}")
    return found


def test_nothing_links_a_ballot_to_its_juror(
    world: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for user in world.order:
            vote_by_pages(world, user)
    assert Ballot.objects.count() == 2 * SEATS
    # Before the close as after it: no order, hidden or not, lines ballots up with jurors.
    assert best_guess(world) <= MOST_BY_LUCK
    assert one_transaction(Ballot._meta.db_table)
    assert one_transaction(Voter._meta.db_table)
    juries.scored(world)
    voting.close_poll(sitting=world.sitting, actor=world.chair, now=juries.NOW)
    assert best_guess(world) <= MOST_BY_LUCK
    assert one_transaction(Voter._meta.db_table)
    # No table holds a date beside a ballot or a line of the attendance sheet.
    for model in (Ballot, Voter):
        kinds = {field.get_internal_type() for field in model._meta.concrete_fields}
        assert not kinds & {"DateTimeField", "DateField", "BigAutoField"} or model is Voter
    assert not {f.name for f in Voter._meta.fields if "Date" in f.get_internal_type()}
    # No journal, session, notice or log says what was chosen, nor the receipt.
    marks = set(Ballot.objects.values_list("receipt", flat=True))
    for user in world.order[:6]:
        said = points_of(world.choices[user.pk])
        for text in texts_beside(user.pk):
            assert said not in text, text
            assert not any(mark in text for mark in marks), text
    assert not Event.objects.filter(action__contains="vote").exists()
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert not any(mark in logged for mark in marks)
    assert '"support"' not in logged


def test_an_ended_session_parks_no_choice(world: SimpleNamespace) -> None:
    """What is typed when a session ends waits in it, but never a vote."""
    user = world.order[0]
    client = Client()
    sign_in(client, user)
    address = reverse("jury:question", args=[world.sitting.pk, 1])
    client.get(address)
    client.post(reverse("account_logout"))
    client.post(address, {"support": "Y", "points": "4", "autre": "gardé"})
    kept = json.dumps(dict(client.session.items()), default=str)
    assert "gardé" in kept or "autre" in kept  # the control: the rest is parked
    assert "support" not in kept
    assert "points" not in kept


def test_the_attack_sees_an_urn_that_only_adds(
    world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: without the rewriting, the order of the rows gives everybody away."""

    def add_last(poll: Any, rows: list[Ballot]) -> None:
        rows[-1].save(force_insert=True)

    monkeypatch.setattr(voting, "_rewrite_urn", add_last)
    for user in world.order:
        juries.declared(world.sitting, user)
        juries.voted(world, user, world.choices[user.pk])
    assert best_guess(world) == 2 * SEATS


def test_the_attack_sees_a_row_that_names_a_juror(world: SimpleNamespace) -> None:
    """Negative control: choices written beside an account are found."""
    user = world.order[0]
    said = points_of(world.choices[user.pk])
    Event.objects.create(actor_id=user.pk, action="jury.vote", subject="jury:1", reason=said)
    assert any(said in text for text in texts_beside(user.pk))


def test_accounts_of_another_jury_see_nothing() -> None:
    """Somebody who sits elsewhere opens no page of this one."""
    here, elsewhere = juries.sitting(files=1), juries.gathered()
    client = Client()
    sign_in(client, juries.seats(elsewhere.jury, "people")[0].user)
    for name in ("projects", "vote", "sitting", "result", "links"):
        assert client.get(reverse(f"jury:{name}", args=[here.sitting.pk])).status_code == 404
    client = Client()
    sign_in(client, fund.user())
    assert client.get(reverse("jury:detail", args=[here.jury.pk])).status_code == 404
