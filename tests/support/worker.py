"""Real worker processes and a real Redis, started and ended by process id."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.support.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]


class BrokerUnavailable(RuntimeError):
    """This machine has no server for the broker that the test wants."""


def publish_to(broker_url: str, database_url: str) -> None:
    """Let tasks that this process sends go to `broker_url`."""
    from kombu import pools

    from config.broker import broker_settings
    from config.celery import app

    url, options = broker_settings(broker_url, database_url)
    # kombu keeps pools by address for the life of the process, and one that is only closed refuses every later send
    # to that address: forget them all
    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None
    app.conf.broker_url = app.conf.broker_read_url = app.conf.broker_write_url = url
    app.conf.broker_transport_options = options


class LiveWorker:
    """One `celery worker` with two processes, in a process group of its own."""

    def __init__(
        self, broker_url: str, database_url: str, var_dir: Path, log: Path, *, include: str = "", concurrency: int = 2
    ) -> None:
        self.log = log
        self.command = [
            sys.executable,
            "-m",
            "celery",
            "--skip-checks",
            "-A",
            "config.celery",
            "worker",
            "-c",
            str(concurrency),
        ]
        self.command += [
            "--loglevel=INFO",
            "--without-gossip",
            "--without-mingle",
            "-n",
            f"{log.stem}-{os.getpid()}@test",
        ]
        self.command += ["--include", include] if include else []
        self.environment = {
            **os.environ,
            "CELERY_BROKER_URL": broker_url,
            "DATABASE_URL": database_url,
            "STILLWATCH_VAR": str(var_dir),
            "PYTHONUNBUFFERED": "1",
        }
        self.environment.pop("MIGRATE_DATABASE_URL", None)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> LiveWorker:
        """Returns once the worker says that it takes tasks."""
        seen = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(lambda: b" ready." in self._said(seen), 60, f"the worker was not ready: {self.log}")
        return self

    def _said(self, since: int) -> bytes:
        said = self.log.read_bytes()[since:]
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError(f"the worker ended with {self.process.returncode}:\n{said.decode(errors='replace')}")
        return said

    def kill(self) -> None:
        """kill -9 of the whole group: nobody gets to acknowledge, flush or say anything."""
        if self.process is None:
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


class RedisServer:
    """A throw-away Redis on loopback."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.url = process, f"redis://127.0.0.1:{port}/0"

    @classmethod
    def start(cls, folder: Path) -> RedisServer:
        program = shutil.which("redis-server")
        if program is None:
            raise BrokerUnavailable("no redis-server on this machine")
        port = free_port()
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
        process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        server = cls(process, port)
        wait_for(lambda: answers(port), 10, "redis-server did not answer")
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody takes connections on `port` of loopback."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def alive(pid: int) -> bool:
    """Whether the process exists and is not merely waiting to be reaped."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True).stdout.strip()
    return bool(shown) and not shown.startswith(b"Z")


def children(pid: int) -> list[int]:
    """All living descendants of `pid`."""
    shown = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    pairs = [tuple(map(int, line.split())) for line in shown.splitlines()]
    found, front = [], {pid}
    while front:
        front = {child for child, parent in pairs if parent in front}
        found += front
    return [child for child in found if alive(child)]
