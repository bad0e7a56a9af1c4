"""What one account is called where a machine names it: an API account."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("accounts", "0004_every_identifier_counted"),)

    operations = (migrations.AlterModelOptions(name="apiaccount", options={"verbose_name": "API account"}),)
