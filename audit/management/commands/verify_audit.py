"""`manage.py verify_audit`: walk the audit trail and name the first bad entry of each chain."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import queries


class Command(BaseCommand):
    help = "Walk the audit trail from its first entry and name the first bad entry of each chain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", help="only this chain, as in case:CASE-2026-0001 or system")

    def handle(self, *args: Any, **options: Any) -> None:
        outcome = queries.verify(options["chain"])
        for fault in outcome.faults:
            self.stderr.write(self.style.ERROR(str(fault)))
        summary = f"{outcome.chains} chains, {outcome.events} events"
        if outcome.faults:
            raise CommandError(f"{summary}: {len(outcome.faults)} chains are broken")
        self.stdout.write(self.style.SUCCESS(f"{summary}: every entry follows the one before it"))
