"""The processes that one supervisor runs: started, watched, logged line by line, restarted, and really ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.lifeline import Lifeline

COLOURS = {"web": 36, "worker": 35, "beat": 33, "demo": 32, "desk": 34}
LOG_LIMIT_BYTES = 10_000_000
BACKOFF_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
STEADY_S = 60.0  # a process that lived this long is not caught in a loop of crashes
_print_lock = threading.Lock()


def say(name: str, line: str) -> None:
    """One line for the person at the terminal, led by who says it; control characters are shown, not obeyed."""
    safe = "".join(c if c.isprintable() or c == "\t" else f"\\x{ord(c):02x}" for c in line.rstrip("\r\n"))
    lead = f"{name:<7}| "
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        lead = f"\033[{COLOURS.get(name, 37)}m{lead}\033[0m"
    with _print_lock:
        try:
            print(lead + safe, flush=True)
        except (BrokenPipeError, ValueError):
            return  # nobody reads any more: the log files still have it


class Child:
    """One program under supervision."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        root: Path,
        logs: Path,
        lifeline: Lifeline,
    ) -> None:
        self.name, self.command, self.environment, self.root = name, list(command), dict(environment), root
        self.log_file = logs / f"{name}.log"
        self.lifeline = lifeline
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self.started_at = self.start_again_at = 0.0
        self._reader: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=self.root,
            env={**self.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            umask=0o077,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends everything in order
        )
        self.lifeline.hold(self.process.pid)
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()

    def ended(self) -> int | None:
        """The exit status once it has ended; whatever it left of its process group is ended too."""
        if self.process is None or self.process.poll() is None:
            return None
        self._bury()
        return self.returncode

    def keep_running(self) -> None:
        """Start it again when it ended by itself, later each time it fails soon after its start."""
        now = time.monotonic()
        if self.process is not None:
            status = self.ended()
            if status is None:
                return
            self.failures = 0 if now - self.started_at > STEADY_S else self.failures + 1
            pause = BACKOFF_S[min(self.failures, len(BACKOFF_S) - 1)] if self.failures else 0.0
            self.start_again_at = now + pause
            say("desk", f"{self.name} ended with status {status}; it starts again in {pause:.0f} s ({self.log_file})")
        if self.start_again_at and now >= self.start_again_at:
            self.start_again_at = 0.0
            self.start()

    def ask_to_stop(self) -> None:
        self.start_again_at = 0.0
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait_stopped(self, limit_s: float) -> bool:
        """True if it ended by itself within the limit; otherwise it is killed with its whole group."""
        if self.process is None:
            return True
        try:
            self.process.wait(max(limit_s, 0.0))
            in_time = True
        except subprocess.TimeoutExpired:
            in_time = False
        self._bury()
        return in_time

    def _bury(self) -> None:
        assert self.process is not None
        # macOS answers PermissionError for a group of zombies
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.returncode = self.process.wait()
        self.lifeline.release(self.process.pid)
        self.process = None
        if self._reader is not None:
            self._reader.join(2.0)

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for raw in process.stdout:
            line = raw.decode(errors="replace")
            self._keep(line)
            say(self.name, line)

    def _keep(self, line: str) -> None:
        try:
            if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT_BYTES:
                self.log_file.replace(self.log_file.with_suffix(".log.1"))
            with open(self.log_file, "a", encoding="utf-8", errors="replace") as log:
                log.write(line if line.endswith("\n") else f"{line}\n")
        except OSError as error:
            say("desk", f"{self.log_file} cannot be written: {error}")
