"""A Postgres server as a process of this machine: whether a number still is one, and how it is ended. The standard library alone."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

STOP_LIMIT_S = 30.0


def is_server(pid: int, data: Path) -> bool:
    """Whether `pid` is a server on `data`, not some later process that got the same number."""
    command = ["ps", "-ww", "-o", "stat=,args=", "-p", str(pid)]
    shown = subprocess.run(command, check=False, capture_output=True).stdout
    state, _, arguments = shown.decode(errors="replace").strip().partition(" ")
    return not state.startswith("Z") and "postgres" in arguments and str(data) in arguments


def end(pid: int, is_over: Callable[[], bool]) -> None:
    """Fast shutdown, then the immediate one that the next start recovers from."""
    for signal_number, limit in ((signal.SIGINT, STOP_LIMIT_S), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, signal_number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if is_over():
                return
            time.sleep(0.02)
