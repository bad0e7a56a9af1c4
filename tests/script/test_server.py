"""`script/server` as a person runs it: real processes, real signals, nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.embedded_postgres import EmbeddedPostgres
from core.preparation import answers
from tests.support.waiting import wait_for
from tests.support.worker import ROOT, alive, children, free_port

pytestmark = pytest.mark.worker  # all of them early and side by side, so that one desk serves them
OURS = {
    "DATABASE_URL",
    "MIGRATE_DATABASE_URL",
    "CELERY_BROKER_URL",
    "SECRET_KEY",
    "DJANGO_SETTINGS_MODULE",
}


class Desk:
    """One run of script/server on a var/ and a port."""

    def __init__(self, var: Path, port: int) -> None:
        self.var, self.port, self.log = var, port, var.parent / f"{var.name}.log"
        environment = {name: value for name, value in os.environ.items() if name not in OURS}
        self.log_begins = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(ROOT / "script" / "server"), "--no-demo"],
                cwd="/",
                env={**environment, "PORT": str(port), "STILLWATCH_VAR": str(var)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.log.read_bytes()[self.log_begins :].decode(errors="replace")

    def ready(self) -> Desk:
        def up() -> bool:
            assert self.process.poll() is None, f"script/server ended with {self.process.returncode}:\n{self.said()}"
            return f"Stillwatch is at http://127.0.0.1:{self.port}/" in self.said()

        wait_for(up, 120, f"script/server was not ready:\n{self.said()[-2000:]}", every_s=0.2)
        return self

    def family(self) -> list[int]:
        return [self.process.pid, *children(self.process.pid)]

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a desk") / "var"


@pytest.fixture(scope="module")
def desk(var: Path) -> Iterator[Desk]:
    running = Desk(var, free_port()).ready()
    yield running
    if running.process.poll() is None:
        running.stop()


def pid_of(desk: Desk, words: str) -> int:
    """The child of the supervisor whose command line holds `words`."""
    shown = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,ppid=,args="], check=True, capture_output=True, text=True
    ).stdout
    rows = [line.split(None, 2) for line in shown.splitlines()]
    found = [int(pid) for pid, parent, args in rows if int(parent) == desk.process.pid and words in args]
    assert len(found) == 1, (words, found)
    return found[0]


def wait_until_gone(family: list[int]) -> None:
    try:
        wait_for(lambda: not any(alive(pid) for pid in family), 40, "some live on")
    except AssertionError:
        listed = ",".join(map(str, family))
        left = subprocess.run(
            ["ps", "-ww", "-o", "pid,ppid,stat,etime,args", "-p", listed], check=False, capture_output=True, text=True
        )
        raise AssertionError(f"after 40 s these live on:\n{left.stdout}") from None


def test_the_sign_in_page_is_there(desk: Desk) -> None:
    assert answers(desk.port)


def test_passwords_are_printed_once_and_kept_for_the_owner_only(desk: Desk) -> None:
    kept = desk.var / "first-users.txt"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    lines = kept.read_text().splitlines()
    assert len(lines) >= 5
    for line in lines:
        assert desk.said().count(line.split()[-1]) == 1
    logs = "".join(path.read_text() for path in (desk.var / "log").glob("*.log"))
    assert all(line.split()[-1] not in logs for line in lines)


def test_nothing_is_open_to_others(desk: Desk) -> None:
    public = (desk.var / "pg" / "data", desk.var / "static")  # behind a closed folder; the assets hold no secret
    open_to_others = [
        path
        for path in [desk.var, *desk.var.rglob("*")]
        if path.lstat().st_mode & 0o077
        and not any(path.is_relative_to(folder) for folder in public)
        and not path.is_symlink()
        and not path.is_socket()
    ]
    assert stat.S_IMODE(desk.var.stat().st_mode) == stat.S_IMODE((desk.var / "pg" / "data").stat().st_mode) == 0o700
    assert open_to_others == []


def test_it_listens_on_loopback_only(desk: Desk) -> None:
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex((own_address(), desk.port)) != 0


def own_address() -> str:
    """An address of this machine that is not loopback; the test ends here where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks the routing table
        except OSError:
            pytest.skip("this machine has no other address than loopback")
        return str(probe.getsockname()[0])


def test_a_second_one_on_the_same_folder_is_refused(desk: Desk) -> None:
    other = subprocess.run(
        [str(ROOT / "script" / "server")],
        env={**os.environ, "PORT": str(free_port()), "STILLWATCH_VAR": str(desk.var)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (other.returncode, other.stderr.strip()) == (
        1,
        f"Stillwatch already runs on {desk.var}; stop it first or set STILLWATCH_VAR.",
    )


def test_a_taken_port_is_one_sentence(desk: Desk, tmp_path: Path) -> None:
    other = subprocess.run(
        [str(ROOT / "script" / "server")],
        env={**os.environ, "PORT": str(desk.port), "STILLWATCH_VAR": str(tmp_path / "other")},
        capture_output=True,
        check=False,
        text=True,
    )
    want = f"Port {desk.port} on 127.0.0.1 is taken by another program; set PORT to a free one."
    assert (other.returncode, other.stderr.strip()) == (1, want)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none(port: str) -> None:
    done = subprocess.run(
        [str(ROOT / "script" / "server"), "--port", port], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (
        1,
        f"PORT: '{port}' is not allowed; give a number from 1 to 65535.",
    )


def test_a_killed_worker_comes_back(desk: Desk) -> None:
    before = pid_of(desk, "config.celery worker")
    os.killpg(before, signal.SIGKILL)
    wait_for(lambda: "worker ended with status -9; it starts again" in desk.said(), 10, "the end was not noticed")
    after = wait_for(lambda: next(iter(set(worker_pids(desk)) - {before}), None), 20, "no new worker")
    assert after != before


def worker_pids(desk: Desk) -> list[int]:
    shown = subprocess.run(
        ["ps", "-ww", "-A", "-o", "pid=,ppid=,args="], check=True, capture_output=True, text=True
    ).stdout
    rows = [line.split(None, 2) for line in shown.splitlines()]
    return [
        int(pid) for pid, parent, args in rows if int(parent) == desk.process.pid and "config.celery worker" in args
    ]


def test_a_killed_postgres_comes_back(desk: Desk) -> None:
    server = EmbeddedPostgres(desk.var / "pg")
    before = server.server_pid()
    assert before is not None
    os.kill(before, signal.SIGKILL)

    def answers_again() -> bool:
        if server.server_pid() in (None, before):
            return False
        try:
            with psycopg.connect(server.database_url("app"), connect_timeout=5) as connection:
                return connection.execute("SELECT count(*) > 4 FROM staff_user").fetchone() == (True,)
        except psycopg.OperationalError:
            return False

    wait_for(answers_again, 30, "the database did not come back with what it held")
    assert answers(desk.port)


def test_kill_and_second_start_and_ctrl_c(desk: Desk) -> None:
    """Killed -9: nothing lives on. Started again: seconds, the same people. Ctrl-C: all gone, status 0."""
    people = (desk.var / "first-users.txt").read_text()
    family = desk.family()
    assert len(family) > 6
    os.kill(desk.process.pid, signal.SIGKILL)
    desk.process.wait()
    wait_until_gone(family)

    began = time.monotonic()
    again = Desk(desk.var, desk.port).ready()
    took = time.monotonic() - began
    assert (desk.var / "first-users.txt").read_text() == people
    family = again.family()
    assert again.stop() == 0
    assert [pid for pid in family if alive(pid)] == []
    assert not (desk.var / "pg" / "data" / "postmaster.pid").exists()
    assert took < 30
