"""`manage.py pull`: read a source or a path now, in this process, with progress in the terminal."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from core.text import one_line
from staff.permissions import Worker
from traffic import services
from traffic.enums import Kind, PullState
from traffic.models import Pull, Source
from traffic.pulls import waiting_files
from traffic.queries import progress_of
from traffic.reading import CONNECTORS

FOLLOW_S = 5.0


class Command(BaseCommand):
    """Runs the same service as the worker."""

    help = "Pull a source (by its slug) or a path into the lake."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to pull and how to read it."""
        parser.add_argument("source", help="slug of a source, or a file or folder")
        parser.add_argument("--connector", default="", choices=["", *CONNECTORS], help="default: told from the file")
        parser.add_argument("--kind", default=Kind.EXCHANGES, choices=Kind.values)
        parser.add_argument("--follow", action="store_true", help="go on with new and grown files until Ctrl-C")

    def handle(self, *args: Any, **options: Any) -> None:
        """Pull once, or again and again."""
        actor = Worker("pull-command")
        try:
            source = self._source(options, actor)
            pull = self._pull(source, actor)
            while options["follow"]:
                time.sleep(FOLLOW_S)
                if waiting_files(source):
                    pull = self._pull(source, actor)
        except DomainError as error:
            raise CommandError(error.message) from None
        except KeyboardInterrupt:
            return
        if pull.state not in (PullState.FINISHED, PullState.RUNNING):
            raise CommandError(f"The pull ended as {pull.state}: {one_line(pull.message, 400)}")

    def _source(self, options: dict[str, Any], actor: Worker) -> Source:
        found = Source.objects.filter(slug=options["source"]).first()
        if found is not None:
            return found
        if not Path(options["source"]).exists():
            raise CommandError(f"source: {options['source']!r} is neither the slug of a source nor a path that exists")
        return services.add_source(
            actor=actor, path=options["source"], kind=options["kind"], connector=options["connector"], watch=False
        )

    def _pull(self, source: Source, actor: Worker) -> Pull:
        pull = services.request_pull(source=source, actor=actor)
        pull = services.run_pull(pull=pull, report=self._report)
        self.stdout.write(f"\r{progress_of(pull).line}")
        if pull.message:
            self.stdout.write(one_line(pull.message, 400))
        return pull

    def _report(self, pull: Pull) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{progress_of(pull).line}", ending="")
            self.stdout.flush()
