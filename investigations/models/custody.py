"""What became of a case file: derived into a produced form, handed over to somebody, checked again."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from investigations.enums import Channel, WorkState
from investigations.models.cases import CaseExport


class Production(models.Model):
    """A case file that is the produced form of a sealed one, and the map that turns its pseudonyms back."""

    export = models.OneToOneField(CaseExport, on_delete=models.PROTECT, related_name="production")
    source = models.ForeignKey(CaseExport, on_delete=models.PROTECT, related_name="productions")
    source_tagmanifest_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of the sealed bag it is made from"
    )
    n_redactions = models.IntegerField(default=0, help_text="Values that are taken out")
    n_places = models.IntegerField(default=0, help_text="Places in the bag at which one stood")
    n_withheld = models.IntegerField(default=0, help_text="Files and audit payloads that are withheld whole")
    map_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the map's zip")
    map_bytes = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.export} from {self.source}"


class HandOver(models.Model):
    """A copy of a case file that was given to somebody; never edited, only followed by another."""

    export = models.ForeignKey(CaseExport, on_delete=models.PROTECT, related_name="hand_overs")
    recipient = models.TextField(help_text="Person, and for whom they act")
    purpose = models.TextField()
    channel = models.CharField(max_length=12, choices=Channel)
    handed_at = models.DateTimeField(help_text="When the copy left the house, as the person says")
    digest_confirmed = models.BooleanField(help_text="Whether the recipient compared the digest by another road")
    sha256 = models.CharField(max_length=64, help_text="Of the zip that was handed over")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.export} to {self.recipient}"


class ExportCheck(models.Model):
    """One verification of a case file as it lies on the disk, step by step, by a worker."""

    export = models.ForeignKey(CaseExport, on_delete=models.PROTECT, related_name="checks")
    state = models.CharField(max_length=12, choices=WorkState, default=WorkState.WAITING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    steps = models.JSONField(default=list, help_text="name, ok, detail of each step so far")
    passed = models.BooleanField(null=True)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("export",),
                condition=models.Q(state__in=(WorkState.WAITING, WorkState.RUNNING)),
                name="one_export_check",
            ),
        )

    def __str__(self) -> str:
        return f"check {self.pk} of {self.export_id}"
