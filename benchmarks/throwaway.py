"""A migrated Postgres that lives as long as one benchmark, and Django set up on it."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.embedded_postgres import EmbeddedPostgres


@contextmanager
def own_database(*, durable: bool = False, **environment: str) -> Iterator[EmbeddedPostgres]:
    """Start it, migrate it and drop it afterwards. Once a process, since Django is set up once a process.

    `durable` waits for the disk at each commit, as a real desk does; `environment` is read by the settings.
    """
    from core.embedded_postgres import EmbeddedPostgres

    with (
        tempfile.TemporaryDirectory(prefix="stillwatch-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "pg", durable=durable) as server,
    ):
        owner = server.database_url("owner")
        os.environ.update(
            DATABASE_URL=owner,
            MIGRATE_DATABASE_URL=owner,
            CELERY_BROKER_URL="memory://",
            SECRET_KEY=secrets.token_urlsafe(50),
            STILLWATCH_VAR=folder,
            DJANGO_SETTINGS_MODULE="config.settings",
            ALLOWED_HOSTS="testserver",
            DEBUG="false",
            HTTPS="false",
            STATIC_FORM="plain",
            **environment,
        )
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield server
        finally:
            for connection in connections.all():
                connection.close()
                if hasattr(connection, "close_pool"):
                    connection.close_pool()
