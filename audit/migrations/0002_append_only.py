"""The function that alone writes the trail, and the triggers that refuse change."""

from django.db import migrations

from audit import sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_audit_tables")]

    operations = [migrations.RunSQL(sql.APPEND + sql.REFUSE, reverse_sql=sql.UNDO)]
