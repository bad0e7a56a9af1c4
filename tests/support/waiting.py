"""Waiting for something to become true, with a limit; never for time to pass."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], object], limit_s: float, message: str, *, every_s: float = 0.05) -> object:
    """The first true value of `condition`; AssertionError with `message` after `limit_s` seconds."""
    deadline = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{message} (waited {limit_s:g} s)")
        time.sleep(every_s)
