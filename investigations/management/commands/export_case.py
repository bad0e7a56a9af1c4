"""Write a case file from the terminal, through the same service as the page."""

from __future__ import annotations

import shutil
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from investigations.casefile import services
from investigations.models import Case, CaseExport
from staff.models import User

POLL_S = 0.5


class Command(BaseCommand):
    help = "Write a case file and put its zip into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("case", help="Code of the case")
        parser.add_argument("--out", required=True, type=Path)
        parser.add_argument("--as", dest="username", required=True, help="Who asks for it")
        parser.add_argument("--purpose", default="exported from the terminal")
        parser.add_argument(
            "--override-reason", default="", help="Why it goes out though a section of the case against it is empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        case = Case.objects.filter(code=options["case"]).first()
        user = User.objects.filter(username=options["username"]).first()
        if case is None or user is None:
            missing = f"case {options['case']}" if case is None else f"person {options['username']}"
            raise CommandError(f"There is no {missing}.")
        try:
            export = services.request_export(
                case=case, purpose=options["purpose"], actor=user, override_reason=options["override_reason"]
            )
            self._finish(export)
            path, name = services.open_export(export=export, actor=user)
        except DomainError as error:
            raise CommandError(f"{error.message} {export.message if 'export' in locals() else ''}".strip()) from error
        options["out"].mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, options["out"] / name)
        self.stdout.write(f"{export.sha256}  {options['out'] / name}")
        self.stdout.write(f"Check it: manage.py verify_case_file {options['out'] / name} --key signer.pub.pem")

    def _finish(self, export: CaseExport) -> None:
        """Write the file here, or follow the worker that was quicker; should that worker die, take over."""
        said = ""
        while export.state in services.UNFINISHED:
            services.write_export(export=export)
            export.refresh_from_db()
            if export.state in services.UNFINISHED:
                if export.progress != said:
                    self.stderr.write(f"A worker writes it: {export.progress}")
                said = export.progress
                time.sleep(POLL_S)
