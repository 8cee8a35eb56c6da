"""A1: every address x every kind of person x own or foreign object, against a reviewed table.

`ACCESS_WRITE=1 pytest tests/trust/test_access_table.py` writes the table anew; read its
difference before you commit it. `docs/reference/acces.md` is made from the same rows.
"""

from __future__ import annotations

import csv
import os
import time
from http.cookies import SimpleCookie
from pathlib import Path
from types import SimpleNamespace
from zlib import crc32

import pytest
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from ensemblier.base.people.sessions import SEEN, SINCE
from tests import world as worlds
from tests.factories_library import make_library
from tests.factories_people import sign_in
from tests.trust.addresses import OWNED, SHARED, addresses, fill
from tests.trust.doors import TABLE, Row, Rows, reviewed_table
from tests.trust.knocking import Knocker

pytestmark = [pytest.mark.django_db, pytest.mark.trust]
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "acces.md"
WRITING = os.environ.get("ACCESS_WRITE") == "1"
# People who may see nothing of the far side, on any page.
BLIND = (
    "anonyme",
    "sans mandat",
    "porteur",
    "représentante",
    "tête de réseau",
    "instruction 62",
    "producteur",
    "financeur d'une filière",
    "jurée",
    "juré déporté",
)
# Pages of the far side's own people only; the public ones carry no canary.


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    make_library()
    return worlds.build()


def cookies_of(world: SimpleNamespace, who: str) -> SimpleCookie:
    """Signed in once; each request starts from these cookies."""
    client = Client()
    person = world.people[who]
    if person is not None:
        sign_in(client, person, strong="sans second facteur" not in who)
        # What each request does is undone: else each would note its visit in the session.
        session = client.session
        session[SINCE] = session[SEEN] = time.time() + 3600
        session.save()
    return client.cookies


SHUT = ("caché", "connexion", "second facteur")


def outcome(response: HttpResponseBase) -> str:
    """What the person met, in one word."""
    if response.status_code == 302:
        target = response["Location"]
        if target.startswith(reverse("account_login")):
            return "connexion"
        if target.startswith(reverse("people:second_factor")):
            return "second facteur"
        return "oui"
    words = {403: "non", 404: "caché", 405: "-"}
    if response.status_code in words:
        return words[response.status_code]
    assert response.status_code < 500, response.status_code
    return "oui"


def knocks(table: Rows, key: Row, who: str) -> bool:
    """Every door on SQLite; one shut both ways by the same guard is tried one way for half of the
    people, the other way for the other half (both in the soak). On PostgreSQL those that open,
    where a page or an act is done, and those refused by name: the others stop at the guard, which
    reads the same rows for all."""
    said = table.get(key, {}).get(who)
    if connection.vendor != "sqlite":
        return said in ("oui", "non", None)
    name, side, method = key
    other = table.get((name, side, "post" if method == "get" else "get"), {}).get(who)
    if said not in SHUT or other != said:
        return True
    return (crc32(f"{name} {side} {who}".encode()) % 2 == 0) == (method == "get")


def measure(
    world: SimpleNamespace, table: Rows, *, whole: bool = WRITING
) -> tuple[Rows, list[str]]:
    """Rows -> person -> outcome; and the leaks that were seen."""
    rows: Rows = {}
    leaks: list[str] = []
    far = worlds.CANARY["far"]
    paths = [(address.name, fill(address, world)) for address in addresses()]
    for who in world.people:
        client = Knocker(cookies_of(world, who))
        for name, sides in paths:
            for side, path in sides.items():
                for method in ("get", "post"):
                    found = rows.setdefault((name, side, method), {})
                    if not whole and not knocks(table, (name, side, method), who):
                        continue
                    with transaction.atomic():
                        response = getattr(client, method)(path)
                        body = response.getvalue() if response.streaming else response.content
                        transaction.set_rollback(True)
                    found[who] = outcome(response)
                    if who in BLIND and far.encode() in body:
                        leaks.append(f"{who} reads the far side at {method} {path}")
    return rows, leaks


@pytest.mark.parametrize("whole", [WRITING, pytest.param(True, marks=pytest.mark.slow)])
def test_every_address_meets_the_reviewed_table(world: SimpleNamespace, whole: bool) -> None:
    rows, leaks = measure(world, reviewed_table(), whole=whole)
    assert not leaks, leaks
    if WRITING:
        write(rows, list(world.people))
    reviewed = reviewed_table()
    assert sum(map(len, rows.values())) > 5_000
    assert set(rows) == set(reviewed), "an address is absent from the access table, or gone"
    wrong = [
        f"{key} {who}: {found} instead of {reviewed[key][who]}"
        for key, row in rows.items()
        for who, found in row.items()
        if reviewed[key][who] != found
    ]
    assert not wrong, "\n".join(wrong)


def test_a_door_shut_both_ways_is_tried_one_way_and_every_other_door_always() -> None:
    table = reviewed_table()
    tried = {(key, who) for key, row in table.items() for who in row if knocks(table, key, who)}
    for key, row in table.items():
        name, side, method = key
        back = (name, side, "post" if method == "get" else "get")
        for who, said in row.items():
            if connection.vendor == "sqlite":
                assert (key, who) in tried or (back, who) in tried, (key, who)
            if said not in SHUT:
                assert (key, who) in tried or connection.vendor != "sqlite", (key, who)
            if said in ("oui", "non"):
                assert (key, who) in tried


def write(rows: dict[tuple[str, str, str], dict[str, str]], people: list[str]) -> None:
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["adresse", "objet", "methode", *people])
        for key in sorted(rows):
            table.writerow([*key, *(rows[key][who] for who in people)])
    lines = [
        "# Qui ouvre quoi",
        "",
        "Fait par `tests/trust/test_access_table.py` : chaque adresse, pour un objet du même "
        "territoire (`near`) et d'un autre (`far`). « caché » : la page dit qu'elle n'existe pas.",
        "",
        "| adresse | objet | méthode | " + " | ".join(people) + " |",
        "|" + "---|" * (3 + len(people)),
    ]
    for key in sorted(rows):
        if set(rows[key].values()) != {"-"}:
            cells = [*key, *(rows[key][who] for who in people)]
            lines.append("| " + " | ".join(cells) + " |")
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_every_view_wears_the_guard() -> None:
    bare = [a.name for a in addresses() if not hasattr(a.view, "access")]
    assert not bare, bare


def test_every_address_with_an_object_says_which() -> None:
    known = set(OWNED) | set(SHARED)
    missing = [a.name for a in addresses() if a.takes and a.name not in known]
    assert not missing, missing


def test_a_half_signed_in_session_opens_nothing_of_its_strong_role() -> None:
    opened = [
        address
        for (address, _, _), row in reviewed_table().items()
        if row["programme sans second facteur"] == "oui" and row["anonyme"] not in ("oui", "-")
    ]
    account = ("account_", "mfa_", "people:account", "people:rename", "people:second_factor")
    account += ("people:email", "people:email_confirm")
    assert not [name for name in opened if not name.startswith(account)], opened
