"""What is to be taken out of the produced form of a case, who said so, and the secret behind the case's pseudonyms."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from investigations.enums import RedactionReason, RedactionState, WorkState
from investigations.models.cases import Case


class CaseSecret(models.Model):
    """The key of one case's pseudonyms; it stays here, and leaves in no case file."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="+")
    secret = models.BinaryField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"secret of {self.case_id}"


class Redaction(models.Model):
    """One value that a machine or a person proposes to take out of a case, wherever it stands."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="redactions")
    number = models.IntegerField()
    value = models.TextField(help_text="What goes; letter case and white space do not count when it is looked for")
    value_key = models.CharField(max_length=64, help_text="Keyed digest of the value: one redaction a value and case")
    reason = models.CharField(max_length=20, choices=RedactionReason)
    reason_text = models.TextField(blank=True)
    rule = models.CharField(max_length=40, blank=True, help_text="The rule that proposed it; empty: a person did")
    state = models.CharField(max_length=12, choices=RedactionState, default=RedactionState.PROPOSED)
    token = models.CharField(max_length=48, help_text="What stands in its place")
    salt = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, help_text="SHA-256 over salt and value; the salt stays out of the bag")
    n_places = models.IntegerField(default=0, help_text="At the last look through the case's texts")
    n_texts = models.IntegerField(default=0)
    place = models.JSONField(default=dict, help_text="A text in which it stands: kind, ref, part")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(auto_now_add=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    judged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("case", "number"), name="redaction_number"),
            models.UniqueConstraint(fields=("case", "value_key"), name="redaction_once"),
        )
        indexes = (models.Index(fields=("case", "state", "number"), name="redaction_state"),)

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """How people and the log of a produced form call it."""
        return f"R-{self.number:04d}"


class RedactionScan(models.Model):
    """One look through the texts of a case for what should be taken out, by a worker."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="redaction_scans")
    state = models.CharField(max_length=12, choices=WorkState, default=WorkState.WAITING)
    version = models.TextField(help_text="Of the rules")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    n_texts = models.IntegerField(default=0)
    n_done = models.IntegerField(default=0)
    n_found = models.IntegerField(default=0, help_text="New proposals")
    message = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("case",),
                condition=models.Q(state__in=(WorkState.WAITING, WorkState.RUNNING)),
                name="one_redaction_scan",
            ),
        )

    def __str__(self) -> str:
        return f"look {self.pk} through {self.case_id}"
