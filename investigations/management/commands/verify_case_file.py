"""Check a case file: the very checks of the `verify.py` that lies in every bag."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from investigations.casefile.verifying import steps


class Command(BaseCommand):
    help = "Check a case file (a zip or an unpacked folder) as the other side would."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps.add_arguments(parser, path_needed=True)

    def handle(self, *args: Any, **options: Any) -> None:
        status = steps.run(options, say=self.stdout.write)
        if status:
            raise CommandError("", returncode=status)
