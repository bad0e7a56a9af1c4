"""Words for sources and pulls."""

from django.db import models


class Kind(models.TextChoices):
    """What a source holds."""

    EXCHANGES = "exchanges", "exchanges"
    ACCOUNTS = "accounts", "account records"
    SCORES = "scores", "outside scores"
    RELEASES = "releases", "model releases"
    PRICES = "prices", "price list"


class PullState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    FINISHED = "finished", "finished"
    INCOMPLETE = "incomplete", "ended early; the rows before the fault are kept"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


class FileKind(models.TextChoices):
    EXCHANGES = "exchanges", "exchanges"
    SKELETONS = "skeletons", "distinct skeletons"
    ORIGINS = "origins", "further origins of stored exchanges"
    RAW = "raw", "records as received"
