"""A site of its own for a journey: an open call, a file that only lacks its last tick."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application
from tests import factories_fund as fund
from tests.demo import on_database
from tests.factories_people import make_user

PASSWORD = "un long mot de passe 42"


@contextmanager
def serve(folder: Path) -> Iterator[SimpleNamespace]:
    """A live server on a copy of the empty test database, filled with one file."""
    copy = str(folder / "journey.sqlite3")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [copy])
    with on_database(copy):
        now = timezone.now()
        home = fund.organisation("Jardin de l'écluse")
        draft = fund.complete(of=fund.call_open_now(), by=home, now=now)
        Application.objects.filter(pk=draft.pk).update(accepts_commitments=False)
        person = make_user("marin@exemple.fr", password=PASSWORD)
        fund.give(person, Role.APPLICANT, home)
        server = LiveServer("127.0.0.1")
        try:
            yield SimpleNamespace(url=server.url, draft=draft, person=person)
        finally:
            server.stop()


def state_of(draft: Any) -> str:
    return Application.objects.get(pk=draft.pk).state
