"""What `ensemblier verify` proves besides the books: each concept above registers its own."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

# A proof gives (where, what) of each fault, in French.
Proof = Callable[[], list[tuple[str, str]]]
_proofs: dict[str, tuple[str, Proof]] = {}


def register(name: str, proof: Proof, *, app: str) -> None:
    """Called by a concept when the application starts; `name` is read after « Vérifié aussi ».

    `app` is the one whose tables the proof reads.
    """
    _proofs[name] = (app, proof)


def table() -> dict[str, Proof]:
    """Every proof by name, but those whose tables an upgrade that was cut did not make yet: it is
    the note of the migration that says so, so that a table taken away is still a fault."""
    made = {app for app, _ in MigrationRecorder(connection).applied_migrations()}
    return {name: proof for name, (app, proof) in sorted(_proofs.items()) if app in made}
