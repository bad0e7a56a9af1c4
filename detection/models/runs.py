"""Detection runs: one pass over a window each, repeatable from what the row holds."""

from __future__ import annotations

from django.db import models

from detection.enums import RunKind, RunState


class DetectionRun(models.Model):
    """One pass over a window. Visible only when finished; repeats to the same numbers from what the row holds."""

    kind = models.CharField(max_length=16, choices=RunKind, default=RunKind.LIVE)
    is_look = models.BooleanField(
        default=True, help_text="Whether it may certify: the scheduled look may, a daily run and a comparison may not"
    )
    base = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="comparisons",
        help_text="The run whose window, lake files and other inputs it reads again",
    )
    state = models.CharField(max_length=16, choices=RunState, default=RunState.WAITING)
    requested_by = models.TextField()
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    progress = models.TextField(blank=True)
    message = models.TextField(blank=True)
    rolling_days = models.IntegerField(
        null=True, help_text="The window is so many days up to the newest exchange; empty: as it was asked for"
    )
    window_start = models.DateTimeField(null=True)
    window_end = models.DateTimeField(null=True)
    code_version = models.TextField(blank=True)
    parameters = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict, help_text="Digests of the lake files, accounts, labels and templates read")
    result_digest = models.CharField(max_length=64, blank=True)
    n_exchanges = models.BigIntegerField(default=0)
    n_accounts = models.BigIntegerField(default=0)
    n_units = models.IntegerField(default=0, help_text="Units tested in this look")
    n_missed = models.BigIntegerField(
        default=0, help_text="Exchanges that came in since the live run before and lie before the window"
    )
    last_pull_id = models.BigIntegerField(default=0, help_text="Newest finished pull that this run saw")
    last_file_id = models.BigIntegerField(default=0, help_text="Newest lake file that this run saw")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def is_live(self) -> bool:
        """Whether campaigns, flags and the queue follow it; other runs are for comparison alone."""
        return self.kind == RunKind.LIVE

    @property
    def words(self) -> str:
        """What it is called on a screen: look, daily run, back-test, shadow run or repeat of run N."""
        if self.is_live:
            return "look" if self.is_look else "daily run"
        if self.kind == RunKind.REPEAT:
            return f"repeat of run {self.base_id}"
        return "back-test" if self.kind == RunKind.BACK_TEST else "shadow run"
