"""A Postgres for the length of a test run."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.embedded_postgres import APP, EmbeddedPostgres
from core.lifeline import Lifeline


@dataclass
class Cluster:
    """Two roles on one server: the owner makes the test database, the application's role is tried against it."""

    folder: Path
    owner_url: str
    app_role: str
    app_url: Callable[[str], str]
    close: Callable[[], None]


def open_cluster() -> Cluster:
    """The server that DATABASE_URL names, or a throw-away one."""
    folder = Path(tempfile.mkdtemp(prefix="stillwatch-tests-"))
    given = os.environ.get("MIGRATE_DATABASE_URL") or os.environ.get("DATABASE_URL")
    return _given(given, folder) if given else _throw_away(folder)


def _throw_away(folder: Path) -> Cluster:
    lifeline = Lifeline.start()
    server = EmbeddedPostgres(folder / "pg", durable=False)
    server.start(on_process=lambda pid: lifeline.hold(pid, first="INT"))

    def close() -> None:
        server.stop()
        lifeline.close()
        shutil.rmtree(folder, ignore_errors=True)

    return Cluster(folder, server.database_url("owner"), APP, lambda name: server.database_url("app", name), close)


def _given(url: str, folder: Path) -> Cluster:
    """Somebody's server: a role for the application is made for this run and dropped after it."""
    import psycopg
    from psycopg import sql
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    role, password = f"stillwatch_test_{secrets.token_hex(4)}", secrets.token_hex(16)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
        )
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))

    def app_url(name: str) -> str:
        parts = {**conninfo_to_dict(url), "user": role, "password": password, "dbname": name}
        return make_conninfo(**parts)  # type: ignore[arg-type]

    def close() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
        shutil.rmtree(folder, ignore_errors=True)

    return Cluster(folder, url, role, app_url, close)
