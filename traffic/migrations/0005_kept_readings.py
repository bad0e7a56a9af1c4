"""Readings of the lake that pages show again; none outlives an erasure, since it may tell of what was erased."""

from django.db import migrations, models

FORGET = """
CREATE FUNCTION traffic_forget_readings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM traffic_lakereading;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_readings AFTER DELETE OR UPDATE OF path, sha256 ON traffic_lakefile
    FOR EACH STATEMENT EXECUTE FUNCTION traffic_forget_readings();
"""
REMEMBER = "DROP TRIGGER forget_readings ON traffic_lakefile; DROP FUNCTION traffic_forget_readings();"


class Migration(migrations.Migration):
    dependencies = [("traffic", "0004_held_files")]

    operations = [
        migrations.CreateModel(
            name="LakeReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("about", models.TextField(help_text="Which reading, such as harvest:C-0001", unique=True)),
                ("key", models.CharField(help_text="Digest of all that it was made from", max_length=64)),
                ("result", models.TextField(help_text="JSON; text, since jsonb takes no NUL")),
                ("kept_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.RunSQL(FORGET, REMEMBER),
    ]
