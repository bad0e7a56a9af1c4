"""Payloads can be erased with a record of it; checkpoints stay as they were made."""

from django.db import migrations

from audit import erase_sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_checkpoints_and_verifications")]

    operations = [
        migrations.RunSQL(erase_sql.ALLOW, reverse_sql=erase_sql.UNDO),
        migrations.RunSQL(erase_sql.CHECKPOINTS, reverse_sql=erase_sql.UNDO_CHECKPOINTS),
    ]
