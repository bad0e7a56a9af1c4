"""A lake file with records of a held account can neither leave the list nor be replaced by one without them."""

from django.db import migrations

GUARD = """
CREATE FUNCTION traffic_held_file() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_code text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'audit: erasure needs READ COMMITTED, so that it sees the holds that stand now';
    END IF;
    PERFORM audit_refuse_held(ARRAY[]::text[]);
    IF OLD.account_hashes IS NULL THEN
        SELECT h.code INTO v_code FROM audit_legal_hold h
            WHERE h.state IN ('requested', 'in_force', 'release_requested') ORDER BY h.id LIMIT 1;
    ELSE
        SELECT h.code INTO v_code FROM unnest(OLD.account_hashes) AS o (account)
            JOIN audit_held_subject s ON s.subject_h = o.account
            JOIN audit_legal_hold h ON h.id = s.hold_id AND h.state IN ('requested', 'in_force', 'release_requested')
            WHERE TG_OP = 'DELETE' OR o.account <> ALL (NEW.account_hashes)
            ORDER BY h.id LIMIT 1;
    END IF;
    IF v_code IS NOT NULL THEN
        RAISE EXCEPTION 'held: % has records under legal hold %', OLD.path, v_code USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER held_file BEFORE DELETE ON traffic_lakefile FOR EACH ROW EXECUTE FUNCTION traffic_held_file();
CREATE TRIGGER held_file_changes BEFORE UPDATE ON traffic_lakefile FOR EACH ROW
    WHEN (OLD.path IS DISTINCT FROM NEW.path OR OLD.sha256 IS DISTINCT FROM NEW.sha256
        OR (OLD.account_hashes IS NOT NULL AND OLD.account_hashes IS DISTINCT FROM NEW.account_hashes))
    EXECUTE FUNCTION traffic_held_file();
"""


class Migration(migrations.Migration):
    dependencies = [("traffic", "0003_receipts_of_batches"), ("audit", "0005_hold_guards")]

    operations = [migrations.RunSQL(GUARD, reverse_sql="DROP FUNCTION traffic_held_file() CASCADE;")]
