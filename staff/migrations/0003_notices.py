import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0002_personal_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("mentioned", "somebody mentions me"),
                            ("assigned", "somebody gives me work"),
                            ("approval", "a decision waits for my approval"),
                            ("due_soon", "something of mine is due soon"),
                            ("overdue", "something of mine is overdue"),
                            ("enforcement_failed", "accounts of a decision could not be enforced"),
                        ],
                        max_length=24,
                    ),
                ),
                ("key", models.CharField(help_text="The occasion, such as note:17; it is told once", max_length=120)),
                (
                    "subject",
                    models.CharField(help_text="The id of what it is about, such as CASE-2026-0001", max_length=60),
                ),
                (
                    "n",
                    models.IntegerField(default=1, help_text="Of how many things; the subject is the first of them"),
                ),
                ("path", models.CharField(help_text="Where it leads on the desk", max_length=300)),
                ("told_at", models.DateTimeField(default=core.clock.now)),
                ("on_desk", models.BooleanField(default=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("by_mail", models.BooleanField(default=False, help_text="Still to be mailed")),
                ("mailed_at", models.DateTimeField(null=True)),
                ("mail_attempts", models.IntegerField(default=0)),
                ("mail_error", models.TextField(blank=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("on_desk", True)), fields=["person", "-id"], name="notice_list"),
                    models.Index(
                        condition=models.Q(("on_desk", True), ("read_at__isnull", True)),
                        fields=["person"],
                        name="notice_unread",
                    ),
                    models.Index(condition=models.Q(("by_mail", True)), fields=["person", "id"], name="notice_to_mail"),
                    models.Index(fields=["person", "-mailed_at"], name="notice_mailed"),
                ],
                "constraints": [models.UniqueConstraint(fields=("person", "kind", "key"), name="notice_once")],
            },
        ),
    ]
