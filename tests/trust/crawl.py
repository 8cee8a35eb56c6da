"""One crawl of the whole site, for every test that only reads what came back.

Everybody opens every page once, then sends each form of it empty (on SQLite: there the words of
pages are read), in a world whose call holds 300 more files. The tests that read it (fixture
`crawled`) are in one group (tests/spread.py), so that one worker makes it, once.
"""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext

from ensemblier.web.databases import SIDE_TABLES
from tests import factories_fund as fund
from tests.trust import pages
from tests.trust.pages import Rendering


class Answer(NamedTuple):
    """What a GET cost and carried, a page or not."""

    who: str
    name: str
    status: int
    headers: dict[str, str]
    is_page: bool
    queries: int
    octets: int


class Crawl(NamedTuple):
    """All that came back, and the tables that each person changed by reading."""

    renderings: list[Rendering]
    answers: list[Answer]
    changed: dict[str, list[str]]


# On PostgreSQL, those who between them open almost every page; what a page says, and who may read
# it, does not depend on the database. The access table opens every door there, for everybody.
ON_POSTGRESQL = (
    "anonyme",
    "porteur",
    "représentante",
    "programme",
    "signataire",
    "payeur",
    "instruction 62",
    "jurée",
    "avec second facteur",
    pages.SIGNS,
    "producteur",
    *pages.IN_JURIES,
)


def whole_site() -> Crawl:
    found = Crawl([], [], {})
    with pages.open_world() as world:
        near = world.sides["near"]
        homes = [near.organisation, *(fund.organisation() for _ in range(20))]
        fund.bulk_applications(300, of=world.call, by=homes)
        for who in ON_POSTGRESQL if connection.vendor == "postgresql" else world.people:
            _crawl(world, who, found)
    return found


def _crawl(world: SimpleNamespace, who: str, found: Crawl) -> None:
    cookies = pages.cookies_of(world, who)
    before = content()
    opened = _open_all(world, who, cookies, found.answers)
    after = content()
    found.changed[who] = [table for table in before if before[table] != after[table]]
    for page in opened:
        found.renderings.append(page)
        if page.status == 200 and connection.vendor == "sqlite":
            found.renderings.extend(pages.sent_empty(page, cookies))


def _open_all(
    world: SimpleNamespace, who: str, cookies: str, answers: list[Answer]
) -> list[Rendering]:
    opened = []
    # Any other page of the account ends the sign-in of who is half way.
    tried = sorted(pages.ways(world, who), key=lambda way: way[0].name != "mfa_authenticate")
    for address, path in tried:
        reset_queries()
        with CaptureQueriesContext(connection) as asked:
            response = pages.visit(cookies, path)
        answers.append(_answer(who, address.name, response, len(asked)))
        if pages.looks_at(who, address.name):
            opened += pages.read(who, address.name, path, response)
    return opened


def _answer(who: str, name: str, response: Any, queries: int) -> Answer:
    is_page = pages.is_page(response)
    octets = len(response.content) if is_page else 0
    headers = dict(response.items())
    return Answer(who, name, response.status_code, headers, is_page, queries, octets)


def content() -> dict[str, str]:
    """A digest of every row of every table, but sessions, access rows and counters."""
    found = {}
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names()) - SIDE_TABLES:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608
            digest = hashlib.sha256()
            for row in cursor:
                digest.update(repr(row).encode())
            found[table] = digest.hexdigest()
    return found
