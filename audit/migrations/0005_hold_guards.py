"""Two people for each step of a hold, and the function by which every table refuses to erase what is held."""

from django.db import migrations

from audit import hold_sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_legal_holds")]

    operations = [migrations.RunSQL(hold_sql.GUARD, reverse_sql=hold_sql.UNDO)]
