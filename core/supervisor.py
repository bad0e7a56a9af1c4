"""Everything that one desk needs on one machine, started in order, kept running, and stopped in order.

`script/server` runs this: the embedded Postgres (or DATABASE_URL), migrations, first people, the demo log, then the web
server, a Celery worker and Celery beat. Only the standard library is used; Django lives in the children.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType

from core.embedded_postgres import EmbeddedPostgres, PostgresError
from core.lifeline import Lifeline
from core.local import ROOT, fill_environment, make_secret_key
from core.preparation import HOST, CannotStart, answers, port_is_free, prepare
from core.processes import Child, say
from core.unprivileged import NobodyToRunPostgres

NEEDED_BYTES = 500_000_000
STOP_LIMIT_S = 20.0


class StopRequested(BaseException):
    """Ctrl-C or SIGTERM arrived while something was being set up."""


class Supervisor:
    """One desk in one var/ folder."""

    def __init__(self, port: int, *, demo: bool) -> None:
        self.port, self.demo = port, demo
        self.environment = dict(os.environ)
        self.var = fill_environment(self.environment, attach=False)
        self.logs = self.var / "log"
        self.children: list[Child] = []
        self.postgres: EmbeddedPostgres | None = None
        self.lifeline: Lifeline | None = None
        self.stopping = 0
        self._lock: int | None = None
        self._in_setup = True

    def run(self) -> int:
        """Until Ctrl-C or SIGTERM; 0 when that is why it ended."""
        began = time.monotonic()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        try:
            self._take_room()
            self.lifeline = Lifeline.start()
            self._start_database()
            prepare(self.environment, self.var, self.lifeline)
            self._start_web()
            self._wait_for_web()
            took = time.monotonic() - began
            say("desk", f"Stillwatch is at http://{HOST}:{self.port}/ after {took:.1f} s; Ctrl-C stops it")
            self._start_workers()
            self._in_setup = False
            while not self.stopping:
                self._look_after()
                time.sleep(0.2)
        except StopRequested:
            pass
        finally:
            self._in_setup = False
            self._stop()
        return 0

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping += 1
        if self._in_setup and self.stopping == 1:
            raise StopRequested

    # --- Start ----------------------------------------------------------------------------------------------------------

    def _take_room(self) -> None:
        if not port_is_free(self.port):
            raise CannotStart(f"Port {self.port} on {HOST} is taken by another program; set PORT to a free one.")
        try:
            self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self.var / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CannotStart(f"{self.var} cannot be written ({error.strerror}); set STILLWATCH_VAR.") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"Stillwatch already runs on {self.var}; stop it first or set STILLWATCH_VAR.") from None
        free = shutil.disk_usage(self.var).free
        if free < NEEDED_BYTES:
            raise CannotStart(
                f"Stillwatch needs at least {NEEDED_BYTES // 10**6} MB of free disk; {self.var} has {free // 10**6} MB."
            )
        self.environment["SECRET_KEY"] = self.environment.get("SECRET_KEY") or make_secret_key(self.var)
        self.environment["PORT"] = str(self.port)
        self.environment.setdefault("STATIC_FORM", "hashed")

    def _start_database(self) -> None:
        if not self.environment.get("DATABASE_URL"):
            self.postgres = EmbeddedPostgres(self.var / "pg")
            self._run_postgres()
            self.environment["DATABASE_URL"] = self.postgres.database_url("app")
            self.environment["MIGRATE_DATABASE_URL"] = self.postgres.database_url("owner")
            self.environment["AUDIT_DATABASE_URL"] = self.postgres.database_url("audit")
        self.environment.setdefault("MIGRATE_DATABASE_URL", self.environment["DATABASE_URL"])

    def _run_postgres(self) -> None:
        lifeline = self.lifeline
        assert self.postgres is not None and lifeline is not None
        say("desk", f"Postgres in {self.postgres.folder}" + ("" if self.postgres.exists else " (new)"))
        self.postgres.start(on_process=lambda pid: lifeline.hold(pid, first="INT"))

    def _start_web(self) -> None:
        """Before the others, so that the desk answers while they still load."""
        web = ["--bind", f"{HOST}:{self.port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
        # loaded once, before the two workers are forked; stopping waits for answers under way
        web += ["--preload", "--graceful-timeout", "10", "--no-control-socket"]
        self._start_child("web", [sys.executable, "-W", "ignore", "-m", "gunicorn", "config.wsgi", *web])

    def _start_workers(self) -> None:
        celery = [sys.executable, "-W", "ignore", "-m", "celery", "--skip-checks", "-A", "config.celery"]
        worker = ["worker", "-c", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        self._start_child("worker", [*celery, *worker])
        schedule = str(self.var / "celerybeat-schedule")
        self._start_child("beat", [*celery, "beat", "--loglevel", "WARNING", "--pidfile=", "-s", schedule])
        if self.demo:
            self._start_child("demo", [sys.executable, "-W", "ignore", "manage.py", "demo", "--if-absent"])

    def _start_child(self, name: str, command: Sequence[str]) -> None:
        assert self.lifeline is not None
        child = Child(name, command, environment=self.environment, root=ROOT, logs=self.logs, lifeline=self.lifeline)
        self.children.append(child)
        child.start()

    def _wait_for_web(self) -> None:
        web, deadline = self.children[0], time.monotonic() + 60
        while time.monotonic() < deadline:
            if answers(self.port):
                return
            status = web.ended()
            if status is not None:
                raise CannotStart(f"The web server ended with status {status}; see {web.log_file}.")
            time.sleep(0.1)
        raise CannotStart(f"The web server did not answer within 60 s; see {web.log_file}.")

    # --- While it runs --------------------------------------------------------------------------------------------------

    def _look_after(self) -> None:
        if self.postgres is not None and self.postgres.process is not None:
            status = self.postgres.process.poll()
            if status is not None:
                assert self.lifeline is not None
                say("desk", f"Postgres ended with status {status}; it starts again ({self.postgres.log_file})")
                self.lifeline.release(self.postgres.process.pid)
                self.postgres.stop()
                self._run_postgres()
        for child in list(self.children):
            if child.name != "demo":
                child.keep_running()
            elif (status := child.ended()) is not None:
                self.children.remove(child)
                if status != 0:
                    say("desk", f"The demo log could not be written (status {status}); see {child.log_file}")

    # --- Stop -----------------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        """Web first, so that nothing new comes in; beat; the worker finishes its steps; Postgres last."""
        if self.children:
            say("desk", "Stopping")
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_LIMIT_S
        for child in self.children:
            while time.monotonic() < deadline and self.stopping < 2 and child.process and child.process.poll() is None:
                time.sleep(0.05)
            if not child.wait_stopped(0):
                say("desk", f"{child.name} did not end in time and was killed; its work is taken up at the next start")
        if self.postgres is not None:
            self.postgres.stop()
        if self.lifeline is not None:
            self.lifeline.close()
        if self._lock is not None:
            os.close(self._lock)
        if self.children:
            say("desk", "Stopped")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/server", description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--port", default=os.environ.get("PORT", "8000"), help="on 127.0.0.1; default PORT or 8000")
    parser.add_argument("--no-demo", action="store_true", help="do not write the demo log on a fresh database")
    options = parser.parse_args(arguments)
    os.umask(0o077)
    try:
        if not options.port.isdigit() or not 1 <= int(options.port) <= 65535:
            raise CannotStart(f"PORT: {options.port!r} is not allowed; give a number from 1 to 65535.")
        return Supervisor(int(options.port), demo=not options.no_demo).run()
    except (CannotStart, PostgresError, NobodyToRunPostgres) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
