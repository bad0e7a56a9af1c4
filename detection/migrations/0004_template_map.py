"""The versions of the map of near-duplicate skeletons."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("detection", "0003_campaign_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="TemplateMap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(unique=True)),
                (
                    "sketch_version",
                    models.PositiveSmallIntegerField(help_text="How skeletons were sketched; another one starts anew"),
                ),
                ("path", models.CharField(help_text="The map's file, below the folder of maps", max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "sketch_paths",
                    models.JSONField(default=list, help_text="The files of sketches that the map is grouped from"),
                ),
                ("n_skeletons", models.BigIntegerField()),
                ("n_new", models.BigIntegerField(help_text="Skeletons sketched for this version")),
                ("n_grouped", models.BigIntegerField(help_text="Skeletons that have near-duplicates")),
                ("created_at", models.DateTimeField()),
            ],
            options={"ordering": ("-version",)},
        ),
    ]
