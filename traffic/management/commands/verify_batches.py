"""`manage.py verify_batches`: every kept record against the receipt of its batch."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from traffic.models import PulledBatch
from traffic.receipt import wrong_with


class Command(BaseCommand):
    help = "Hash every record that is kept as received and compare it with its leaf and its batch's digest."

    def handle(self, *args: Any, **options: Any) -> None:
        checked = bad = 0
        for batch in PulledBatch.objects.exclude(raw_file=None).select_related("raw_file").iterator(chunk_size=100):
            checked += 1
            try:
                what = wrong_with(batch)
            except (OSError, ValueError) as error:
                what = f"its file cannot be read: {error}"
            if what:
                bad += 1
                self.stderr.write(self.style.ERROR(f"batch {batch.pk}, {batch}: {what}"))
        if bad:
            raise CommandError(f"{bad} of {checked} batches do not hold")
        self.stdout.write(self.style.SUCCESS(f"{checked} batches: every record fits its leaf, every leaf its digest"))
