"""Which thresholds live and shadow runs use: each change one row, with the run that it was tried on and the reason."""

from __future__ import annotations

from django.db import models

from detection.enums import TuningPurpose
from detection.models.runs import DetectionRun


class Tuning(models.Model):
    """Thresholds from a moment on. The newest row of a purpose stands; rows are never changed."""

    purpose = models.CharField(max_length=16, choices=TuningPurpose)
    thresholds = models.JSONField(
        default=dict, help_text="Name and number; a name that is missing keeps its default. Empty shadow: none runs"
    )
    tried_on = models.ForeignKey(
        DetectionRun, null=True, on_delete=models.PROTECT, related_name="+", help_text="The back-test behind it"
    )
    reason = models.TextField()
    set_by = models.TextField()
    set_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.pk}"
