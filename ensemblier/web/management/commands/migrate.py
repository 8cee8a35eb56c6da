"""Django's `migrate`, each migration wholly done and noted, or not at all.

Django notes a migration after its transaction when indexes or foreign keys are made last: killed
in between, it would be done again, and fail on tables that are already there.

It is also faster on an empty database (twice, 74 migrations): to add one column, Django renders
again every model that any chain of foreign keys reaches, which here is all of them. The table's own
model is enough to add to it. What changes or renames a column keeps Django's rule, and what reads
rows (RunPython) gets every model rendered anew, as always.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.core.management.commands import migrate
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

FAR = ProjectState._find_reload_model
# What may touch the columns that others point at.
FAR_REACHING = ("alter_field", "rename_field", "rename_model", "remove_field", "remove_model")


def itself(self: Any, app_label: str, model_name: str, delay: bool = False) -> set[Any]:
    """The models to render again: that one; the rest before rows are read (`is_delayed`)."""
    self.is_delayed = True
    return {(app_label, model_name)}


def far(change: Callable[..., Any]) -> Callable[..., Any]:
    """The same change of state, by Django's own rule."""

    def changed(self: Any, *arguments: Any, **options: Any) -> Any:
        with patch.object(ProjectState, "_find_reload_model", FAR):
            return change(self, *arguments, **options)

    return changed


@contextmanager
def rendering_less() -> Iterator[None]:
    changes = {name: far(getattr(ProjectState, name)) for name in FAR_REACHING}
    with patch.multiple(ProjectState, _find_reload_model=itself, **changes):
        yield


class WholeExecutor(MigrationExecutor):
    """Notes a migration in the transaction that does it."""

    def migrate(self, *arguments: Any, **options: Any) -> Any:
        with rendering_less():
            return super().migrate(*arguments, **options)

    def apply_migration(
        self, state: Any, migration: Any, fake: bool = False, fake_initial: bool = False
    ) -> Any:
        if fake or fake_initial:
            return super().apply_migration(state, migration, fake, fake_initial)
        if self.progress_callback:
            self.progress_callback("apply_start", migration, fake)
        with self.connection.schema_editor(atomic=migration.atomic) as editor:
            state = migration.apply(state, editor)
            for statement in editor.deferred_sql:
                editor.execute(statement, None)
            editor.deferred_sql.clear()
            self.record_migration(migration)
        if self.progress_callback:
            self.progress_callback("apply_success", migration, fake)
        return state


# Django's command finds its executor by this name.
migrate.MigrationExecutor = WholeExecutor  # type: ignore[misc]


class Command(migrate.Command):
    """The same command, with that executor."""
