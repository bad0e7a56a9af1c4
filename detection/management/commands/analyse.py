"""`manage.py analyse`: the same pipeline on files, or on the lake as it stands, with files as the result."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError, InvalidInput
from detection.analysis.files import derive_files, open_parts, read_accounts, sessions_of, sketch_files, write_results
from detection.analysis.parameters import Parameters
from detection.analysis.pipeline import Inputs, run
from detection.models import TemplateMap
from detection.services import build_inputs
from detection.services.inputs import inputs_now, pipeline_inputs
from traffic.connectors.base import SourceUnavailable
from traffic.enums import FileKind
from traffic.lake import Lake, visible_files

Found = tuple[ir.Table, Inputs]


class Command(BaseCommand):
    """Derives in a temporary folder and writes only to --out; no run, campaign or flag comes of it."""

    help = "Analyse exchange files: accounts, campaigns, sessions, templates and signals as Parquet, and summary.md."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Files in, folder out."""
        parser.add_argument(
            "paths",
            nargs="*",
            type=Path,
            help="exchange files: Parquet, CSV, JSON lines, plain or compressed; none: the whole lake",
        )
        parser.add_argument("--exchanges", type=Path, action="append", default=[], help="the same, by name")
        parser.add_argument("--accounts", type=Path, help="account records, for files")
        parser.add_argument("--out", type=Path, required=True, help="folder for the results")

    def handle(self, *args: Any, **options: Any) -> None:
        """Derive, run, write."""
        paths = [*options["paths"], *options["exchanges"]]
        try:
            with (
                self._files(paths, options["accounts"]) if paths else _lake(options["accounts"]) as (exchanges, inputs)
            ):
                analysis = run(exchanges, inputs, Parameters(), self.stdout.write)
                flagged = sorted(account.account_id for account in analysis.accounts if account.flagged)
                write_results(analysis, options["out"], sessions_of(exchanges, flagged))
        except (DomainError, SourceUnavailable, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{len(analysis.campaigns)} campaigns, {len(flagged)} accounts flagged; results in {options['out']}"
        )

    @contextmanager
    def _files(self, paths: list[Path], accounts: Path | None) -> Iterator[Found]:
        """Files, derived for as long as they are analysed; people's words are not known of them."""
        with tempfile.TemporaryDirectory(prefix="analyse-") as folder:
            parts = derive_files(paths, Path(folder), self.stdout.write)
            exchanges, known = open_parts(parts, read_accounts(accounts) if accounts else None)
            self.stdout.write("Mining near-duplicates")
            yield exchanges, build_inputs(known, sketches=sketch_files(Path(folder)))


@contextmanager
def _lake(accounts: Path | None) -> Iterator[Found]:
    """The whole lake, with accounts, labels, listings, judgements and corpora as they stand."""
    if accounts is not None:
        raise InvalidInput("--accounts", str(accounts), "it goes with exchange files; the lake has accounts of its own")
    if not visible_files(FileKind.EXCHANGES):
        raise InvalidInput("paths", "none", "name exchange files, or pull some into the lake first")
    lake = Lake()
    yield lake.exchanges(), pipeline_inputs(inputs_now(TemplateMap.objects.first()), lake)
