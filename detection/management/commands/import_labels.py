"""`manage.py import_labels`: past bans and clearances of a file become labels; given again, nothing changes."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from detection.labels.reading import read_label_file
from detection.labels.services import import_labels
from staff.permissions import Worker


class Command(BaseCommand):
    """The same service as the page and the API."""

    help = "Import past bans and clearances: account_id, outcome (banned|cleared), decided_at, reason, source."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and whose record it is."""
        parser.add_argument("file", type=Path, help="CSV, JSON lines or Parquet, plain or compressed")
        parser.add_argument(
            "--source", default="", help="whose record it is, where a row does not say; the file's name"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, import, say what became of it."""
        path: Path = options["file"]
        source = options["source"] or path.name
        if not path.is_file():
            raise CommandError(f"FILE: {str(path)!r} is not allowed; it is a readable file")
        try:
            delivery = read_label_file(path, name=path.name, source=source)
            actor = Worker("import-labels")
            batch, new = import_labels(delivery=delivery, name=path.name, source=source, actor=actor)
        except DomainError as error:
            raise CommandError(error.message) from None
        for bad in delivery.refused:
            self.stderr.write(f"row {bad.number}: {bad.reason}")
        if not new:
            self.stdout.write(f"These decisions were imported as {batch} already; nothing changed.")
            return
        self.stdout.write(
            f"{batch}: {batch.n_new:,} new labels, {batch.n_known:,} known, {batch.n_refused:,} rows refused, "
            f"{batch.n_unknown_accounts:,} accounts known only from this file; digest {batch.digest}"
        )
