"""Who runs Postgres: it refuses to run as root, and nothing of root's may be opened to other users for its sake.

An ordinary user runs it as itself. Root runs it in a user namespace in which root's files belong to an ordinary id;
where namespaces are blocked, an unprivileged system user runs it in a room of its own under /var/lib.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
SYSTEM_USERS = ("stillwatch", "postgres")
SYSTEM_ROOM = Path("/var/lib/stillwatch")


class NobodyToRunPostgres(RuntimeError):
    """Root asked for an embedded Postgres where neither a namespace nor a system user can run it."""


@dataclass(frozen=True)
class Launcher:
    """A way to run the server's programs as somebody who is not root, and to make files for them."""

    binaries: Path
    folder: Path
    prefix: tuple[str, ...] = ()
    user: tuple[int, int] | None = None

    def binary(self, name: str) -> str:
        return str(self.binaries / name)

    def run(self, command: Sequence[str], text: str = "") -> subprocess.CompletedProcess[bytes]:
        """Run a program to its end, `text` on its standard input."""
        return subprocess.run(
            [*self.prefix, *command],
            input=text.encode(),
            capture_output=True,
            check=False,
            cwd="/",
            umask=0o077,
            env=_environment(),
            **self._identity(),
        )

    def popen(self, command: Sequence[str], log: int) -> subprocess.Popen[bytes]:
        """Start a server in a session of its own, so that Ctrl-C in the terminal reaches only its supervisor."""
        return subprocess.Popen(
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            umask=0o077,
            env=_environment(),
            start_new_session=True,
            **self._identity(),
        )

    def make_folder(self, path: Path) -> Path:
        """A folder that only the server's user (and root) may enter."""
        path.mkdir(mode=0o700, exist_ok=True)
        if self.user:
            os.chown(path, *self.user)
        path.chmod(0o700)
        return path

    def private_file(self, path: Path, text: str) -> Path:
        """A file that only the server's user (and root) may read."""
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text + "\n")
        if self.user:
            os.chown(path, *self.user)
        return path

    def works(self) -> bool:
        """Whether this user can execute the server and write in the folder, tried rather than reasoned about."""
        try:
            if self.run([self.binary("postgres"), "--version"]).returncode != 0:
                return False
            return self.run(["sh", "-c", 'test -w "$0" && test -x "$0"', str(self.folder)]).returncode == 0
        except OSError:
            return False

    def _identity(self) -> dict[str, object] | dict:
        if self.user is None:
            return {}
        return {"user": self.user[0], "group": self.user[1], "extra_groups": []}


def pick_launcher(binaries: Path, folder: Path) -> Launcher:
    """The first way that works on this machine, in a folder that its user can reach."""
    if os.geteuid() != 0:
        return Launcher(binaries, folder)
    namespaced = Launcher(binaries, folder, prefix=NAMESPACE)
    if namespaced.works():
        return namespaced
    user = _system_user()
    for candidate in (Launcher(binaries, folder, user=user), _in_system_room(binaries, folder, user)):
        if candidate.works():
            return candidate
    raise NobodyToRunPostgres(
        "Postgres refuses to run as root, and neither a user namespace nor a system user works here: "
        "run as an ordinary user or set DATABASE_URL."
    )


def _system_user() -> tuple[int, int]:
    for name in SYSTEM_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    name = SYSTEM_USERS[0]
    command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run([*command, name], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NobodyToRunPostgres(
            "Postgres refuses to run as root and no system user could be made for it: "
            "run as an ordinary user or set DATABASE_URL."
        ) from error
    entry = pwd.getpwnam(name)
    return entry.pw_uid, entry.pw_gid


def _in_system_room(binaries: Path, folder: Path, user: tuple[int, int]) -> Launcher:
    """A room under /var/lib for a cluster whose own folder the system user cannot reach; nobody's folder is opened."""
    SYSTEM_ROOM.mkdir(mode=0o711, parents=True, exist_ok=True)
    room = SYSTEM_ROOM / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    launcher = Launcher(room / "pg" / "install" / "bin", room, user=user)
    launcher.make_folder(room)
    if not launcher.binaries.exists():
        copy = room / "pg.new"
        shutil.rmtree(copy, ignore_errors=True)
        # the wheel's programs find their libraries by a path relative to the package, so both keep their places
        shutil.copytree(binaries.parent, copy / "install", symlinks=True)
        libraries = binaries.parent.parent.with_name(f"{binaries.parent.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, room / libraries.name, symlinks=True, dirs_exist_ok=True)
        for path in [room, *room.rglob("*")]:
            os.chown(path, *user, follow_symlinks=False)
        copy.rename(room / "pg")
    return launcher


def _environment() -> dict[str, str]:
    """No PG* or locale variable of the caller reaches the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
