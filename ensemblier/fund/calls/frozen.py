"""Triggers that keep a published call as it is, whoever writes to the database.

Only `published_at` going from nothing to a date may change a call; its grid and expenses neither
grow nor change. On SQLite rows may still be deleted, which Django's tests need; actions refuse it.
"""

MESSAGE = "Cet appel est publié : ses règles ne changent plus."
PUBLISHED = "(SELECT published_at FROM calls_call WHERE id = {row}.{key}) IS NOT NULL"
OF_CRITERION = (
    "(SELECT published_at FROM calls_call WHERE id = "
    "(SELECT call_id FROM calls_criterion WHERE id = {row}.criterion_id)) IS NOT NULL"
)
CHILDREN = {
    "calls_callexpense": PUBLISHED.replace("{key}", "call_id"),
    "calls_criterion": PUBLISHED.replace("{key}", "call_id"),
    "calls_subcriterion": OF_CRITERION,
}


def rules(vendor: str) -> list[tuple[str, str, str, str]]:
    """Name, table, event and condition of each trigger."""
    found = [("calls_call_frozen_update", "calls_call", "UPDATE", "OLD.published_at IS NOT NULL")]
    events = ["INSERT", "UPDATE"] + (["DELETE"] if vendor == "postgresql" else [])
    for table, condition in CHILDREN.items():
        for event in events:
            row = "NEW" if event == "INSERT" else "OLD"
            name = f"{table}_frozen_{event.lower()}"
            found.append((name, table, event, condition.format(row=row)))
    return found


def protect(vendor: str) -> list[str]:
    if vendor == "postgresql":
        return [
            # A condition of a trigger may not look into another table there: the body does.
            function_of(name, condition, event)
            + f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION {name}()"
            for name, table, event, condition in rules(vendor)
        ]
    return [
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        for name, table, event, condition in rules(vendor)
    ]


def function_of(name: str, condition: str, event: str) -> str:
    row = "OLD" if event == "DELETE" else "NEW"
    return f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {condition} THEN
        RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN {row};
END $$;
"""


def release(vendor: str) -> list[str]:
    if vendor == "postgresql":
        return [
            f"DROP TRIGGER IF EXISTS {name} ON {table}; DROP FUNCTION IF EXISTS {name}()"
            for name, table, _, _ in rules(vendor)
        ]
    return [f"DROP TRIGGER IF EXISTS {name}" for name, *_ in rules(vendor)]
