"""Sessions that a machine put before a person, and what the person said of them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import ApiAccount
from core.clock import now
from detection.models import Campaign, DetectionRun, OutsideScore
from investigations.enums import Verdict

HELD = models.Q(assignee__isnull=False, verdict="")


class RunFlagged(models.Model):
    """A finished detection run whose sessions have been flagged and sampled, or are being."""

    run = models.OneToOneField(DetectionRun, on_delete=models.CASCADE, related_name="flagging")
    n_sessions = models.IntegerField(default=0)
    n_new = models.IntegerField(default=0, help_text="Of these, flagged for the first time")
    flagged_at = models.DateTimeField(default=now)
    n_sampled = models.IntegerField(default=0, help_text="Of the new ones, sample prompts pulled")
    finished_at = models.DateTimeField(null=True, help_text="Every new session has its sample")

    def __str__(self) -> str:
        return f"flags of {self.run}"


class ScoreFlagged(models.Model):
    """An outside score above its threshold whose sessions have been flagged."""

    score = models.OneToOneField(OutsideScore, on_delete=models.CASCADE, related_name="flagging")
    n_sessions = models.IntegerField(default=0)
    flagged_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"flags of {self.score}"


class FlaggedSession(models.Model):
    """A session put before an investigator because of the campaign, lead or outside score it belongs to."""

    session_key = models.TextField(unique=True, help_text="Account id and session id of the lake")
    account = models.ForeignKey(ApiAccount, on_delete=models.PROTECT, related_name="flagged_sessions")
    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.SET_NULL, related_name="flagged_sessions"
    )
    run = models.ForeignKey(DetectionRun, null=True, on_delete=models.SET_NULL, related_name="flagged_sessions")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    n_exchanges = models.IntegerField(help_text="All exchanges of the session")
    n_unit_exchanges = models.IntegerField(default=0, help_text="Of these, in the campaign's units")
    strength = models.FloatField(help_text="The campaign's or lead's score; orders the queue")
    reason = models.TextField(help_text="Why it was flagged, in words")
    rule = models.TextField(blank=True, help_text="What flagged it: campaign, lead, or the outside score's name")
    asn = models.BigIntegerField(null=True, help_text="The network that all of its exchanges come from, if it is one")
    flagged_at = models.DateTimeField(auto_now_add=True)
    sampled_at = models.DateTimeField(null=True, help_text="When its sample prompts were pulled; empty: still to do")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    claim_until = models.DateTimeField(null=True, help_text="When a claim runs out; empty: given by a lead")
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    verdict_reason = models.TextField(blank=True)
    verdict_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    verdict_at = models.DateTimeField(null=True)
    tags = ArrayField(models.TextField(), default=list, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=("verdict", "-strength", "-id"), name="flagged_queue"),
            models.Index(fields=("-strength", "-id"), name="flagged_strength"),
            models.Index(fields=("campaign", "-strength", "-id"), name="flagged_campaign"),
            models.Index(fields=("account", "-started_at"), name="flagged_account"),
            models.Index(
                fields=("account", "verdict_at"), name="flagged_verdicts", condition=models.Q(verdict_at__isnull=False)
            ),
            models.Index(fields=("id",), name="flagged_unsampled", condition=models.Q(sampled_at=None)),
            models.Index(fields=("claim_until",), name="flagged_claims", condition=models.Q(claim_until__isnull=False)),
            models.Index(fields=("assignee", "-strength", "-id"), name="flagged_held", condition=HELD),
        )

    def __str__(self) -> str:
        return f"S-{self.pk:06d}"


class SamplePrompt(models.Model):
    """An exchange drawn from a flagged session by a recorded method, with the text as the lake held it."""

    session = models.ForeignKey(FlaggedSession, on_delete=models.CASCADE, related_name="samples")
    exchange_id = models.TextField()
    position = models.IntegerField(help_text="Place in the session, 1 for the first exchange")
    occurred_at = models.DateTimeField()
    model = models.TextField(blank=True)
    system_prompt = models.TextField(blank=True)
    prompt = models.TextField(blank=True)
    response = models.TextField(blank=True)
    prompt_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of the text in the lake, before NULs were written out"
    )
    response_sha256 = models.CharField(max_length=64, blank=True)
    raw_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the record as received")
    content_state = models.CharField(max_length=16, default="full")
    in_unit = models.BooleanField(default=True, help_text="Whether it belongs to the campaign's units")
    method = models.JSONField(help_text="frame, frame size, sample size, seed, version")
    pulled_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=("session", "exchange_id"), name="sample_once"),)
        indexes = (models.Index(fields=("exchange_id",), name="sample_exchange"),)

    def __str__(self) -> str:
        return f"sample {self.exchange_id}"


class CampaignReview(models.Model):
    """The people's side of a campaign: who has it and what they said of it."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="review")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    claim_until = models.DateTimeField(null=True, help_text="When a claim runs out; empty: given by a lead")
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    verdict_reason = models.TextField(blank=True)
    verdict_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    verdict_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"review of {self.campaign}"
