"""Retention: the table is complete, and running it removes what it says and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from ensemblier.base.journal import retention
from ensemblier.base.journal.actions import run_retention
from ensemblier.base.journal.models import Access, Event

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def rules(monkeypatch):
    """A registry of one's own for a test."""
    mine: dict[str, retention.Rule] = {}
    monkeypatch.setattr(retention, "_rules", mine)
    return mine


def rule(key, purge):
    return retention.Rule(key, f"quoi {key}", "un an", "loi", purge)


def test_every_line_says_what_how_long_and_by_which_text():
    lines = retention.table()
    assert {"accesses", "sessions", "files", "messages", "events"} <= {line.key for line in lines}
    for line in lines:
        assert line.what and line.duration and line.source


@pytest.mark.django_db
def test_consultations_are_forgotten_after_twelve_months():
    for days in (0, 364, 366, 700):
        row = Access.objects.create(path="/dossiers/")
        Access.objects.filter(pk=row.pk).update(at=NOW - timedelta(days=days))
    outcome = run_retention(now=NOW)
    assert outcome.errors == {}
    assert outcome.counts["accesses"] == 2
    assert Access.objects.count() == 2


@pytest.mark.django_db
def test_the_run_leaves_its_counts_in_the_journal():
    run_retention(now=NOW)
    event = Event.objects.get(action="retention.run")
    assert event.subject == "retention:2027-03-01"
    assert event.data["counts"]["accesses"] == 0


@pytest.mark.django_db
def test_a_rule_that_fails_does_not_stop_the_others(rules):
    def broken(now):
        raise OSError("CANARI")

    retention.register(rule("a", broken))
    retention.register(rule("b", lambda now: 3))
    retention.register(rule("c", None))
    outcome = run_retention(now=NOW)
    assert outcome.counts == {"b": 3}
    assert outcome.errors == {"a": "OSError"}
