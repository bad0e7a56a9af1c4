"""The members table of a campaign page is read in its own order, whatever the campaign's size."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("detection", "0008_template_words")]

    operations = [
        migrations.AddIndex(
            model_name="campaignmember", index=models.Index(fields=["campaign", "-k", "id"], name="member_most")
        )
    ]
