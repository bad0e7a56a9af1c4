"""Every identifier is counted on an account's page, so each has an index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_search_by_words"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="apiaccount",
            index=models.Index(fields=["email_pattern"], name="account_email_pattern"),
        ),
        migrations.AddIndex(
            model_name="apiaccount",
            index=models.Index(fields=["phone_fp"], name="account_phone"),
        ),
        migrations.AddIndex(
            model_name="apiaccount",
            index=models.Index(fields=["device_fp"], name="account_device"),
        ),
    ]
