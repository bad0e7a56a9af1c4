"""A cluster of our own: private, recoverable, and at home in any folder."""

from __future__ import annotations

import os
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.embedded_postgres import APP, EmbeddedPostgres, PostgresError
from tests.support.waiting import wait_for
from tests.support.worker import alive


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("a cluster") / "pg", durable=False) as running:
        yield running


def ask(server: EmbeddedPostgres, role: str, question: str) -> object:
    with psycopg.connect(server.database_url(role)) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return row[0]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_three_roles_sign_in_and_only_one_may_do_everything(server: EmbeddedPostgres) -> None:
    may = (
        "SELECT rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    assert [ask(server, role, may) for role in ("superuser", "owner", "app")] == [True, False, False]


def test_the_application_may_not_create_tables(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.database_url("app")) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (n int)")


def test_every_way_in_wants_a_password(server: EmbeddedPostgres) -> None:
    for wrong in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.database_url("app"), password=wrong)
    rules = "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules"
    assert ask(server, "superuser", rules) == ["scram-sha-256"]


def test_nothing_listens_on_the_network(server: EmbeddedPostgres) -> None:
    assert ask(server, "superuser", "SHOW listen_addresses") == ""


def test_files_are_for_their_owner_only(server: EmbeddedPostgres) -> None:
    assert mode(server.folder / "data") == mode(server.folder / "run") == mode(server.folder) == 0o700
    assert mode(server.secrets_file) == mode(server.log_file) == mode(server.folder / "lock") == 0o600


def test_no_password_file_is_left(server: EmbeddedPostgres) -> None:
    assert sorted(path.name for path in server.folder.iterdir()) == [
        "data",
        "lock",
        "postgres.log",
        "run",
        "secrets.json",
    ]


def test_parent_folders_keep_their_modes(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = [mode(path) for path in (tmp_path, closed)]
    with EmbeddedPostgres(closed / "pg", durable=False):
        assert [mode(path) for path in (tmp_path, closed)] == before == [mode(tmp_path), 0o700]


def test_two_do_not_run_one_cluster(server: EmbeddedPostgres) -> None:
    with pytest.raises(PostgresError, match="Another process already runs the database in"):
        EmbeddedPostgres(server.folder).start()
    assert ask(server, "app", "SELECT 1") == 1


@pytest.mark.parametrize("name", ["with space", "with,comma", 'quote"d', "o'clock", "y" * 60 + "/" + "z" * 80])
def test_any_folder_will_do(tmp_path: Path, name: str) -> None:
    server = EmbeddedPostgres(tmp_path / name / "pg", durable=False)
    with server:
        assert ask(server, "app", "SELECT current_user") == APP
        socket_dir = Path(ask(server, "superuser", "SHOW unix_socket_directories").strip('"'))  # type: ignore[attr-defined]
        assert mode(socket_dir) == 0o700
    assert socket_dir.parent == server.folder or not socket_dir.exists()


def test_data_survives_stop_and_kill(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "pg").start()
    with psycopg.connect(server.database_url("owner")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    server.stop()
    assert server.server_pid() is None
    server.start()
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.stop()
    with server:
        assert ask(server, "owner", "SELECT n FROM kept") == 7


def test_a_copied_folder_runs_its_own_data(tmp_path: Path) -> None:
    first = EmbeddedPostgres(tmp_path / "first", durable=False)
    with first:
        pass
    shutil.copytree(tmp_path / "first", tmp_path / "second", ignore=shutil.ignore_patterns("run"))
    with first, EmbeddedPostgres(tmp_path / "second", durable=False) as second:
        with psycopg.connect(second.database_url("owner")) as connection:
            connection.execute("CREATE TABLE only_here (id int)")
        with psycopg.connect(first.database_url("owner")) as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM only_here")


def test_a_server_left_behind_is_replaced(tmp_path: Path) -> None:
    """The supervisor was killed -9, its Postgres still runs: the next start ends that one and goes on."""
    left = EmbeddedPostgres(tmp_path / "pg").start()
    assert left.process is not None
    left._release_lock()  # what the kernel does when a process is killed
    with EmbeddedPostgres(tmp_path / "pg") as server:
        assert server.process is not None
        wait_for(lambda: left.process and left.process.poll() is not None, 5, "the old server lives on")
        assert alive(server.process.pid)
        assert ask(server, "app", "SELECT 1") == 1


def test_a_pid_file_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    """After a reboot the number in the pid file may belong to any process, and that one must live on."""
    server = EmbeddedPostgres(tmp_path / "pg").start()
    server.stop()
    (server.folder / "data" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{server.folder / 'data'}\n1\n5432\n\n\n\nready\n"
    )
    assert server.server_pid() is None
    with server:
        assert ask(server, "app", "SELECT 1") == 1


def test_an_attempt_that_broke_off_is_done_again(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "pg", durable=False).start()
    server.stop()
    server.secrets_file.unlink()
    with server:
        assert ask(server, "app", "SELECT 1") == 1


def test_errors_name_the_argument() -> None:
    with pytest.raises(PostgresError, match="role: 'root' is not allowed; use one of superuser, owner, app"):
        EmbeddedPostgres("/nowhere").database_url("root")
    with pytest.raises(PostgresError, match="There is no database in /nowhere yet"):
        EmbeddedPostgres("/nowhere").database_url("app")
