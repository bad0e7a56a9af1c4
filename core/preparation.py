"""What must be true before the desk's processes start: tables, grants, queue, first people, static files."""

from __future__ import annotations

import hashlib
import http.client
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from core.lifeline import Lifeline
from core.local import ROOT
from core.processes import say

HOST = "127.0.0.1"
NO_NEWS = re.compile(r"\s*(Operations to perform|Running migrations|Apply all|No migrations|queue tables were there|$)")


class CannotStart(Exception):
    """One sentence for the person at the terminal."""


def prepare(environment: Mapping[str, str], var: Path, lifeline: Lifeline) -> None:
    """Tables and grants, the queue, first people and static files, all as the owner and in one process."""
    owner = environment["MIGRATE_DATABASE_URL"]
    role = role_of(environment["DATABASE_URL"])
    commands = ["migrate --noinput --verbosity 1"]
    if role != role_of(owner):
        commands.append(f"grant_app_role {shlex.quote(role)}")
    else:
        say("desk", "DATABASE_URL is the owner's role, against which the database cannot protect the audit trail")
    if environment.get("AUDIT_DATABASE_URL"):
        commands.append(f"grant_audit_role {shlex.quote(role_of(environment['AUDIT_DATABASE_URL']))}")
    if environment.get("CELERY_BROKER_URL", "pgmq://").startswith("pgmq"):
        commands.append(f"install_broker {shlex.quote(role)}")
    commands.append(f"ensure_first_users --file {shlex.quote(str(var / 'first-users.txt'))}")
    stamp, digest = var / "static" / ".collected", static_digest(environment)
    collected = stamp.exists() and stamp.read_text() == digest
    if not collected:  # hashing and writing them takes seconds, so unchanged assets are left alone
        commands.append("collectstatic --noinput --verbosity 0")
    _chain(commands, {**environment, "DATABASE_URL": owner}, var, lifeline)
    if not collected:
        stamp.write_text(digest)


def static_digest(environment: Mapping[str, str]) -> str:
    """What the collected static files depend on: our own assets, the locked packages, and how they are stored."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    digest.update(repr([environment.get(name) for name in ("DEBUG", "STATIC_FORM")]).encode())
    for path in sorted(path for path in (ROOT / "static").rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _chain(commands: Sequence[str], environment: Mapping[str, str], var: Path, lifeline: Lifeline) -> None:
    """Run management commands in one process; what they print is shown, the first passwords with it."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "core.chain", *commands],
        cwd=ROOT,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        umask=0o077,
        start_new_session=True,
    )
    lifeline.hold(process.pid)
    try:
        out, err = process.communicate()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        lifeline.release(process.pid)
    for line in out.decode(errors="replace").splitlines():
        if not NO_NEWS.match(line):
            say("desk", line)
    if process.returncode != 0:
        log = var / "log" / "prepare.log"
        log.write_bytes(err)  # not what they printed: that may hold passwords
        last = (err.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
        raise CannotStart(f"The desk could not be prepared: {last} (details: {log})")


def role_of(database_url: str) -> str:
    """The role that an address signs in with, as URL or as libpq keywords.

    >>> role_of("postgresql://desk%40x:secret@db/desk"), role_of("host=db user=desk dbname=x")
    ('desk@x', 'desk')
    """
    if "://" in database_url:
        return unquote(urlsplit(database_url).username or "")
    found = re.search(r"\buser\s*=\s*'?([^'\s]+)", database_url)
    return found.group(1) if found else ""


def port_is_free(port: int) -> bool:
    """Whether a server of ours could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether the web server there answers a request with anything but an error of its own."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", "/", headers={"Host": "localhost"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
