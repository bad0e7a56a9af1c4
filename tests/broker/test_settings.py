"""One address in, Celery's broker address and options out."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from config.broker import VISIBILITY_TIMEOUT_S, broker_settings

SOCKET = "postgresql://app:s%27e%20c@/desk?host=%2Fvar%2Fa%20b%2Frun&port=5432&sslmode=require"


def pgmq_dsn(conn_string: object) -> dict[str, object]:
    """What the pgmq client makes of the address that we hand to it."""
    from pgmq.base import PGMQConfig

    return conninfo_to_dict(PGMQConfig(conn_string=str(conn_string)).dsn)


def test_default_uses_the_database_and_keeps_socket_spaces_quotes_and_sslmode() -> None:
    url, options = broker_settings("pgmq://", SOCKET)
    assert url == "pgmq://"
    assert pgmq_dsn(options["conn_string"]) == conninfo_to_dict(SOCKET)
    assert options["visibility_timeout"] == VISIBILITY_TIMEOUT_S
    assert (options["wait_time_seconds"], options["use_notify"], options["init_extension"]) == (0, True, False)


def test_pgmq_may_name_another_server() -> None:
    _, options = broker_settings("pgmq://u:p@db.example:6000/queues?visibility_timeout=5", SOCKET)
    want = {"user": "u", "password": "p", "host": "db.example", "port": "6000", "dbname": "queues"}
    assert pgmq_dsn(options["conn_string"]) == want
    assert options["visibility_timeout"] == 5


@pytest.mark.parametrize("password", ["plain", "with space", "quote'd", "back\\slash", "", "a=b"])
def test_any_password_survives(password: str) -> None:
    from psycopg.conninfo import make_conninfo

    address = make_conninfo(host="h", port="1", dbname="d", user="u", password=password)
    _, options = broker_settings("pgmq://", address)
    assert pgmq_dsn(options["conn_string"]) == conninfo_to_dict(address)


def test_redis_and_rabbitmq() -> None:
    options = {"visibility_timeout": 9, "unacked_restore_throttle": 1}
    assert broker_settings("redis://h:1/0?visibility_timeout=9", SOCKET) == ("redis://h:1/0", options)
    assert broker_settings("amqp://u:p@h//", SOCKET) == ("amqp://u:p@h//", {})


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqla+postgresql://h/d", "scheme 'sqla+postgresql' is not allowed"),
        ("filesystem://", "scheme 'filesystem' is not allowed"),
        ("pgmq://?visibility_timeout=0", "visibility_timeout '0' is not allowed"),
        ("redis://h?visibility_timeout=soon", "visibility_timeout 'soon' is not allowed"),
    ],
)
def test_what_loses_messages_or_makes_no_sense_is_refused(url: str, words: str) -> None:
    with pytest.raises(ValueError, match="CELERY_BROKER_URL") as caught:
        broker_settings(url, SOCKET)
    assert words in str(caught.value)
