"""No GET writes: every address, as every kind of person, under the SQL guard, tables compared."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from ensemblier.base.people.access import everyone, guard
from ensemblier.base.people.models import User
from ensemblier.web.databases import SIDE_TABLES
from ensemblier.web.readonly import WriteOnGet
from ensemblier.web.urls import urlpatterns as real_addresses
from tests.factories_people import make_user
from tests.trust import pages

pytestmark = [pytest.mark.django_db, pytest.mark.trust]


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


def test_no_get_changes_a_row() -> None:
    with pages.open_world() as world:
        for who in world.people:
            cookies = pages.cookies_of(world, who)
            before = content()
            visited = [pages.visit(cookies, address) for _, address in pages.paths(world)]
            assert len(visited) > 100
            after = content()
            changed = [table for table in before if before[table] != after[table]]
            assert not changed, f"{who} changed {changed} by reading"


@guard(everyone, public=True)
def writing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(make_user().name)


urlpatterns: list[Any] = [path("ecrit/", writing, name="writing"), *real_addresses]


@pytest.mark.urls(__name__)
def test_negative_control_a_page_that_writes_is_refused(client: Any, settings: Any) -> None:
    before = content()
    with pytest.raises(WriteOnGet), transaction.atomic():
        client.get("/ecrit/")
    assert content() == before
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "ReadOnlyGet" not in name]
    assert type(client)().get("/ecrit/").status_code == 200  # without the guard it would write
    assert User.objects.count() == 1
    assert content() != before
