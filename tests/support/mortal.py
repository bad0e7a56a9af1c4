"""A writer of case files that dies where it is told to: one warm process, and a fork of it for each attempt.

A fork dies by kill -9 of itself, with its database connections open and its files half done, as a killed worker does;
nothing is imported anew, so that an attempt costs what the writing costs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.worker import ROOT


class Attempt(NamedTuple):
    """How a fork ended, and the spots that it came past."""

    killed: bool
    spots: list[str]


class MortalWriter:
    """The test's end of the pipe."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def write(self, export_id: int, *, die_at: str = "") -> Attempt:
        """Write the export once, to its end or to the spot."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([export_id, die_at]) + "\n")
        self.process.stdin.flush()
        spots: list[str] = []
        for line in self.process.stdout:
            kind, said = json.loads(line)
            if kind == "end":
                return Attempt(said == signal.SIGKILL, spots)
            spots.append(said)
        raise AssertionError("the writer's process ended")


@contextmanager
def mortal_writer(database_url: str, var_dir: Path) -> Iterator[MortalWriter]:
    """The process, signed in as the application's role."""
    given = {"DATABASE_URL": database_url, "STILLWATCH_VAR": str(var_dir)}
    environment = {name: value for name, value in os.environ.items() if name != "MIGRATE_DATABASE_URL"} | given
    command = [sys.executable, "-m", "tests.support.mortal"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as process:
        try:
            yield MortalWriter(process)
        finally:
            process.kill()


def _serve() -> None:
    import django

    django.setup()
    from investigations.casefile import services, writing  # noqa: F401
    from investigations.charts.frames import capability_frame
    from investigations.charts.paper import draw
    from investigations.models import CaseExport

    draw(capability_frame("Fonts are looked for once, for all forks", [("one", 1)], total=1))
    for line in sys.stdin:
        export_id, die_at = json.loads(line)
        child = os.fork()
        if child == 0:
            _watch(die_at)
            services.write_export(export=CaseExport.objects.get(pk=export_id))
            os._exit(0)
        _tell("end", os.waitpid(child, 0)[1])


def _watch(die_at: str) -> None:
    """Say each spot as the writer comes past it, and die at the one that was named."""
    from django.conf import settings

    from investigations.casefile import bag, produced, sealing, services

    def passed(spot: str) -> None:
        _tell("spot", spot)
        if spot == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def after(place: Any, name: str, spot: Callable[..., str]) -> None:
        original = getattr(place, name)

        def watched(*given: Any, **named: Any) -> Any:
            result = original(*given, **named)
            if said := spot(*given, **named):
                passed(said)
            return result

        setattr(place, name, watched)

    after(services.Heartbeat, "say", lambda beat, progress: progress)
    after(sealing, "seal", lambda folder, sealer: "sealed")
    after(bag, "zip_bag", lambda folder, target: "packed")
    after(bag, "sync", lambda path: "in its place" if path == Path(settings.EXPORT_DIR) else "")
    after(produced, "publish_map", lambda export, folder: "map in its place")
    after(services, "_record", lambda export, actor, action, **facts: "told, not committed")
    after(services, "_publish", lambda export, folder: "committed")


def _tell(kind: str, said: object) -> None:
    os.write(1, (json.dumps([kind, said]) + "\n").encode())


if __name__ == "__main__":
    _serve()
