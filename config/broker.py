"""Where Celery's messages live: tables of our own Postgres (pgmq) unless an address of Redis or RabbitMQ is given.

pgmq and Redis are the transports whose messages survive a killed worker; kombu's sqlalchemy and filesystem
transports lose what was in flight, so they are refused here.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from psycopg.conninfo import conninfo_to_dict, make_conninfo

# A message that nobody acknowledged comes back after this long, so it must exceed the longest step of any task.
# Recovery does not wait for it: the sweeps of the beat schedule find unfinished work in Postgres within seconds.
# (Redis is asked every 10 s, kombu's throttle of one look in ten is off.)
VISIBILITY_TIMEOUT_S = 7200
SCHEMES = {"pgmq", "redis", "rediss", "amqp", "amqps", "pyamqp", "memory"}


def broker_settings(url: str, database_url: str) -> tuple[str, dict[str, object]]:
    """Celery's broker address and transport options for `url`.

    `pgmq://` alone means the queue tables in `database_url`; `pgmq://user:pass@host/db` names another Postgres.
    `?visibility_timeout=SECONDS` is understood for pgmq and Redis.

    Raises:
        ValueError: the scheme is not one that keeps messages, or the timeout is not a positive number.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        allowed = ", ".join(sorted(SCHEMES - {"memory"}))
        raise ValueError(f"CELERY_BROKER_URL: scheme {parts.scheme!r} is not allowed; use one of {allowed}.")
    query = parse_qs(parts.query, keep_blank_values=True)
    timeout = _visibility_timeout(query.pop("visibility_timeout", [str(VISIBILITY_TIMEOUT_S)])[-1])
    rest = urlencode(query, doseq=True)
    if parts.scheme == "pgmq":
        own_database = bool(parts.netloc or parts.path.strip("/"))
        database = urlunsplit(("postgresql", parts.netloc, parts.path, rest, "")) if own_database else database_url
        return "pgmq://", _pgmq_options(database, timeout)
    redis = parts.scheme in {"redis", "rediss"}
    options: dict[str, object] = {"visibility_timeout": timeout, "unacked_restore_throttle": 1} if redis else {}
    return urlunsplit((parts.scheme, parts.netloc, parts.path, rest, "")), options


def _visibility_timeout(text: str) -> int:
    try:
        seconds = int(text)
    except ValueError:
        seconds = 0
    if seconds < 1:
        raise ValueError(f"CELERY_BROKER_URL: visibility_timeout {text!r} is not allowed; give whole seconds above 0.")
    return seconds


def _pgmq_options(database_url: str, timeout: int) -> dict[str, object]:
    return {
        "conn_string": _pgmq_address(database_url),
        "init_extension": False,
        "visibility_timeout": timeout,
        "wait_time_seconds": 0,
        "polling_interval": 0.1,
        "use_notify": True,
        "notify_throttle_interval_ms": 10,
        "pool_size": 6,
        "pool_timeout": 10,
    }


def _pgmq_address(database_url: str) -> str:
    """`database_url` as libpq keywords that survive the pgmq client.

    kombu's address parser drops `?host=/socket/folder`, so keywords it must be. The client takes five of them apart and
    pastes their bare values together again: each value is therefore quoted once more for that second reading, and the
    keywords it does not know (sslmode, ...) ride behind the last one, the password.
    """
    parts = {key: str(value) for key, value in conninfo_to_dict(database_url).items()}
    known = {key: parts.pop(key) for key in ("host", "port", "dbname", "user", "password") if parts.get(key)}
    quoted = {key: _libpq_quoted(value) for key, value in known.items()}
    quoted["password"] = " ".join([quoted.get("password", "''"), make_conninfo(**parts)]).strip()
    return make_conninfo(**quoted)


def _libpq_quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
