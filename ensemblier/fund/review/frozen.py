"""Triggers that keep a given opinion and its scores as they were, whoever writes.

On SQLite rows may still be deleted, which Django's tests need; no action does it.
"""

MESSAGE = "Cet avis est rendu : il ne change plus."
OF_REVIEW = "(SELECT given_at FROM review_review WHERE id = {row}.review_id) IS NOT NULL"


def rules(vendor: str) -> list[tuple[str, str, str, str]]:
    """Name, table, event and condition of each trigger."""
    conditions = {"review_review": "{row}.given_at IS NOT NULL", "review_score": OF_REVIEW}
    found = []
    for table, condition in conditions.items():
        events = ["UPDATE"] + (["INSERT"] if table == "review_score" else [])
        for event in events + (["DELETE"] if vendor == "postgresql" else []):
            row = "NEW" if event == "INSERT" else "OLD"
            found.append(
                (f"{table}_frozen_{event.lower()}", table, event, condition.format(row=row))
            )
    return found


def protect(vendor: str) -> list[str]:
    statements = []
    for name, table, event, condition in rules(vendor):
        trigger = f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
        if vendor == "postgresql":
            # A condition of a trigger may not look into another table there: the body does.
            statements.append(function_of(name, condition, event))
            statements.append(f"{trigger} EXECUTE FUNCTION {name}()")
        else:
            statements.append(
                f"{trigger} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
    return statements


def function_of(name: str, condition: str, event: str) -> str:
    row = "OLD" if event == "DELETE" else "NEW"
    return f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {condition} THEN
        RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN {row};
END $$
"""


def release(vendor: str) -> list[str]:
    if vendor != "postgresql":
        return [f"DROP TRIGGER IF EXISTS {name}" for name, *_ in rules(vendor)]
    found = []
    for name, table, _, _ in rules(vendor):
        found.append(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        found.append(f"DROP FUNCTION IF EXISTS {name}()")
    return found
