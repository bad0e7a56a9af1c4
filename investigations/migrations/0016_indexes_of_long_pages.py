"""What the queue, a case and a case's timeline read at any size: snoozed items, accounts in order, sessions with a verdict."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("investigations", "0015_approvals_statements_appeals")]

    operations = [
        migrations.AddIndex(
            model_name="caseaccount", index=models.Index(fields=["case", "id"], name="case_account_order")
        ),
        migrations.AddIndex(
            model_name="flaggedsession",
            index=models.Index(
                fields=["account", "verdict_at"],
                name="flagged_verdicts",
                condition=models.Q(("verdict_at__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="queueitem",
            index=models.Index(
                fields=["snoozed_until"],
                name="queue_asleep",
                condition=models.Q(("is_open", True), ("snoozed_until__isnull", False)),
            ),
        ),
    ]
