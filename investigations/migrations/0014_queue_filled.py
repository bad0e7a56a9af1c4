"""Targets, what flagged the sessions that are there, and the queue's rows for all that waits already."""

from django.db import migrations

TARGETS = """
INSERT INTO investigations_reviewtarget (kind, hours)
VALUES ('campaign', 72), ('account', 336), ('lead', 336), ('approval', 24);
"""

RULES = """
UPDATE investigations_flaggedsession SET rule = CASE
    WHEN reason LIKE 'outside score %' THEN 'outside score ' || split_part(reason, ' ', 3)
    WHEN campaign_id IS NULL THEN 'lead' ELSE 'campaign' END
WHERE rule = '';
"""

ITEMS = """
SELECT queue_refresh_campaigns(array_agg(id)) FROM detection_campaign HAVING count(*) > 0;
SELECT queue_refresh_accounts(array_agg(DISTINCT account_id)) FROM investigations_flaggedsession HAVING count(*) > 0;
SELECT queue_refresh_decision(id) FROM investigations_decision ORDER BY id;
"""


class Migration(migrations.Migration):
    dependencies = [("investigations", "0013_queue_kept_by_triggers")]

    operations = [
        migrations.RunSQL(TARGETS, "DELETE FROM investigations_reviewtarget"),
        migrations.RunSQL(RULES, migrations.RunSQL.noop),
        migrations.RunSQL(ITEMS, "DELETE FROM investigations_queueitem"),
    ]
