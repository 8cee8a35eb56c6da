"""What the migrations of the next release are made of."""

from __future__ import annotations

import os
from typing import Any

from django.db.migrations.operations.base import Operation

from tests.architecture.source import ROOT

# The negative control: what becomes of a migration that is not one transaction.
ATOMIC = os.environ.get("NEXT_RELEASE_ATOMIC", "yes") == "yes"


class Elsewhere(Operation):
    """An operation on another application's model."""

    def __init__(self, label: str, operation: Any) -> None:
        self.label, self.operation = label, operation

    def state_forwards(self, app_label: str, state: Any) -> None:
        self.operation.state_forwards(self.label, state)

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        self.operation.database_forwards(self.label, editor, before, after)


def last_of(folder: str) -> str:
    """The name of an application's last migration."""
    return max(path.stem for path in (ROOT / folder / "migrations").glob("0*.py"))


def note_each(apps: Any, editor: Any) -> None:
    """A value rewritten row by row."""
    for row in apps.get_model("people", "Organisation").objects.order_by("pk"):
        row.next_note = f"repris {row.pk}"
        row.save(update_fields=["next_note"])


def visit_each(apps: Any, editor: Any) -> None:
    """A row added beside each row."""
    visit = apps.get_model("next_release", "Visit")
    for row in apps.get_model("people", "Organisation").objects.order_by("pk"):
        visit.objects.create(organisation=row, cents=row.pk)
