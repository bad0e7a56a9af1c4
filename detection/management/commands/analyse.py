"""`manage.py analyse`: the same pipeline on files, without touching lake or database."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from detection.files import derive_files, open_parts, read_accounts, sessions_of, sketch_files, write_results
from detection.parameters import Parameters
from detection.pipeline import run
from detection.services import build_inputs
from traffic.connectors.base import SourceUnavailable


class Command(BaseCommand):
    """Derives in a temporary folder and writes only to --out."""

    help = "Analyse exchange files: accounts, campaigns, sessions, templates and signals as Parquet, and summary.md."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Files in, folder out."""
        parser.add_argument(
            "paths", nargs="*", type=Path, help="exchange files: Parquet, CSV, JSON lines, plain or compressed"
        )
        parser.add_argument("--exchanges", type=Path, action="append", default=[], help="the same, by name")
        parser.add_argument("--accounts", type=Path, help="account records")
        parser.add_argument("--out", type=Path, required=True, help="folder for the results")

    def handle(self, *args: Any, **options: Any) -> None:
        """Derive, run, write."""
        paths = [*options["paths"], *options["exchanges"]]
        if not paths:
            raise CommandError("PATH: none was given; name at least one exchange file")
        say = self.stdout.write
        try:
            with tempfile.TemporaryDirectory(prefix="analyse-") as folder:
                parts = derive_files(paths, Path(folder), say)
                accounts = read_accounts(options["accounts"]) if options["accounts"] else None
                exchanges, known = open_parts(parts, accounts)
                say("Mining near-duplicates")
                inputs = replace(
                    build_inputs(known, cleared=frozenset(), listed=frozenset()), sketches=sketch_files(Path(folder))
                )
                analysis = run(exchanges, inputs, Parameters(), say)
                flagged = sorted(account.account_id for account in analysis.accounts if account.flagged)
                runs = sessions_of(exchanges, flagged)
                write_results(analysis, options["out"], runs)
        except (DomainError, SourceUnavailable, OSError) as error:
            raise CommandError(str(error)) from None
        say(f"{len(analysis.campaigns)} campaigns, {len(flagged)} accounts flagged; results in {options['out']}")
