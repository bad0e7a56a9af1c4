"""The written method of a signal, as it stands in docs/methods: definition, null, look-alikes, what it does not show."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

NAME = re.compile(r"[A-Z][0-9]")


def method_text(signal: str) -> str:
    """The page of docs/methods on a signal as plain text; empty where this installation carries no docs."""
    path = Path(settings.BASE_DIR) / "docs" / "methods" / f"{signal}.md"
    return path.read_text(encoding="utf-8") if NAME.fullmatch(signal) and path.is_file() else ""
