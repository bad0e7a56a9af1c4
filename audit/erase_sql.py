"""The one change that an entry can take: its payload goes, with the salt; its digest, its place and a later entry that says so stay."""

ALLOW = r"""
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_event' THEN
        IF OLD.payload <> '' AND NEW.payload = '' AND NEW.subject = 'erased'
            AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
            AND (NEW.id, NEW.chain, NEW.seq, NEW.at, NEW.actor, NEW.action, NEW.payload_sha256, NEW.prev_hash, NEW.entry_hash)
                IS NOT DISTINCT FROM
                (OLD.id, OLD.chain, OLD.seq, OLD.at, OLD.actor, OLD.action, OLD.payload_sha256, OLD.prev_hash, OLD.entry_hash)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit: events are append-only; % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_erase(p_chain text, p_seq bigint, p_actor text, p_payload text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_subject text;
    v_digest text;
BEGIN
    SELECT subject, payload_sha256 INTO v_subject, v_digest FROM audit_event
        WHERE chain = p_chain AND seq = p_seq AND payload <> '';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM audit_refuse_held(ARRAY[v_subject, p_chain]);
    IF p_payload::json ->> 'action' IS DISTINCT FROM 'payload.erased'
        OR p_payload::json ->> 'subject' IS DISTINCT FROM 'entry:' || p_chain || '/' || p_seq
        OR p_payload::json -> 'facts' ->> 'payload_sha256' IS DISTINCT FROM v_digest THEN
        RAISE EXCEPTION 'audit: an erasure is recorded as payload.erased on the entry, with its digest';
    END IF;
    UPDATE audit_event SET payload = '', subject = 'erased', erased_at = clock_timestamp()
        WHERE chain = p_chain AND seq = p_seq;
    PERFORM audit_append(p_chain, p_actor, ARRAY[p_payload]);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION audit_erase(text, bigint, text, text) FROM PUBLIC;
"""

CHECKPOINTS = r"""
CREATE FUNCTION audit_checkpoint_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.number, NEW.hour, NEW.purpose, NEW.made_at, NEW.n_chains, NEW.text_sha256, NEW.secret)
        IS NOT DISTINCT FROM (OLD.number, OLD.hour, OLD.purpose, OLD.made_at, OLD.n_chains, OLD.text_sha256, OLD.secret)
        AND (OLD.finished_at IS NULL OR NEW IS NOT DISTINCT FROM OLD)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit: checkpoints are kept as they were made; % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_checkpoint_guard BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION audit_checkpoint_guard();
CREATE TRIGGER audit_checkpoint_head_guard BEFORE UPDATE OR DELETE ON audit_checkpoint_head
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
"""

UNDO_CHECKPOINTS = """
DROP TRIGGER audit_checkpoint_head_guard ON audit_checkpoint_head;
DROP FUNCTION audit_checkpoint_guard() CASCADE;
"""
UNDO = "DROP FUNCTION audit_erase(text, bigint, text, text);"
