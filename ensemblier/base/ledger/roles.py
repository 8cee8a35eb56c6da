"""The rights of the application's role on PostgreSQL: it adds to the books, it never changes them.

The role that owns the tables runs the migrations; the server connects as the restricted one.
"""

GROWING = (
    "ledger_account",
    "ledger_transfer",
    "ledger_block",
    "journal_event",
    "journal_refusedattempt",
)


def grants(role: str) -> list[str]:
    """The statements that restrict `role`, to be run by the owner after each migration."""
    if not role.replace("_", "").isalnum():
        raise ValueError("un nom de rôle n'a que des lettres, des chiffres et _")
    tables = ", ".join(GROWING)
    return [
        f'GRANT USAGE ON SCHEMA public TO "{role}"',
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}"',
        f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}"',
        f'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO "{role}"',
        f'REVOKE ALL ON {tables} FROM "{role}"',
        f'GRANT SELECT, INSERT ON {tables} TO "{role}"',
        f'REVOKE DELETE ON ledger_counter FROM "{role}"',
    ]
