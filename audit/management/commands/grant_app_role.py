"""`manage.py grant_app_role ROLE`: what the application's database role may do, set by the owner after migrations."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from psycopg import sql

STATEMENTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON audit_event, audit_head FROM {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
    "REVOKE DELETE, TRUNCATE ON audit_checkpoint, audit_checkpoint_head, audit_legal_hold, audit_held_subject FROM {role}",
    "REVOKE DELETE, TRUNCATE ON audit_signing_key, audit_verification, audit_erasure_request FROM {role}",
    "GRANT EXECUTE ON FUNCTION audit_append(text, text, text[]) TO {role}",
    "GRANT EXECUTE ON FUNCTION audit_erase(text, bigint, text, text) TO {role}",
)


class Command(BaseCommand):
    help = "Let the application's role use the tables, and only append to the audit trail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", help="the database role that the web server and the workers sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        role = sql.Identifier(options["role"])
        with connection.cursor() as cursor:
            for statement in STATEMENTS:
                cursor.execute(sql.SQL(statement).format(role=role))
        self.stdout.write(f"{options['role']} may use the tables and only append to the audit trail")
