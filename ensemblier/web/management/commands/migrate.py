"""Django's `migrate`, each migration wholly done and noted, or not at all.

Django notes a migration after its transaction when indexes or foreign keys are made last: killed
in between, it would be done again, and fail on tables that are already there.
"""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.executor import MigrationExecutor


class WholeExecutor(MigrationExecutor):
    """Notes a migration in the transaction that does it."""

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
