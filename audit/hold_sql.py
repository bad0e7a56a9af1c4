"""The database's side of legal holds: two people, no way around, and no erasure that overtakes a hold.

Who erases takes the lock shared, who sets a hold takes it alone: after a hold has committed, no erasure that had not seen it can
still commit, and one that was under way is waited for.
"""

LOCK = 0x5711_401D  # one number for holds in Postgres' space of advisory locks

GUARD = f"""
CREATE FUNCTION audit_hold_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'audit: a legal hold is released, never deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock({LOCK});
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'requested' OR NEW.confirmed_by <> '' OR NEW.released_by <> '' THEN
            RAISE EXCEPTION 'audit: a legal hold begins as a request' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.code, NEW.reason, NEW.basis, NEW.requested_by, NEW.requested_at)
        IS DISTINCT FROM (OLD.code, OLD.reason, OLD.basis, OLD.requested_by, OLD.requested_at)
        OR (OLD.confirmed_by <> '' AND NEW.confirmed_by <> OLD.confirmed_by) THEN
        RAISE EXCEPTION 'audit: what a legal hold says is not changed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT (
        NEW.state = OLD.state
        OR (OLD.state = 'requested' AND NEW.state = 'in_force'
            AND audit_two_people(OLD.requested_by, NEW.confirmed_by))
        OR (OLD.state = 'requested' AND NEW.state = 'withdrawn')
        OR (OLD.state = 'in_force' AND NEW.state = 'release_requested' AND NEW.release_requested_by <> '')
        OR (OLD.state = 'release_requested' AND NEW.state = 'in_force')
        OR (OLD.state = 'release_requested' AND NEW.state = 'released'
            AND NEW.release_requested_by = OLD.release_requested_by
            AND audit_two_people(OLD.release_requested_by, NEW.released_by))
    ) THEN
        RAISE EXCEPTION 'audit: a legal hold is set and released by two people; % to % is refused', OLD.state, NEW.state
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION audit_two_people(p_first text, p_second text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT p_second <> '' AND split_part(p_first, ' ', 1) <> split_part(p_second, ' ', 1)
$$;
CREATE TRIGGER audit_hold_guard BEFORE INSERT OR UPDATE OR DELETE ON audit_legal_hold
    FOR EACH ROW EXECUTE FUNCTION audit_hold_guard();

CREATE FUNCTION audit_subject_hash(p_subject text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT ('x' || encode(substring(sha256(convert_to(p_subject, 'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint
$$;
CREATE FUNCTION audit_held_subject_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'audit: what is held stays named until the hold is released'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock({LOCK});
    NEW.subject_h := audit_subject_hash(NEW.subject);
    RETURN NEW;
END $$;
CREATE TRIGGER audit_held_subject_guard BEFORE INSERT OR UPDATE OR DELETE ON audit_held_subject
    FOR EACH ROW EXECUTE FUNCTION audit_held_subject_guard();

CREATE FUNCTION audit_refuse_held(p_subjects text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_subject text;
    v_code text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'audit: erasure needs READ COMMITTED, so that it sees the holds that stand now';
    END IF;
    PERFORM pg_advisory_xact_lock_shared({LOCK});
    SELECT s.subject, h.code INTO v_subject, v_code FROM audit_held_subject s JOIN audit_legal_hold h ON h.id = s.hold_id
        WHERE s.subject = ANY (p_subjects) AND h.state IN ('requested', 'in_force', 'release_requested')
        ORDER BY h.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'held: % is under legal hold %', v_subject, v_code USING ERRCODE = 'restrict_violation';
    END IF;
END $$;
"""

UNDO = """
DROP TRIGGER audit_hold_guard ON audit_legal_hold;
DROP TRIGGER audit_held_subject_guard ON audit_held_subject;
DROP FUNCTION audit_refuse_held(text[]);
DROP FUNCTION audit_held_subject_guard();
DROP FUNCTION audit_subject_hash(text);
DROP FUNCTION audit_hold_guard();
DROP FUNCTION audit_two_people(text, text);
"""


def held_rows_guard(table: str, subjects: str, columns: str = "") -> str:
    """SQL that refuses to delete a row of `table`, or to change its `columns`, while one of its `subjects` is held.

    `subjects` is a SQL expression of type text[] over OLD.
    """
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns.split(", "))
    update = f"""
CREATE TRIGGER hold_guard_changes BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({changed})
    EXECUTE FUNCTION hold_guard_{table}();"""
    return f"""
CREATE FUNCTION hold_guard_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM audit_refuse_held({subjects});
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hold_guard BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION hold_guard_{table}();
{update if columns else ""}"""


def drop_held_rows_guard(table: str) -> str:
    """SQL that takes the guard away again."""
    return f"DROP FUNCTION hold_guard_{table}() CASCADE;"
