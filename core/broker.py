"""The tables that carry Celery's messages in Postgres: made by the owner, used by the application's role."""

from __future__ import annotations

from typing import Any

from pgmq.install import get_embedded_install_sql
from psycopg import Connection, sql

QUEUE = "celery"
_GRANTS = (
    "GRANT USAGE, CREATE ON SCHEMA pgmq TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON pgmq.meta, pgmq.notify_insert_throttle, pgmq.topic_bindings TO {role}",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgmq TO {role}",
)


def install_broker(connection: Connection[Any], *, role: str | None) -> bool:
    """Make the queue tables in the connected database if they are missing; `role` is who uses them afterwards.

    pgmq comes as plain SQL inside its wheel: no extension and no superuser is needed. The queue itself belongs to
    `role`, because the transport makes a trigger on it anew at every start of a worker, which only its owner may;
    the connected role must therefore be a member of `role`. True if the tables were made now.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('stillwatch.install_broker'))")
        row = connection.execute("SELECT to_regclass('pgmq.meta') IS NULL").fetchone()
        missing = bool(row and row[0])
        if missing:
            connection.execute(get_embedded_install_sql().encode())
        if role:
            for statement in _GRANTS:
                connection.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
            connection.execute(sql.SQL("SET LOCAL ROLE {role}").format(role=sql.Identifier(role)))
        connection.execute("SELECT pgmq.create(%s)", [QUEUE])
    return missing
