"""The PostgreSQL function that writes one checked transfer in one round trip, and the horizon.

Frozen once released: a change is a new function in a new migration.
"""

from ensemblier.base.ledger.models import Kind

# The answers: "done NUMBER"; "known NUMBER" (this key is written already); "exhausted CENTS" (the
# source has only these left); "settled" (the reservation is closed already); "absent" (no such
# account or reservation).
# Each UPDATE of a counter is the lock and the check in one; the lower account goes first.
PUT = f"""
CREATE OR REPLACE FUNCTION ledger_put(
    p_key uuid, p_kind integer, p_debit bigint, p_credit bigint, p_cents bigint,
    p_settles bigint, p_settled bigint, p_day date, p_reason text, p_reference varchar,
    p_actor bigint, p_created timestamptz, p_digest bytea
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    outcome text;
    row_id bigint;
    left_cents bigint;
    v_take bigint := CASE p_kind WHEN {Kind.VOID:d} THEN 0 ELSE p_cents END - p_settled;
    v_give bigint := CASE WHEN p_kind IN ({Kind.TRANSFER:d}, {Kind.POST:d}) THEN p_cents ELSE 0 END;
    v_taken boolean := false;
    v_given boolean;
BEGIN
    IF p_settles IS NOT NULL THEN
        PERFORM 1 FROM ledger_transfer WHERE id = p_settles AND kind = {Kind.RESERVE:d}
            AND debit_id = p_debit AND credit_id = p_credit AND cents = p_settled;
        IF NOT FOUND THEN RETURN 'absent'; END IF;
    END IF;
    SELECT floor_zero AND v_give <> 0 INTO v_given FROM ledger_account WHERE id = p_credit;
    IF NOT FOUND THEN RETURN 'absent'; END IF;
    IF v_given AND p_credit < p_debit THEN
        UPDATE ledger_counter SET available_cents = available_cents + v_give
        WHERE account_id = p_credit;
    END IF;
    LOOP
        UPDATE ledger_counter SET available_cents = available_cents - v_take
        WHERE account_id = p_debit AND available_cents >= v_take;
        v_taken := FOUND;
        EXIT WHEN v_taken;
        SELECT available_cents INTO left_cents FROM ledger_counter
        WHERE account_id = p_debit FOR UPDATE;
        EXIT WHEN NOT FOUND;
        IF left_cents < v_take THEN outcome := 'exhausted ' || left_cents; EXIT; END IF;
    END LOOP;
    IF outcome IS NULL AND NOT v_taken AND NOT EXISTS (
        SELECT FROM ledger_account WHERE id = p_debit
    ) THEN
        outcome := 'absent';
    END IF;
    IF v_given AND p_credit > p_debit THEN
        UPDATE ledger_counter SET available_cents = available_cents + v_give
        WHERE account_id = p_credit;
    END IF;
    IF outcome IS NULL THEN
        INSERT INTO ledger_transfer (key, kind, debit_id, credit_id, cents, settles_id,
            settled_cents, day, reason, reference, actor_id, created_at, digest)
        VALUES (p_key, p_kind, p_debit, p_credit, p_cents, p_settles,
            p_settled, p_day, p_reason, p_reference, p_actor, p_created, p_digest)
        ON CONFLICT DO NOTHING RETURNING id INTO row_id;
        IF FOUND THEN RETURN 'done ' || row_id; END IF;
        outcome := 'settled';
    END IF;
    /* Nothing was written: give the counters back, and see whether this very key was used. */
    IF v_taken THEN
        UPDATE ledger_counter SET available_cents = available_cents + v_take
        WHERE account_id = p_debit;
    END IF;
    IF v_given THEN
        UPDATE ledger_counter SET available_cents = available_cents - v_give
        WHERE account_id = p_credit;
    END IF;
    SELECT id INTO row_id FROM ledger_transfer WHERE key = p_key;
    RETURN CASE WHEN FOUND THEN 'known ' || row_id ELSE outcome END;
END $$
"""

# Waits for the transfers being written, so that every number up to the answer is decided. It runs
# with its owner's rights: the application's role may not lock the table.
HORIZON = """
CREATE OR REPLACE FUNCTION ledger_horizon() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    LOCK TABLE ledger_transfer IN SHARE MODE;
    RETURN (SELECT coalesce(max(id), 0) FROM ledger_transfer);
END $$
"""

DROP = (
    "DROP FUNCTION IF EXISTS ledger_put(uuid, integer, bigint, bigint, bigint, bigint, bigint, "
    "date, text, varchar, bigint, timestamptz, bytea)",
    "DROP FUNCTION IF EXISTS ledger_horizon()",
)
