"""Triggers that make a table grow only: no UPDATE, no DELETE, and on PostgreSQL no TRUNCATE."""

from typing import Any

MESSAGE = "Cette table ne fait que grandir : ajoutez une écriture qui corrige."
FUNCTION = f"""
CREATE OR REPLACE FUNCTION ensemblier_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{MESSAGE} (%)', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
"""


def names(vendor: str, table: str) -> list[str]:
    """The triggers that a protected table carries."""
    kinds = ["update", "delete", "truncate"] if vendor == "postgresql" else ["update", "delete"]
    return [f"{table}_no_{kind}" for kind in kinds]


def protect(vendor: str, table: str) -> list[str]:
    """The SQL that protects a table."""
    if vendor == "postgresql":
        rows = [
            f"CREATE TRIGGER {table}_no_{kind} BEFORE {kind.upper()} ON {table} "
            f"FOR EACH {'STATEMENT' if kind == 'truncate' else 'ROW'} "
            "EXECUTE FUNCTION ensemblier_append_only()"
            for kind in ("update", "delete", "truncate")
        ]
        return [FUNCTION, *rows]
    return [
        f"CREATE TRIGGER {table}_no_{kind} BEFORE {kind.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        for kind in ("update", "delete")
    ]


def release(vendor: str, table: str) -> list[str]:
    """The SQL that takes the protection away (a migration undone, and the tests' own clean-up)."""
    on = f" ON {table}" if vendor == "postgresql" else ""
    return [f"DROP TRIGGER IF EXISTS {name}{on}" for name in names(vendor, table)]


def missing(connection: Any, *tables: str) -> list[str]:
    """The triggers that should be there, in force, and are not."""
    if connection.vendor == "postgresql":
        query = (
            "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE t.tgenabled IN ('O', 'A') AND p.proname = 'ensemblier_append_only' "
            "AND p.prosrc LIKE '%RAISE EXCEPTION%' "
            "AND pg_table_is_visible(c.oid)"
        )
        wanted = {name: name for table in tables for name in names("postgresql", table)}
    else:
        query = "SELECT sql FROM sqlite_master WHERE type = 'trigger'"
        wanted = {
            sql: name
            for table in tables
            for name, sql in zip(names("sqlite", table), protect("sqlite", table), strict=True)
        }
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    return [name for key, name in wanted.items() if key not in present]


def migration_steps(*tables: str) -> tuple[Any, Any]:
    """Forward and backward functions for RunPython."""

    def forward(apps: Any, editor: Any) -> None:
        for table in tables:
            for sql in protect(editor.connection.vendor, table):
                editor.execute(sql, None)

    def backward(apps: Any, editor: Any) -> None:
        for table in tables:
            for sql in release(editor.connection.vendor, table):
                editor.execute(sql, None)

    return forward, backward
