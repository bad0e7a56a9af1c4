"""`manage.py create_roles --as postgresql://superuser@host/postgres`: the three roles and the database, on a Postgres of your own."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

NAMES = {"DATABASE_URL": "app", "MIGRATE_DATABASE_URL": "owner", "AUDIT_DATABASE_URL": "audit"}


class Command(BaseCommand):
    help = "Make the owner's, the application's and the auditor's role and the database; print their addresses, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as", dest="superuser", required=True, help="address of a role that may create roles")
        parser.add_argument("--database", default="stillwatch", help="also the beginning of the roles' names")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["database"]
        passwords = {part: secrets.token_urlsafe(24) for part in NAMES.values()}
        try:
            with psycopg.connect(options["superuser"], autocommit=True) as connection:
                self._make(connection, name, passwords)
        except psycopg.Error as error:
            raise CommandError(f"Postgres refused: {str(error).strip()}") from None
        parts = conninfo_to_dict(options["superuser"])
        for variable, part in NAMES.items():
            known = {**parts, "user": f"{name}_{part}", "password": passwords[part], "dbname": name}
            self.stdout.write(f'{variable}="{make_conninfo(**known)}"')

    def _make(self, connection: psycopg.Connection[Any], name: str, passwords: dict[str, str]) -> None:
        app, owner, audit = (sql.Identifier(f"{name}_{part}") for part in ("app", "owner", "audit"))
        create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
        connection.execute(create.format(app, sql.Literal(passwords["app"])))
        connection.execute(create.format(audit, sql.Literal(passwords["audit"])))
        member = sql.SQL(" IN ROLE {}").format(app)  # the owner makes the queue's tables for the application
        connection.execute(create.format(owner, sql.Literal(passwords["owner"])) + member)
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
        database = sql.Identifier(name)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}, {}").format(database, app, audit))
