"""Where the environment is read: `.env`, then what script/server wrote; what a value may be is said in its refusal."""

from __future__ import annotations

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.FileAwareEnv()
environ.Env.read_env(BASE_DIR / ".env")
VAR_DIR = Path(env.str("STILLWATCH_VAR", default=str(BASE_DIR / "var"))).absolute()
# script/server writes the addresses of the embedded Postgres here (mode 0600), so that `manage.py` finds it too.
environ.Env.read_env(VAR_DIR / "env")


def within(name: str, value: float, least: float, most: float, unit: str = "") -> None:
    """Refuse a setting outside its range, by name.

    >>> within("CLAIM_HOURS", 8, 1, 720, " hours")
    """
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name}: {value} is not allowed; use {least:,} to {most:,}{unit}.")
