"""GETs that never write, and the second connection of sessions and counts."""

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections, transaction
from django.test import Client, RequestFactory

from ensemblier.base.people.models import User
from ensemblier.web.databases import SIDE, SideRouter
from ensemblier.web.readonly import ReadOnlyGet, WriteOnGet, is_read
from tests.factories_people import (
    make_user,
)

PASSWORD = "un long mot de passe 42"
LOGIN = "/connexion/"
ACCOUNT = "/mon-compte/"


def log_in(client, email="ana@exemple.fr", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password}, **more)


# Read-only GETs


def test_a_get_that_writes_is_refused(db):
    def view(request):
        with transaction.atomic():
            return make_user()

    handler = ReadOnlyGet(view)
    for method in ("get", "head", "options"):
        with pytest.raises(WriteOnGet):
            handler(getattr(RequestFactory(), method)("/"))
    assert not User.objects.exists()
    handler(RequestFactory().post("/"))  # negative control
    assert User.objects.count() == 1
    assert "ensemblier.web.readonly.ReadOnlyGet" in django_settings.MIDDLEWARE


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("SELECT 1", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("SAVEPOINT s1", True),
        ("BEGIN IMMEDIATE", True),
        ("EXPLAIN SELECT 1", True),
        ("SELECT 'DELETE FROM users'", True),
        ('UPDATE "django_session" SET a = 1', True),
        ('INSERT INTO "journal_access" (a) VALUES (1)', True),
        ('UPDATE "people_user" SET a = 1', False),
        ('INSERT INTO "journal_event" (a) VALUES (1)', False),
        ("WITH a AS (DELETE FROM people_user RETURNING *) SELECT * FROM a", False),
        ("EXPLAIN ANALYZE DELETE FROM people_user", False),
        ("SELECT setval('x', 1)", False),
        ("SELECT 1 FOR UPDATE", False),
        ("PRAGMA synchronous = OFF", False),
        ("TRUNCATE people_user", False),
        ("DROP TABLE people_user", False),
        ("COPY people_user FROM STDIN", False),
        ('UPDATE "people_user" SET a = \'"django_session"\'', False),
    ],
)
def test_what_counts_as_a_read(sql, read):
    assert is_read(sql) is read


@pytest.mark.django_db(transaction=True, databases=["default", SIDE])
def test_sessions_and_counts_go_through_their_own_connection(monkeypatch):
    """As in production: with the router on, a sign-in works and the two connections agree."""
    from django.db import router

    monkeypatch.setattr(router, "routers", [SideRouter()], raising=False)
    make_user("ana@exemple.fr", password=PASSWORD)
    client = Client()
    with connections[SIDE].execute_wrapper(note := Note()):
        assert log_in(client, password="faux").status_code == 200
        assert log_in(client).status_code == 302
        assert client.get(ACCOUNT).status_code == 200
    assert any("django_session" in sql for sql in note.seen)
    assert any("ensemblier_cache" in sql for sql in note.seen)
    assert connection.alias == "default"


class Note:
    """Remembers what goes through a connection."""

    def __init__(self):
        self.seen = []

    def __call__(self, execute, sql, params, many, context):
        self.seen.append(sql)
        return execute(sql, params, many, context)
