"""Where exchanges come from, how far each file was read, and which lake files are visible."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from traffic.enums import FileKind, Kind, PullState


class Source(models.Model):
    """A path or watched folder, with the connector that reads it."""

    slug = models.SlugField(max_length=64, unique=True)
    name = models.TextField()
    connector = models.CharField(max_length=32, help_text="Name in traffic.connectors")
    kind = models.CharField(max_length=16, choices=Kind)
    path = models.TextField(help_text="A file or a folder on the worker's machine")
    watch = models.BooleanField(default=True, help_text="Look for new and grown files by itself")
    settings = models.JSONField(default=dict, blank=True, help_text="Column mapping and other connector settings")
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Pull(models.Model):
    """One reading of a source, with its counts. Every record received is stored, known, quarantined or in conflict."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="pulls")
    state = models.CharField(max_length=16, choices=PullState, default=PullState.WAITING)
    requested_by = models.TextField(help_text="Audit name of the person or worker")
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    message = models.TextField(blank=True)
    connector_version = models.TextField(blank=True)
    bytes_total = models.BigIntegerField(default=0)
    bytes_done = models.BigIntegerField(default=0)
    n_received = models.BigIntegerField(default=0)
    n_stored = models.BigIntegerField(default=0)
    n_known = models.BigIntegerField(default=0, help_text="Already stored from this source")
    n_further_origin = models.BigIntegerField(default=0, help_text="Already stored from another source; origin added")
    n_conflict = models.BigIntegerField(default=0, help_text="Same id with other content: stored beside, marked")
    n_quarantined = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"pull {self.pk} of {self.source}"


class PulledFile(models.Model):
    """The cursor in one file of a source; it moves only in the transaction that makes its rows visible."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="files")
    path = models.TextField()
    size = models.BigIntegerField()
    mtime_ns = models.BigIntegerField()
    cursor = models.BigIntegerField(default=0, help_text="Records of this file that are done with")
    offset = models.BigIntegerField(default=0, help_text="Bytes behind the cursor, after decompression; 0 for tables")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of those bytes; of the whole file for tables")
    done = models.BooleanField(default=False, help_text="Nothing more can be read until size or time changes")
    message = models.TextField(blank=True, help_text="Why reading stopped early")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "path"), name="pulled_file_once"),)

    def __str__(self) -> str:
        return self.path


class LakeFiles(models.Manager["LakeFile"]):
    """Lists leave the hashes of accounts out: they are long, and only erasure reads them."""

    def get_queryset(self) -> models.QuerySet[LakeFile]:
        return super().get_queryset().defer("account_hashes")


class LakeFile(models.Model):
    """A Parquet file of the lake. A file without a row here does not exist for anyone."""

    kind = models.CharField(max_length=16, choices=FileKind)
    day = models.DateField(null=True, help_text="UTC day of the exchanges")
    path = models.TextField(unique=True, help_text="Relative to the lake folder")
    n_rows = models.BigIntegerField()
    n_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    min_ts_us = models.BigIntegerField(null=True)
    max_ts_us = models.BigIntegerField(null=True)
    pull = models.ForeignKey(Pull, null=True, on_delete=models.SET_NULL, related_name="lake_files")
    created_at = models.DateTimeField(auto_now_add=True)
    account_hashes = ArrayField(
        models.BigIntegerField(),
        null=True,
        help_text="Whose records it holds: what legal holds are compared with. Empty in old files: then any hold keeps it",
    )

    objects = LakeFiles()

    class Meta:
        indexes = (models.Index(fields=("kind", "day"), name="lake_file_kind_day"),)

    def __str__(self) -> str:
        return self.path


class LakeReading(models.Model):
    """What a page read from the lake, kept with a digest of all that it was made from. A trigger forgets all at an erasure."""

    about = models.TextField(unique=True, help_text="Which reading, such as harvest:C-0001")
    key = models.CharField(max_length=64, help_text="Digest of all that it was made from")
    result = models.TextField(help_text="JSON; text, since jsonb takes no NUL")
    kept_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.about


class PulledBatch(models.Model):
    """The receipt of one batch: what came, when, and a digest to which every record of it contributes a salted leaf."""

    pull = models.ForeignKey(Pull, on_delete=models.PROTECT, related_name="batches")
    path = models.TextField(help_text="The source's file")
    first_position = models.BigIntegerField(help_text="Line or row of the first record")
    last_position = models.BigIntegerField()
    received_at = models.DateTimeField(db_default=Now(), help_text="Ingest time: the database's clock")
    first_ts_us = models.BigIntegerField(null=True, help_text="Event time: the source's claim")
    last_ts_us = models.BigIntegerField(null=True)
    clock_offset_us = models.BigIntegerField(help_text="Worker's clock minus the database's, then")
    n_records = models.BigIntegerField(help_text="Lines or rows; one may hold several exchanges")
    n_received = models.BigIntegerField()
    n_stored = models.BigIntegerField()
    n_known = models.BigIntegerField()
    n_further_origin = models.BigIntegerField()
    n_conflict = models.BigIntegerField()
    n_quarantined = models.BigIntegerField()
    raw_bytes = models.BigIntegerField(help_text="Of the records as received; 0 where a table gives no bytes of a row")
    salt = models.BinaryField(help_text="Key of the leaves; never published")
    digest = models.CharField(max_length=64, help_text="SHA-256 over the leaves in order of position")
    raw_file = models.ForeignKey(LakeFile, null=True, on_delete=models.SET_NULL, related_name="batches")

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"records {self.first_position} to {self.last_position} of {self.path}"


class QuarantinedRecord(models.Model):
    """A record that could not be read, with its bytes and the reason."""

    pull = models.ForeignKey(Pull, on_delete=models.CASCADE, related_name="quarantined")
    path = models.TextField()
    line = models.BigIntegerField(help_text="1 for the first line or row")
    raw = models.BinaryField(help_text="The bytes as received, cut at 64 KiB; size and digest are of the whole")
    raw_size = models.BigIntegerField()
    raw_sha256 = models.CharField(max_length=64)
    reason = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("pull", "path", "line", "raw_sha256"), name="quarantined_once"),)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class ModelRelease(models.Model):
    """When a model became available, drawn into charts."""

    model = models.TextField(unique=True)
    released_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.model


class ListPrice(models.Model):
    """What a model's tokens cost at list price from a day on."""

    model = models.TextField()
    valid_from = models.DateField()
    input_usd_per_mtok = models.DecimalField(max_digits=12, decimal_places=6)
    output_usd_per_mtok = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("model", "valid_from"), name="list_price_once"),)

    def __str__(self) -> str:
        return f"{self.model} from {self.valid_from}"
