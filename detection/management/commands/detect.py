"""`manage.py detect`: one detection run over the lake, in this process, with progress in the terminal."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from detection import services
from detection.enums import RunState
from detection.models import DetectionRun
from staff.permissions import Worker

FOLLOW_S = 5.0
ACTOR = Worker("detect-command")


class Command(BaseCommand):
    """Runs the same service as the worker."""

    help = "Run detection over the rolling window of the lake, another window, or all of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Window and following."""
        window = parser.add_mutually_exclusive_group()
        window.add_argument("--window", nargs=2, metavar=("START", "END"), help="ISO times, UTC")
        window.add_argument("--whole-lake", action="store_true", help="every exchange; default: the rolling window")
        parser.add_argument("--look", action="store_true", help="certify, though no look is due")
        parser.add_argument("--follow", action="store_true", help="run again when new exchanges are in, until Ctrl-C")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run once, or whenever something new is in."""
        start, end = (_moment(text) for text in options["window"] or (None, None))
        asked = {"window_start": start, "window_end": end, "whole_lake": options["whole_lake"]}
        try:
            run = self._run(services.request_run(actor=ACTOR, as_look=options["look"] or None, **asked))
            while options["follow"]:
                time.sleep(FOLLOW_S)
                if services.newest_pull() > run.last_pull_id or services.newest_file() > run.last_file_id:
                    run = self._run(services.request_run(actor=ACTOR))
        except DomainError as error:
            raise CommandError(error.message) from None
        except KeyboardInterrupt:
            return

    def _run(self, run: DetectionRun) -> DetectionRun:
        run = services.run_detection(run=run, report=lambda words: self.stdout.write(words))
        if run.state != RunState.FINISHED:
            raise CommandError(f"Run {run.pk} ended as {run.state}: {run.message}")
        self.stdout.write(
            f"Run {run.pk}, a {run.words}: {run.n_exchanges:,} exchanges, {run.n_units} units, digest {run.result_digest}"
        )
        if run.n_missed:
            self.stdout.write(f"{run.n_missed:,} exchanges lie before the window and were not read")
        for campaign in run.campaigns_seen.order_by("-score"):
            self.stdout.write(
                f"{campaign.code} {campaign.level}: {campaign.n_core} core, {campaign.n_associate} associates"
            )
        return run


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--window: {text!r} is not allowed; an ISO time such as 2026-05-01T00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
