"""Writes hostile words into every free text of the database, whatever form or file they came by.

Found from the models: a new text field is poisoned without anybody thinking of it. Constraints and
append-only triggers are set aside where they stand in the way: an old row, an import or a bug may
hold what today's forms refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import DataError, IntegrityError, connection, models, transaction

from ensemblier.base.refusal import Refusal

FOLDERS = (
    "ensemblier.fund.",
    "ensemblier.base.people",
    "ensemblier.base.files",
    "ensemblier.library",
    "ensemblier.atelier",
)
# Not words: addresses, fingerprints, codes, keys, parts of a state machine.
TECHNICAL = {
    *("slug", "code", "number", "codes", "state", "kind", "strand", "zone", "about", "template"),
    *("siret", "rna", "token_digest", "password", "email", "name_key", "media_type", "subject"),
    *("sha256", "content_sha256", "previous_sha256", "digest", "fingerprint", "content_digest"),
    *("key", "expense_class", "edition", "page", "step", "fields", "query", "qpv_codes"),
    *("purpose", "kind_template", "grid_digest", "grid_version", "sealed_iban", "last4"),
    *("country", "version", "ip", "pdf_sha256", "confirmed_digest", "commune_codes", "siren"),
    *("stems_body", "stems_summary", "stems_title", "supplier_siren", "step_versions"),
    *("sheet_slug", "language"),
    *("iban", "sealed", "bic", "last_four", "search_name", "legal_basis", "shown_when_code"),
}  # fmt: skip
# Read back as a language of ours, refused at the door when wrong.
CODE = {"printing.FormTemplate.source", "atelier.PlanVersion.text"}
Words = Callable[[models.Field, int], str]


def free_texts() -> list[models.Field]:
    """Every CharField, TextField and JSONField that a person may have written."""
    return [
        field
        for model in apps.get_models()
        if model.__module__.startswith(FOLDERS) and model._meta.managed
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.CharField | models.TextField | models.JSONField)
        and not field.choices
        and not field.unique
        and not field.primary_key
        and field.name not in TECHNICAL
        and label(field) not in CODE
    ]


def label(field: models.Field) -> str:
    return f"{field.model._meta.label}.{field.name}"


def poison(words: Words) -> tuple[set[str], set[str]]:
    """Every filled place gets words(field, rank of the row). Gives what was written, and what the
    database refused."""
    with _without_guards():
        return _poison(words)


def _poison(words: Words) -> tuple[set[str], set[str]]:
    written, refused = set(), set()
    for field in free_texts():
        rows = list(field.model._base_manager.order_by("pk").values_list("pk", field.attname))
        for rank, (pk, value) in enumerate(rows):
            new = _replaced(field, value, words, rank)
            if new is None:
                continue
            try:
                with transaction.atomic():
                    field.model._base_manager.filter(pk=pk).update(**{field.attname: new})
            except (IntegrityError, DataError, Refusal):
                refused.add(label(field))
            else:
                written.add(label(field))
    return written, refused


def _replaced(field: models.Field, value: Any, words: Words, rank: int) -> Any:
    if isinstance(field, models.JSONField):
        return _in_json(value, words(field, rank)) if _has_words(value) else None
    if value is None or (value == "" and not field.blank):
        return None
    text = words(field, rank)
    return text[: field.max_length] if field.max_length else text


def _has_words(value: Any) -> bool:
    return any(" " in text for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _in_json(value: Any, text: str) -> Any:
    """Sentences are replaced; codes, dates and amounts stay, so that pages still read them."""
    if isinstance(value, str):
        return text if " " in value else value
    if isinstance(value, dict):
        return {key: _in_json(each, text) for key, each in value.items()}
    if isinstance(value, list):
        return [_in_json(each, text) for each in value]
    return value


@contextmanager
def _without_guards() -> Iterator[None]:
    """Triggers come back with the end of the test's transaction; the checks of SQLite, which are a
    setting of the connection, at the end of this block."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            yield
        finally:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
