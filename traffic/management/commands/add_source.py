"""`manage.py add_source`: make a file or folder a watched source."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from staff.permissions import Worker
from traffic import services
from traffic.enums import Kind
from traffic.reading import CONNECTORS


class Command(BaseCommand):
    """Adds one source."""

    help = "Add a source; the worker pulls what is in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where it is and what it holds."""
        parser.add_argument("path", help="file or folder on the worker's machine")
        parser.add_argument("--kind", default=Kind.EXCHANGES, choices=Kind.values)
        parser.add_argument("--connector", default="", choices=["", *CONNECTORS], help="default: told from each file")
        parser.add_argument("--name", default="")
        parser.add_argument("--slug", default="")
        parser.add_argument("--no-watch", action="store_true", help="pull only when asked")
        parser.add_argument(
            "--columns", default="{}", help='JSON: our column to yours, as in {"account_id": "customer"}'
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Add the source or say why not."""
        try:
            columns = orjson.loads(options["columns"])
            source = services.add_source(
                actor=Worker("add-source-command"),
                path=options["path"],
                kind=options["kind"],
                connector=options["connector"],
                name=options["name"],
                slug=options["slug"],
                watch=not options["no_watch"],
                settings={"columns": columns} if columns else {},
            )
        except orjson.JSONDecodeError as error:
            raise CommandError(f"columns: {options['columns']!r} is not a JSON object: {error}") from None
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"Source {source.slug}: {source.path}")
