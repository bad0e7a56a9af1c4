"""A small watcher that outlives whoever started it, to end what would otherwise be left running after a kill -9.

It holds the reading end of a pipe. While its owner lives the pipe stays open; when the owner ends, in whatever way,
the pipe closes and the watcher ends the processes it was told of: all that work at once, then the databases they work
on. This works the same on every Unix, where a death signal of the kernel's would be Linux alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

SIGNALS = {"TERM": signal.SIGTERM, "INT": signal.SIGINT}
# Work that is cut off is taken up at the next start, so it gets little time; a database that ends whole starts faster.
LIMITS_S = {signal.SIGTERM: 5.0, signal.SIGINT: 15.0}


class Lifeline:
    """The owner's end: tell the watcher which processes hang on it."""

    def __init__(self, process: subprocess.Popen[bytes], writer: int) -> None:
        self.process, self._writer = process, writer

    @classmethod
    def start(cls) -> Lifeline:
        reader, writer = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-S", "-E", os.path.abspath(__file__)],
            stdin=reader,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # a signal to the owner's group must not end the watcher with it
        )
        os.close(reader)
        return cls(process, writer)

    def hold(self, pid: int, *, first: str = "TERM") -> None:
        """End `pid` (and its process group, if it leads one) should the owner die; INT is for a database, the last to go."""
        self._say(f"+{pid} {first}\n")

    def release(self, pid: int) -> None:
        """`pid` has ended: its number may soon belong to somebody else."""
        self._say(f"-{pid} -\n")

    def close(self) -> None:
        """The owner has ended everything itself."""
        self._say("!\n")
        os.close(self._writer)
        self.process.wait(sum(LIMITS_S.values()) * 2)

    def _say(self, line: str) -> None:
        os.write(self._writer, line.encode())


def watch(stdin: int) -> None:
    """The watcher's end: read until the pipe closes, then end what is still held, last started first."""
    held: dict[int, signal.Signals] = {}
    with os.fdopen(stdin) as pipe:
        for line in pipe:
            if line.startswith("!"):
                return
            number, name = line[1:].split()
            if line.startswith("+"):
                held[int(number)] = SIGNALS[name]
            else:
                held.pop(int(number), None)
    for first in (signal.SIGTERM, signal.SIGINT):
        _end([pid for pid, own in held.items() if own is first], first)


def _end(pids: list[int], first: signal.Signals) -> None:
    groups = [pid for pid in pids if _group(pid) == pid]
    for pid in pids:
        _send(os.kill, pid, first)
    deadline = time.monotonic() + LIMITS_S[first]
    while time.monotonic() < deadline and any(_alive(pid) for pid in pids):
        time.sleep(0.05)
    for pid in pids:
        if _alive(pid):
            _send(os.kill, pid, signal.SIGKILL)
    for group in groups:  # also what a leader left behind
        _send(os.killpg, group, signal.SIGKILL)


def _send(how: Callable[[int, int], None], target: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        how(target, number)


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def _alive(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True).stdout.strip()
    return bool(shown) and not shown.startswith(b"Z")


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watch(0)
