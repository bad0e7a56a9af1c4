"""`manage.py ensure_first_users --file F`: one person for each role on a fresh database, passwords shown once."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from staff import services


class Command(BaseCommand):
    help = (
        "Make one person for each role on a database without people; print the passwords once and keep them in a file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--file", type=Path, required=True, help="where the passwords are kept, readable by the owner"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = services.create_first_people(actor="bootstrap")
        if not made:
            return
        lines = [f"{person.username:<8} {person.role.label:<15} {person.password}" for person in made]
        path: Path = options["file"]
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write("\n".join(lines) + "\n")
        self.stdout.write("First people (kept in " + str(path) + "):")
        for line in lines:
            self.stdout.write("  " + line)
