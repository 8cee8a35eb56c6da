"""Triggers that keep a published call as it is, whoever writes to the database.

Only `published_at` going from nothing to a date may change a call; its grid, expenses, papers,
questions and desks neither grow nor change, and no row moves into it. Its notices are only added.
On SQLite rows may still be deleted, which Django's tests need; actions refuse it.

A migration that changes a table of `calls` releases these first and protects again after it:
SQLite makes the table anew and would lose them.
"""

MESSAGE = "Cet appel est publié : ses règles ne changent plus."
KEPT = "Un avis publié ne change plus."
PUBLISHED = "(SELECT published_at FROM calls_call WHERE id = {row}.call_id) IS NOT NULL"
OF_CRITERION = (
    "(SELECT published_at FROM calls_call WHERE id = "
    "(SELECT call_id FROM calls_criterion WHERE id = {row}.criterion_id)) IS NOT NULL"
)
# What migration 0002 protects, and what the later ones do.
FIRST = {
    "calls_callexpense": PUBLISHED,
    "calls_criterion": PUBLISHED,
    "calls_subcriterion": OF_CRITERION,
}
ALL = FIRST | dict.fromkeys(
    ("calls_paper", "calls_question", "calls_desk"), PUBLISHED
)  # What migration 0005 adds.
OF_JURY = {"calls_college": PUBLISHED}

Rule = tuple[str, str, str, str, str]


def first_rules(vendor: str) -> list[Rule]:
    """Those of migration 0002, which did not look at where a changed row goes."""
    return _rules(vendor, FIRST, both_sides=False)


def rules(vendor: str) -> list[Rule]:
    """Name, table, event, condition and message of each trigger."""
    found = _rules(vendor, ALL, both_sides=True)
    events = ["UPDATE"] + (["DELETE"] if vendor == "postgresql" else [])
    for event in events:
        name = f"calls_callnotice_kept_{event.lower()}"
        found.append((name, "calls_callnotice", event, "1 = 1", KEPT))
        # An envelope may join a published call; none leaves it.
        name = f"calls_call_envelopes_frozen_{event.lower()}"
        condition = PUBLISHED.format(row="OLD")
        found.append((name, "calls_call_envelopes", event, condition, MESSAGE))
    return found


def jury_rules(vendor: str) -> list[Rule]:
    """The colleges of a published call neither grow nor change."""
    return _rules(vendor, OF_JURY, both_sides=True)[1:]  # the call's own trigger is there already


def _rules(vendor: str, tables: dict[str, str], *, both_sides: bool) -> list[Rule]:
    condition = "OLD.published_at IS NOT NULL"
    found = [("calls_call_frozen_update", "calls_call", "UPDATE", condition, MESSAGE)]
    events = ["INSERT", "UPDATE"] + (["DELETE"] if vendor == "postgresql" else [])
    for table, condition in tables.items():
        for event in events:
            sides = {"INSERT": ["NEW"], "DELETE": ["OLD"], "UPDATE": ["OLD"]}[event]
            if event == "UPDATE" and both_sides:
                sides = ["OLD", "NEW"]
            name = f"{table}_frozen_{event.lower()}"
            whole = " OR ".join(condition.format(row=side) for side in sides)
            found.append((name, table, event, whole, MESSAGE))
    return found


def protect(vendor: str, found: list[Rule] | None = None) -> list[str]:
    """What creates these triggers; without a list, those of migration 0002."""
    found = first_rules(vendor) if found is None else found
    if vendor == "postgresql":
        return [
            # A condition of a trigger may not look into another table there: the body does.
            function_of(name, condition, event, message)
            + f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION {name}()"
            for name, table, event, condition, message in found
        ]
    return [
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        for name, table, event, condition, message in found
    ]


def function_of(name: str, condition: str, event: str, message: str) -> str:
    row = "OLD" if event == "DELETE" else "NEW"
    return f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {condition} THEN
        RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN {row};
END $$;
"""


def release(vendor: str, found: list[Rule] | None = None) -> list[str]:
    """What drops them; without a list, those of migration 0002."""
    found = first_rules(vendor) if found is None else found
    if vendor == "postgresql":
        return [
            f"DROP TRIGGER IF EXISTS {name} ON {table}; DROP FUNCTION IF EXISTS {name}()"
            for name, table, *_ in found
        ]
    return [f"DROP TRIGGER IF EXISTS {name}" for name, *_ in found]
