"""The PostgreSQL function that writes one checked transfer in one round trip, and the horizon.

Frozen once released: a change is a new function in a new migration.
"""

# The outcomes: done; known (this key is written already); exhausted (the source has too little
# left); settled (the reservation is closed already); absent (no such account or reservation).
PUT = """
CREATE OR REPLACE FUNCTION ledger_put(
    p_key uuid, p_kind varchar, p_debit bigint, p_credit bigint, p_cents bigint,
    p_settles bigint, p_settled bigint, p_day date, p_reason text, p_reference varchar,
    p_actor bigint, p_created timestamptz, p_digest bytea,
    OUT outcome text, OUT row_id bigint, OUT left_cents bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_take bigint;  -- leaves what the source has available
    v_give bigint;  -- joins what the destination has available
    v_held record;
    v_floored_credit boolean := false;
BEGIN
    SELECT id INTO row_id FROM ledger_transfer WHERE key = p_key;
    IF FOUND THEN outcome := 'known'; RETURN; END IF;
    IF (SELECT count(*) FROM ledger_account WHERE id IN (p_debit, p_credit)) <> 2 THEN
        outcome := 'absent'; RETURN;
    END IF;
    IF p_settles IS NOT NULL THEN
        PERFORM 1 FROM ledger_transfer WHERE id = p_settles AND kind = 'reserve'
            AND debit_id = p_debit AND credit_id = p_credit AND cents = p_settled;
        IF NOT FOUND THEN outcome := 'absent'; RETURN; END IF;
    END IF;
    v_take := CASE p_kind WHEN 'void' THEN 0 ELSE p_cents END - p_settled;
    v_give := CASE WHEN p_kind IN ('transfer', 'post') THEN p_cents ELSE 0 END;
    FOR v_held IN
        SELECT account_id, available_cents FROM ledger_counter
        WHERE account_id IN (p_debit, p_credit) ORDER BY account_id
        FOR UPDATE /* the lock, in ascending account */
    LOOP
        IF v_held.account_id = p_debit THEN left_cents := v_held.available_cents;
        ELSE v_floored_credit := true; END IF;
    END LOOP;
    /* between lock and check */
    IF v_take > left_cents THEN
        SELECT id INTO row_id FROM ledger_transfer WHERE key = p_key;
        outcome := CASE WHEN FOUND THEN 'known' ELSE 'exhausted' END; RETURN;
    END IF;
    /* between check and write */
    INSERT INTO ledger_transfer (key, kind, debit_id, credit_id, cents, settles_id, settled_cents,
        day, reason, reference, actor_id, created_at, digest)
    VALUES (p_key, p_kind, p_debit, p_credit, p_cents, p_settles, p_settled,
        p_day, p_reason, p_reference, p_actor, p_created, p_digest)
    ON CONFLICT DO NOTHING RETURNING id INTO row_id;
    IF row_id IS NULL THEN
        SELECT id INTO row_id FROM ledger_transfer WHERE key = p_key;
        outcome := CASE WHEN FOUND THEN 'known' ELSE 'settled' END; RETURN;
    END IF;
    IF left_cents IS NOT NULL AND v_take <> 0 THEN
        UPDATE ledger_counter SET available_cents = available_cents - v_take
        WHERE account_id = p_debit;
    END IF;
    IF v_floored_credit AND v_give <> 0 THEN
        UPDATE ledger_counter SET available_cents = available_cents + v_give
        WHERE account_id = p_credit;
    END IF;
    outcome := 'done';
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
    "DROP FUNCTION IF EXISTS ledger_put(uuid, varchar, bigint, bigint, bigint, bigint, bigint, "
    "date, text, varchar, bigint, timestamptz, bytea)",
    "DROP FUNCTION IF EXISTS ledger_horizon()",
)
