"""`manage.py import_corpus`: a public prompt set becomes hashes that signal N3 compares with."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from detection.public_text.corpora import import_corpus
from staff.permissions import Worker


class Command(BaseCommand):
    """The same service as the page."""

    help = "Import a public prompt set (benchmark, instruction set); only hashes of its prompts are kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file and what the set is called."""
        parser.add_argument("file", type=Path, help="CSV, JSON lines or Parquet with a column prompt")
        parser.add_argument("--name", required=True)
        parser.add_argument("--licence", required=True, help="as the set names it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, hash, store."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"FILE: {str(path)!r} is not allowed; it is a readable file")
        try:
            corpus, new = import_corpus(
                path=path, name=options["name"], licence=options["licence"], actor=Worker("import-corpus")
            )
        except DomainError as error:
            raise CommandError(error.message) from None
        known = "" if new else "; it was known already, nothing changed"
        self.stdout.write(f"{corpus}: {corpus.n_items:,} prompts{known}")
