"""`manage.py signing_key list|public|rotate|revoke`: the keys that sign case files and checkpoints."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import keys
from audit.models import SigningKey
from core.canonical import utc_z
from core.errors import DomainError


class Command(BaseCommand):
    help = "List the signing keys, print the public list for the other side, rotate or revoke."

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        steps.add_parser("list", help="every key with its period")
        steps.add_parser("public", help="the allowed-signers file with PEM forms, to publish by another road")
        rotate = steps.add_parser("rotate", help="a new key from now on; what the old one signed stays good")
        rotate.add_argument("--reason", required=True)
        revoke = steps.add_parser("revoke", help="a key that is lost or known to others")
        revoke.add_argument("fingerprint", help="SHA256:... as listed")
        revoke.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        actor = f"command:{getpass.getuser()}"
        try:
            if options["step"] == "rotate":
                key = keys.rotate_key(actor=actor, reason=options["reason"])
                self.stdout.write(f"{key} signs from now on")
            elif options["step"] == "revoke":
                keys.revoke_key(fingerprint=options["fingerprint"], actor=actor, reason=options["reason"])
                self.stdout.write(f"{options['fingerprint']} is revoked")
            elif options["step"] == "public":
                keys.current_key()
                self.stdout.write(keys.public_list(), ending="")
            else:
                self._list()
        except DomainError as error:
            raise CommandError(error.message) from None

    def _list(self) -> None:
        for key in SigningKey.objects.all():
            state = f"revoked {utc_z(key.revoked_at)}: {key.reason}" if key.revoked_at else ""
            state = state or (f"retired {utc_z(key.retired_at)}" if key.retired_at else "signs now")
            self.stdout.write(f"{key.fingerprint}  {key.kind}  from {utc_z(key.valid_from)}  {state}")
