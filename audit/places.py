"""Where checkpoints lie: a folder of our own, and a second place that takes a file once and never again."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.errors import Conflict, Unavailable
from core.text import one_line


class Overwritten(Conflict):
    """A file of that name is there with other bytes: nothing is written."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder whose files are made once. For a second place: a mount where the application may create and not change."""

    path: Path

    def put(self, name: str, data: bytes) -> None:
        """Make the file, whole and on the disk. Equal bytes that are there already are fine; others are refused."""
        target, draft = self.path / name, self.path / f".{name}.{os.getpid()}"
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o400)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, target)  # fails where the name is taken, atomically
            except FileExistsError:
                if target.read_bytes() != data:
                    raise Overwritten(f"{target} is there with other bytes; it is left as it is.") from None
            finally:
                os.unlink(draft)
            _sync(self.path)
        except OSError as error:
            raise Unavailable(f"{self.path} cannot take {name}: {error.strerror}.") from None

    def get(self, name: str) -> bytes | None:
        """The file's bytes, or None."""
        try:
            return (self.path / name).read_bytes()
        except OSError:
            return None

    def names(self) -> list[str]:
        """The files that are there, by name."""
        return sorted(path.name for path in self.path.glob("checkpoint-*")) if self.path.is_dir() else []

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is given the name as its last argument and the bytes on standard input, and creates, never replaces."""

    command: str
    timeout_s: float = 60.0

    def put(self, name: str, data: bytes) -> None:
        """Hand the file over; any status but 0 means that it was not taken."""
        try:
            done = subprocess.run(
                [*shlex.split(self.command), name], input=data, capture_output=True, timeout=self.timeout_s, check=False
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"The copy command could not take {name}: {error}.") from None
        if done.returncode != 0:
            said = one_line(done.stderr.decode(errors="replace"), 200) or "it said nothing"
            raise Unavailable(f"The copy command refused {name} with status {done.returncode}: {said}.")

    def __str__(self) -> str:
        return f"command {shlex.split(self.command)[0]}"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
