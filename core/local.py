"""The environment of a process on one machine: `.env`, then what script/server keeps in var/, then plain defaults.

Only the standard library is used: this runs before the settings are read. Whatever the real environment says wins.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import MutableMapping
from pathlib import Path

from core.embedded_postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parent.parent
# These change or own tables, so they sign in as the owner of the database.
OWNERS_COMMANDS = {
    "migrate",
    "grant_app_role",
    "grant_audit_role",
    "install_broker",
    "flush",
    "sqlmigrate",
    "showmigrations",
}
# These only read the trail, so they sign in as the auditor where there is one.
AUDITORS_COMMANDS = {"verify_audit"}
# These work on files alone: they run before script/server ever made a key or a database, and never connect to one.
FILES_COMMANDS = {"analyse", "create_roles", "verify_case_file"}
NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"


def fill_environment(
    environ: MutableMapping[str, str] | None = None, *, command: str = "", attach: bool = True, root: Path = ROOT
) -> Path:
    """Add what is missing for `command`; returns the folder for everything that is written (STILLWATCH_VAR).

    With `attach`, a process that was told of no database joins the one of script/server.
    """
    environ = os.environ if environ is None else environ
    for name, value in _read_env(root / ".env").items():
        environ.setdefault(name, value)
    environ.setdefault("STILLWATCH_VAR", str(root / "var"))
    var = Path(environ["STILLWATCH_VAR"]).absolute()
    server = EmbeddedPostgres(var / "pg")
    if attach and not environ.get("DATABASE_URL") and server.exists:
        environ["DATABASE_URL"] = server.database_url("app")
        environ["MIGRATE_DATABASE_URL"] = server.database_url("owner")
        if server.has_role("audit"):
            environ["AUDIT_DATABASE_URL"] = server.database_url("audit")
    if not environ.get("SECRET_KEY") and (var / "secret-key").exists():
        environ["SECRET_KEY"] = (var / "secret-key").read_text().strip()
    if command in OWNERS_COMMANDS and environ.get("MIGRATE_DATABASE_URL"):
        environ["DATABASE_URL"] = environ["MIGRATE_DATABASE_URL"]
    if command in AUDITORS_COMMANDS and environ.get("AUDIT_DATABASE_URL"):
        environ["DATABASE_URL"] = environ["AUDIT_DATABASE_URL"]
    if command in FILES_COMMANDS:
        environ.setdefault("SECRET_KEY", secrets.token_urlsafe(60))
        environ.setdefault("DATABASE_URL", NO_DATABASE)
    return var


def make_secret_key(var: Path) -> str:
    """The key that signs sessions on this machine, made once; only its owner may read it."""
    path = var / "secret-key"
    if not path.exists():
        draft = var / f"secret-key.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(60) + "\n")
        draft.replace(path)
    return path.read_text().strip()


def _read_env(path: Path) -> dict[str, str]:
    """`NAME=value` lines, with or without quotes or `export`; everything else is a comment."""
    if not path.is_file():
        return {}
    found = {}
    for line in path.read_text().splitlines():
        name, mark, value = line.strip().removeprefix("export ").partition("=")
        if mark and not name.startswith("#"):
            value = value.strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[name.strip()] = value[1:-1] if quoted else value
    return found
