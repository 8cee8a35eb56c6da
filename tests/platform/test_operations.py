"""The machinery: the clock, failed tasks, the outbox page, health, checks, logs, downloads."""

import json
import logging
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from ensemblier.base.files import actions as files
from ensemblier.base.files.content import check_bytes
from ensemblier.base.files.models import ScanState, StoredFile
from ensemblier.base.files.serving import serve_rule
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.web import checks
from ensemblier.web.downloads.access import may_read
from ensemblier.web.logs import JsonFormatter, redact
from ensemblier.web.operations import actions, health
from ensemblier.web.operations.access import support_only
from ensemblier.web.operations.jobs import JOBS, Job
from ensemblier.web.operations.models import JobRun
from tests import hostile_files
from tests.factories_people import actor_for, make_person, make_user, sign_in

NOW = datetime(2027, 3, 1, 12, 2, tzinfo=UTC)
KEY = "k3y-" + "".join(chr(97 + n % 26) for n in range(60))


# The clock


QUICK = {name for name, job in JOBS.items() if job.hour is None}


@pytest.mark.django_db
def test_each_job_starts_once_a_period():
    assert set(actions.tick(now=NOW)) == set(JOBS)
    assert actions.tick(now=NOW + timedelta(minutes=1)) == []
    assert set(actions.tick(now=NOW + timedelta(minutes=3))) == QUICK
    assert set(actions.tick(now=NOW + timedelta(days=1))) == set(JOBS)
    assert DBTaskResult.objects.count() == JobRun.objects.count() == 2 * len(JOBS) + len(QUICK)


@pytest.mark.django_db
def test_a_daily_job_waits_for_its_hour_in_paris():
    after_midnight = datetime(2027, 7, 1, 22, 30, tzinfo=UTC)  # 0:30 the 2nd, in Paris
    assert set(actions.tick(now=after_midnight)) == QUICK
    assert "seal" in actions.tick(now=after_midnight + timedelta(minutes=31))
    assert JobRun.objects.get(job="seal").period == "2027-07-02"


@pytest.mark.django_db
def test_a_job_leaves_its_outcome_and_a_failure_is_raised(monkeypatch):
    def broken(now):
        raise OSError("disque plein")

    monkeypatch.setitem(JOBS, "good", Job("good", "Bonne", lambda now: "fait"))
    monkeypatch.setitem(JOBS, "bad", Job("bad", "Mauvaise", broken))
    actions.tick(now=NOW)
    period = JOBS["good"].period(NOW)
    actions.run(name="good", period=period, now=NOW)
    with pytest.raises(OSError, match="disque plein"):
        actions.run(name="bad", period=period, now=NOW)
    outcomes = dict(JobRun.objects.exclude(succeeded=None).values_list("job", "succeeded"))
    assert outcomes == {"good": True, "bad": False}
    assert JobRun.objects.get(job="bad").note == (
        "OSError\N{NO-BREAK SPACE}: la tâche s'est arrêtée avant la fin."
    )


@pytest.mark.django_db
def test_old_runs_go_but_the_last_of_each_job_stays():
    for number in range(3):
        JobRun.objects.create(job="seal", period=str(number))
    JobRun.objects.update(enqueued_at=NOW - timedelta(days=40))
    assert actions.purge_runs(NOW) == 2
    assert JobRun.objects.get().period == "2"


# Failed tasks


def failed_task() -> DBTaskResult:
    from ensemblier.web.operations.tasks import run_job

    result = run_job.enqueue("mail", "x")
    row = DBTaskResult.objects.get(pk=result.id)
    row.set_failed(ValueError("CANARI"))
    return row


@pytest.mark.django_db
def test_a_failed_task_is_tried_again_once():
    row = failed_task()
    assert list(actions.stopped_tasks(NOW)) == [row]
    actions.retry_task(task_id=row.pk, actor=None, now=NOW)
    assert DBTaskResult.objects.ready().count() == 1
    with pytest.raises(actions.NotFailed):
        actions.retry_task(task_id=row.pk, actor=None, now=NOW)


@pytest.mark.django_db
def test_a_task_cut_with_its_worker_is_shown():
    row = failed_task()
    DBTaskResult.objects.update(status="RUNNING", started_at=NOW - timedelta(hours=3))
    assert list(actions.stopped_tasks(NOW)) == [row]
    DBTaskResult.objects.update(started_at=NOW - timedelta(minutes=3))
    assert list(actions.stopped_tasks(NOW)) == []


# The page


@pytest.mark.django_db
@pytest.mark.parametrize("role", [None, *Role])
def test_only_support_sees_the_machinery(role):
    user = make_person(role) if role else make_user()
    assert support_only(actor_for(user)).allowed is (role == Role.SUPPORT)


@pytest.fixture
def support() -> Client:
    return sign_in(Client(), make_person(Role.SUPPORT))


@pytest.mark.django_db
def test_the_page_shows_what_failed_without_its_text(support):
    row = failed_task()
    page = support.get("/exploitation/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "ensemblier.web.operations.tasks.run_job" in text
    assert "CANARI" not in text
    answer = support.post(f"/exploitation/taches/{row.pk}/relancer/")
    assert answer.status_code == 302
    assert DBTaskResult.objects.ready().count() == 1


# Health


@pytest.mark.django_db
def test_health_is_plain_and_says_when_no_worker_runs():
    parts = ("database", "migrations", "tasks", "cache", "mail", "disk", "clock")
    assert health.report(NOW) == dict.fromkeys(parts, "ok")
    answer = Client().get("/healthz")
    assert (answer.status_code, json.loads(answer.content)["database"]) == (200, "ok")
    actions.tick(now=NOW)
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=20))
    answer = Client().get("/healthz")
    assert (answer.status_code, json.loads(answer.content)["tasks"]) == (503, "late")


@pytest.mark.django_db
def test_health_when_the_database_is_down(monkeypatch):
    from django.db import OperationalError

    class Down:
        def cursor(self):
            raise OperationalError("password=CANARI")

    monkeypatch.setattr(health, "connection", Down())
    answer = Client().get("/healthz")
    assert answer.status_code == 503
    assert b"CANARI" not in answer.content
    assert json.loads(answer.content)["database"] == "down"


@pytest.mark.django_db
def test_health_when_a_migration_waits(monkeypatch):
    monkeypatch.setattr(health, "migrations_are_done", lambda: False)
    assert Client().get("/healthz").status_code == 503


# Start-up checks


def production(**changes) -> SimpleNamespace:
    from ensemblier.web.databases import with_safe_options

    database = {"ENGINE": "django.db.backends.postgresql", "NAME": "x"}
    good = {
        "MODE": "production",
        "DEFAULT_KEY": "for-development-only",
        "SECRET_KEY": KEY,
        "DEBUG": False,
        "ALLOWED_HOSTS": ["fonds.exemple.fr"],
        "DATABASES": with_safe_options(database, test_suffix=""),
    }
    return SimpleNamespace(**{**good, **changes})


def unsafe(options: dict) -> dict:
    return {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x", "OPTIONS": options}}


def test_good_settings_start():
    assert checks.problems(production()) == []
    checks.refuse_if_unsafe(production())


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"SECRET_KEY": "for-development-only"}, "clé par défaut"),
        ({"SECRET_KEY": "short"}, "trop courte"),
        ({"SECRET_KEY": "a" * 80}, "trop simple"),
        ({"DEBUG": True}, "DEBUG"),
        ({"ALLOWED_HOSTS": []}, "vide"),
        ({"ALLOWED_HOSTS": ["*"]}, "n'importe quel nom"),
        ({"ALLOWED_HOSTS": ["fonds.exemple.fr", "*.exemple.fr"]}, "n'importe quel nom"),
        ({"DATABASES": unsafe({})}, "SQLite"),
    ],
)
def test_each_unsafe_setting_stops_production_and_only_production(change, word):
    with pytest.raises(SystemExit, match=word):
        checks.refuse_if_unsafe(production(**change))
    checks.refuse_if_unsafe(production(**{**change, "MODE": "demo"}))


@pytest.mark.parametrize(("key", "code"), [("", 1), (KEY, 0)])
def test_the_web_door_itself_stays_closed(tmp_path, key, code):
    """The real import, in a process of its own: refused with the default key, open with a good."""
    environment = {
        **os.environ,
        "ENSEMBLIER_MODE": "production",
        "ENSEMBLIER_VAR": str(tmp_path),
        "ALLOWED_HOSTS": "fonds.exemple.fr",
        "DATABASE_URL": "",
        **({"SECRET_KEY": key} if key else {}),
    }
    environment.pop("DATABASE_URL")
    done = subprocess.run(
        [sys.executable, "-c", "import ensemblier.web.wsgi"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert ("refuse de démarrer" in done.stderr) is (code == 1)


# Logs


@pytest.mark.parametrize(
    "secret",
    [
        "lea.martin@exemple.fr",
        "/inscription/?token=abc123",
        "password=hunter2",
        "Authorization: Bearer",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        "01 23 45 67 89",
    ],
)
def test_a_line_of_log_keeps_no_secret(secret):
    canary = secret.split("=")[-1].split("?")[-1]
    assert canary not in redact(f"Refus pour {secret} hier")
    assert redact("Refus du dossier 12 hier") == "Refus du dossier 12 hier"


@pytest.mark.parametrize("piece", ["a", "a.", "-", "a-", "0", "06 ", "key", "key=", "?", "a@", "@"])
def test_a_long_line_of_log_is_read_once(piece):
    """Whoever writes a long address must not hold the server while it is logged."""
    start = time.process_time()
    redact(piece * (60_000 // len(piece)))
    assert time.process_time() - start < 1  # 20 s for "a" when it was read again from each letter


def test_an_exception_is_logged_by_its_place_and_never_by_its_text():
    try:
        raise ValueError("Key (email)=(canari@exemple.fr) already exists")
    except ValueError:
        record = logging.LogRecord("a", 40, "f", 1, "échec", None, sys.exc_info())
    line = json.loads(JsonFormatter().format(record))
    assert line["exception"] == "ValueError"
    assert "canari" not in json.dumps(line)
    assert "test_operations.py" in line["where"][-1]


# Downloads


@pytest.fixture
def stored(tmp_path, settings, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setitem(serve_rule, "test", lambda actor, file: YES)
    checked = check_bytes(content=hostile_files.pdf(), name="devis n° 2.pdf")
    return files.store(checked=checked, purpose="test", about="application:1", actor=None)


@pytest.mark.django_db
def test_a_file_is_served_as_an_attachment_never_opened(stored):
    answer = Client().get(f"/fichiers/{stored.name}/")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "status"), [(HIDDEN, 404), (Answer(False, "Réservé au porteur."), 403)]
)
def test_the_owner_s_rule_decides(stored, monkeypatch, rule, status):
    monkeypatch.setitem(serve_rule, "test", lambda actor, file: rule)
    assert Client().get(f"/fichiers/{stored.name}/").status_code == status


@pytest.mark.django_db
def test_a_purpose_without_rule_and_an_unknown_name_look_the_same(stored, monkeypatch):
    monkeypatch.delitem(serve_rule, "test")
    assert Client().get(f"/fichiers/{stored.name}/").status_code == 404
    assert Client().get(f"/fichiers/{'0' * 32}/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scan", "allowed"),
    [(ScanState.CLEAN, True), (ScanState.PENDING, False), (ScanState.REFUSED, False)],
)
def test_nobody_else_sees_a_file_before_the_result_of_its_scan(stored, scan, allowed):
    StoredFile.objects.update(scan=scan, uploaded_by_id=7)
    stored.refresh_from_db()
    stranger = Actor(AnonymousUser(), day=NOW.date())
    assert may_read(stranger, stored).allowed is allowed
    uploader = Actor(SimpleNamespace(pk=7, is_authenticated=True), day=NOW.date())
    assert may_read(uploader, stored).allowed is (scan != ScanState.REFUSED)
