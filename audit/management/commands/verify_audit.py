"""`manage.py verify_audit`: walk the audit trail, compare it with its checkpoints, and name the first bad entry of each chain."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import queries
from audit.places import Folder


class Command(BaseCommand):
    help = "Walk the audit trail from its first entry, hold it against every checkpoint, and name what is wrong first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", help="only this chain, as in case:CASE-2026-0001 or system, without checkpoints")
        parser.add_argument(
            "--checkpoints", action="append", default=[], help="a further folder of checkpoints, from elsewhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["chain"]:
            outcome = queries.verify(options["chain"])
        else:
            outcome = queries.verify_all(folders=[Folder(Path(name)) for name in options["checkpoints"]])
        for fault in outcome.faults:
            self.stderr.write(self.style.ERROR(str(fault)))
        summary = f"{outcome.chains} chains, {outcome.events} events, {outcome.checkpoints} checkpoints"
        if outcome.faults:
            raise CommandError(f"{summary}: {len(outcome.faults)} faults")
        self.stdout.write(self.style.SUCCESS(f"{summary}: every entry follows the one before it"))
