"""How far a file was read is a count, an offset and a digest, so that a replaced file is noticed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("traffic", "0001_traffic_tables")]

    operations = [
        migrations.AddField(
            "pulledfile",
            "offset",
            models.BigIntegerField(default=0, help_text="Bytes behind the cursor, after decompression; 0 for tables"),
        ),
        migrations.AddField(
            "pulledfile",
            "message",
            models.TextField(blank=True, default="", help_text="Why reading stopped early"),
            preserve_default=False,
        ),
        migrations.AlterField(
            "pulledfile",
            "sha256",
            models.CharField(blank=True, help_text="Of those bytes; of the whole file for tables", max_length=64),
        ),
        migrations.AlterField(
            "pulledfile",
            "done",
            models.BooleanField(default=False, help_text="Nothing more can be read until size or time changes"),
        ),
    ]
