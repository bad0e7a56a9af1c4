"""The database's side of the trail: it alone sets `seq`, `at` and the hashes, and it refuses change."""

APPEND = r"""
CREATE FUNCTION audit_append(p_chain text, p_actor text, p_payloads text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_seq bigint;
    v_hash text;
    v_at timestamptz := clock_timestamp();
    v_at_text text;
    v_payload text;
    v_digest text;
    v_digests text[] := '{}';
    v_previous text[] := '{}';
    v_entries text[] := '{}';
    v_first bigint;
BEGIN
    IF position(E'\n' in p_chain) > 0 OR position(E'\n' in p_actor) > 0 THEN
        RAISE EXCEPTION 'audit: chain and actor are one line each';
    END IF;
    IF cardinality(p_payloads) = 0 THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit_head (chain, seq, entry_hash) VALUES (p_chain, 0, repeat('0', 64)) ON CONFLICT DO NOTHING;
    SELECT seq, entry_hash INTO v_seq, v_hash FROM audit_head WHERE chain = p_chain FOR UPDATE;
    v_at_text := to_char(v_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    v_first := v_seq + 1;
    FOREACH v_payload IN ARRAY p_payloads LOOP
        v_seq := v_seq + 1;
        v_digest := encode(sha256(convert_to(v_payload, 'UTF8')), 'hex');
        v_previous := v_previous || v_hash;
        v_hash := encode(sha256(convert_to(
            'casefile-audit-v1' || E'\n' || p_chain || E'\n' || v_seq || E'\n' || v_at_text || E'\n' || p_actor || E'\n'
            || v_hash || E'\n' || v_digest || E'\n', 'UTF8')), 'hex');
        v_digests := v_digests || v_digest;
        v_entries := v_entries || v_hash;
    END LOOP;
    INSERT INTO audit_event
        (chain, seq, at, actor, action, subject, payload, payload_sha256, prev_hash, entry_hash)
    SELECT p_chain, v_first + t.n - 1, v_at, p_actor, t.payload::json ->> 'action', t.payload::json ->> 'subject',
           t.payload, t.digest, t.previous, t.entry
    FROM unnest(p_payloads, v_digests, v_previous, v_entries) WITH ORDINALITY
         AS t (payload, digest, previous, entry, n)
    ORDER BY t.n;
    UPDATE audit_head SET seq = v_seq, entry_hash = v_hash WHERE chain = p_chain;
    RETURN v_seq;
END $$;
REVOKE ALL ON FUNCTION audit_append(text, text, text[]) FROM PUBLIC;
"""

REFUSE = r"""
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit: events are append-only; % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""

UNDO = r"""
DROP TRIGGER audit_event_append_only ON audit_event;
DROP TRIGGER audit_event_no_truncate ON audit_event;
DROP TRIGGER audit_head_no_delete ON audit_head;
DROP TRIGGER audit_head_no_truncate ON audit_head;
DROP FUNCTION audit_refuse();
DROP FUNCTION audit_append(text, text, text[]);
"""
