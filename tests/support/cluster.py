"""A Postgres for the length of a test run."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.embedded_postgres import APP, AUDIT, EmbeddedPostgres
from core.lifeline import Lifeline


@dataclass
class Cluster:
    """Two roles on one server: the owner makes the test database, the application's role is tried against it."""

    folder: Path
    owner_url: str
    app_role: str
    app_url: Callable[[str], str]
    audit_role: str
    audit_url: Callable[[str], str]
    super_url: Callable[[str], str]
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

    app, audit = partial(server.database_url, "app"), partial(server.database_url, "audit")
    superuser = partial(server.database_url, "superuser")
    return Cluster(folder, server.database_url("owner"), APP, app, AUDIT, audit, superuser, close)


def _given(url: str, folder: Path) -> Cluster:
    """Somebody's server: a role for the application is made for this run and dropped after it."""
    import psycopg
    from psycopg import sql
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    name, password = f"stillwatch_test_{secrets.token_hex(4)}", secrets.token_hex(16)
    roles = [name, f"{name}_audit"]
    with psycopg.connect(url, autocommit=True) as connection:
        for role in roles:
            make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
            connection.execute(make)
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(name)))

    def url_of(role: str, dbname: str) -> str:
        parts = {**conninfo_to_dict(url), "user": role, "password": password, "dbname": dbname}
        return make_conninfo(**parts)  # type: ignore[arg-type]

    def close() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            for role in roles:
                connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
        shutil.rmtree(folder, ignore_errors=True)

    def owner_of(dbname: str) -> str:
        return make_conninfo(**{**conninfo_to_dict(url), "dbname": dbname})  # type: ignore[arg-type]

    return Cluster(
        folder, url, roles[0], partial(url_of, roles[0]), roles[1], partial(url_of, roles[1]), owner_of, close
    )
