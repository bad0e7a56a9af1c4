"""Thresholds that people set, one row a change."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("detection", "0006_scores_by_account"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tuning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(choices=[("live", "live"), ("shadow", "shadow")], max_length=16)),
                (
                    "thresholds",
                    models.JSONField(
                        default=dict,
                        help_text="Name and number; a name that is missing keeps its default. Empty shadow: none runs",
                    ),
                ),
                ("reason", models.TextField()),
                ("set_by", models.TextField()),
                ("set_at", models.DateTimeField()),
                (
                    "tried_on",
                    models.ForeignKey(
                        help_text="The back-test behind it",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="detection.detectionrun",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
    ]
