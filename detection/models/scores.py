"""Scores of accounts: ours by run, and those of outside classifiers."""

from __future__ import annotations

from django.db import models

from accounts.models import ApiAccount
from detection.models.campaigns import Campaign
from detection.models.runs import DetectionRun


class AccountScore(models.Model):
    """An account's score in one run: for ranking and flagging, never a verdict."""

    run = models.ForeignKey(DetectionRun, on_delete=models.CASCADE, related_name="account_scores")
    account = models.ForeignKey(ApiAccount, on_delete=models.CASCADE, related_name="scores")
    score = models.FloatField()
    flagged = models.BooleanField(default=False)
    lead = models.BooleanField(default=False, help_text="Alone, ranked against its stratum; no campaign")
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.SET_NULL, related_name="+")
    n_exchanges = models.BigIntegerField(default=0)
    because = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("run", "account"), name="account_score_once"),)
        indexes = (models.Index(fields=("run", "flagged", "-score"), name="account_score_rank"),)

    def __str__(self) -> str:
        return f"{self.account}: {self.score:.3f}"


class OutsideScore(models.Model):
    """A score handed in by an outside classifier, under its own name and version."""

    class Subject(models.TextChoices):
        ACCOUNT = "account", "account"
        SESSION = "session", "session"

    name = models.CharField(max_length=64)
    version = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=16, choices=Subject)
    subject_id = models.TextField(help_text="Account id, or the conversation id of the session")
    account = models.ForeignKey(ApiAccount, on_delete=models.CASCADE, related_name="outside_scores")
    score = models.FloatField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    received_by = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("name", "version", "account", "subject_kind", "subject_id", "occurred_at"),
                name="outside_score_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.version} on {self.subject_id}: {self.score}"


class ScoreMapping(models.Model):
    """From which outside score on an account or session is put before an investigator."""

    name = models.CharField(max_length=64)
    version = models.CharField(max_length=64, blank=True, help_text="Empty: any version")
    threshold = models.FloatField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("name", "version"), name="score_mapping_once"),)

    def __str__(self) -> str:
        return f"{self.name} from {self.threshold}"
