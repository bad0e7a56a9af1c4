"""Evidence that is under a legal hold can be neither deleted nor changed, whoever asks the database."""

from django.db import migrations

from audit.hold_sql import drop_held_rows_guard, held_rows_guard

CASE = "ARRAY(SELECT 'case:' || code FROM investigations_case WHERE id = OLD.case_id)"
ACCOUNT = "ARRAY(SELECT 'account:' || account_id FROM accounts_apiaccount WHERE id = OLD.account_id)"
SAMPLE = (
    "ARRAY(SELECT 'account:' || a.account_id FROM investigations_flaggedsession s"
    " JOIN accounts_apiaccount a ON a.id = s.account_id WHERE s.id = OLD.session_id)"
)
DECISION = (
    "ARRAY(SELECT 'case:' || c.code FROM investigations_decision d"
    " JOIN investigations_case c ON c.id = d.case_id WHERE d.id = OLD.decision_id)"
)
TEXTS = "prompt, response, system_prompt, prompt_sha256, response_sha256, raw_sha256"
GUARDS = (
    ("investigations_case", "ARRAY['case:' || OLD.code]", "code"),
    ("investigations_exhibit", CASE, "content, content_sha256, reason, ref, kind"),
    ("investigations_note", CASE, "text"),
    ("investigations_counselnote", CASE, "text, basis, kind"),
    ("investigations_caseexport", CASE, ""),
    ("investigations_decision", CASE, "reason, clause, benign_reading"),
    ("investigations_approval", DECISION, "approved, reason"),
    ("investigations_decisionitem", DECISION, ""),
    ("investigations_sampleprompt", SAMPLE, TEXTS),
    ("investigations_flaggedsession", ACCOUNT, ""),
    ("accounts_apiaccount", "ARRAY['account:' || OLD.account_id]", "account_id"),
    ("accounts_statuschange", ACCOUNT, ""),
)

# An account that joins a held case is held with it.
JOINS = """
CREATE FUNCTION hold_joining_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_held_subject (hold_id, subject, subject_h)
    SELECT h.id, 'account:' || a.account_id, 0
    FROM added
    JOIN investigations_case c ON c.id = added.case_id
    JOIN audit_held_subject s ON s.subject = 'case:' || c.code
    JOIN audit_legal_hold h ON h.id = s.hold_id AND h.state IN ('requested', 'in_force', 'release_requested')
    JOIN accounts_apiaccount a ON a.id = added.account_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER hold_joining_account AFTER INSERT ON investigations_caseaccount
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION hold_joining_account();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("investigations", "0005_selections_and_protected_list"),
        ("accounts", "0001_account_tables"),
        ("audit", "0005_hold_guards"),
    ]

    operations = [
        *(migrations.RunSQL(held_rows_guard(*guard), reverse_sql=drop_held_rows_guard(guard[0])) for guard in GUARDS),
        migrations.RunSQL(
            JOINS,
            reverse_sql="DROP TRIGGER hold_joining_account ON investigations_caseaccount;"
            " DROP FUNCTION hold_joining_account();",
        ),
    ]
