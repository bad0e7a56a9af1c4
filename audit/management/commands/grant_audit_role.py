"""`manage.py grant_audit_role ROLE`: what the auditor's database role may do: read the trail, and nothing else."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from psycopg import sql

TABLES = (
    "audit_event",
    "audit_head",
    "audit_checkpoint",
    "audit_checkpoint_head",
    "audit_verification",
    "audit_signing_key",
    "audit_legal_hold",
    "audit_held_subject",
    "audit_erasure_request",
    "django_migrations",
)


class Command(BaseCommand):
    help = "Let the auditor's role read the audit trail, its checkpoints, keys and holds, and nothing else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", help="the database role that `manage.py verify_audit` signs in with")

    def handle(self, *args: Any, **options: Any) -> None:
        role = sql.Identifier(options["role"])
        tables = sql.SQL(", ").join(map(sql.Identifier, TABLES))
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
            cursor.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role))
            cursor.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(tables, role))
        self.stdout.write(f"{options['role']} may read the audit trail")
