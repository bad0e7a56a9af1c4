"""Detection runs: one pass over a window each, repeatable from what the row holds."""

from __future__ import annotations

from django.db import models

from detection.enums import RunState


class DetectionRun(models.Model):
    """One pass over a window. Visible only when finished; repeats to the same numbers from what the row holds."""

    state = models.CharField(max_length=16, choices=RunState, default=RunState.WAITING)
    requested_by = models.TextField()
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    progress = models.TextField(blank=True)
    message = models.TextField(blank=True)
    window_start = models.DateTimeField(null=True)
    window_end = models.DateTimeField(null=True)
    code_version = models.TextField(blank=True)
    parameters = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict, help_text="Digests of the lake files, accounts, labels and templates read")
    result_digest = models.CharField(max_length=64, blank=True)
    n_exchanges = models.BigIntegerField(default=0)
    n_accounts = models.BigIntegerField(default=0)
    n_units = models.IntegerField(default=0, help_text="Units tested in this look")
    last_pull_id = models.BigIntegerField(default=0, help_text="Newest finished pull that this run saw")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"run {self.pk}"
