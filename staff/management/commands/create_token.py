"""`manage.py create_token USERNAME`: an API token for a person, printed once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staff.models import User
from staff.tokens import create_token


class Command(BaseCommand):
    help = "Make an API token for a person and print it once; an older token of theirs ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username=options["username"]).first()
        if person is None:
            raise CommandError(f"username: {options['username']!r} is not allowed; it is the name of a person here.")
        if not person.is_active:
            raise CommandError(f"{person.username} is switched off; a token would sign nobody in.")
        self.stdout.write(create_token(person=person, actor="command line"))
