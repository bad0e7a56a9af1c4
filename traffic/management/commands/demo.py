"""`manage.py demo`: writes the demo log and registers its folders as sources, to be pulled like any other."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from staff.permissions import Worker
from traffic import services
from traffic.demo import generate
from traffic.demo.world import DEFAULT_DAYS, DEFAULT_START
from traffic.demo.writers import FOLDERS, marker, read_marker, write_log


class Command(BaseCommand):
    """Writes gateway-shaped log files, account records, model releases and a price list."""

    help = "Write the demo log and register its folders as sources."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where, how much, and whether to register."""
        parser.add_argument("--out", type=Path, help="folder to write to (default: demo/ in the data folder)")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument(
            "--scale", type=float, default=1.0, help="1.0 is about 3,000 accounts and 150,000 exchanges"
        )
        parser.add_argument("--start", type=date.fromisoformat, default=DEFAULT_START, help="first day, YYYY-MM-DD")
        parser.add_argument("--days", type=int, default=DEFAULT_DAYS)
        parser.add_argument("--if-absent", action="store_true", help="do nothing where the same log is there already")
        parser.add_argument("--with-truth", action="store_true", help="also write truth.jsonl: who was planted")
        parser.add_argument("--no-register", action="store_true", help="write files only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Writes what is asked for, then registers it."""
        out: Path = (options["out"] or settings.VAR_DIR / "demo").absolute()
        wanted = marker(options["start"], options["days"], options["seed"], options["scale"])
        found = read_marker(out)
        if not (options["if_absent"] and found is not None):
            self._write(out, wanted, options)
        elif found != wanted:
            raise CommandError(f"--out {out} holds another demo log ({found}); leave out --if-absent to replace it")
        else:
            self.stdout.write(f"The demo log is there already: {out}")
        if not options["no_register"]:
            register_sources(out)
            self.stdout.write(f"Registered {len(FOLDERS)} sources; the worker pulls them.")

    def _write(self, out: Path, wanted: dict[str, Any], options: dict[str, Any]) -> None:
        """Generates the log and writes its folders."""
        seed, scale = options["seed"], options["scale"]
        try:
            log = generate(seed, scale, start=options["start"], days=options["days"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        out.mkdir(parents=True, exist_ok=True)
        sizes = write_log(log, out, seed=seed, scale=scale, with_truth=options["with_truth"])
        megabytes = sum(sizes.values()) / 1e6
        self.stdout.write(
            f"{len(log.accounts):,} accounts and {len(log.exchanges):,} exchanges from {wanted['start']} on, "
            f"{wanted['days']} days, {megabytes:.0f} MB: {out}"
        )


@transaction.atomic
def register_sources(out: Path) -> None:
    """Makes each folder of the demo log a watched source; those that are registered already stay as they are."""
    for folder in FOLDERS:
        services.add_source(
            actor=Worker("demo-command"),
            path=str(out / folder.slug),
            kind=folder.kind,
            connector=folder.connector,
            name=folder.name,
        )
