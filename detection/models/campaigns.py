"""Campaigns and their members: what is reviewed, decided and exported."""

from __future__ import annotations

from django.db import models

from accounts.models import ApiAccount
from detection.enums import Level, Tier
from detection.models.runs import DetectionRun


class Campaign(models.Model):
    """A cluster of accounts tied by evidence: the thing that is reviewed, decided and exported."""

    code = models.CharField(max_length=16, unique=True)
    name = models.TextField()
    level = models.CharField(max_length=16, choices=Level)
    first_run = models.ForeignKey(DetectionRun, on_delete=models.PROTECT, related_name="campaigns_opened")
    last_run = models.ForeignKey(DetectionRun, on_delete=models.PROTECT, related_name="campaigns_seen")
    started_at = models.DateTimeField(help_text="First exchange of its units, UTC")
    ended_at = models.DateTimeField(help_text="Last exchange of its units, UTC")
    score = models.FloatField(
        help_text="Sum of the families' clipped log10 likelihood ratios; ranks, never an error rate"
    )
    gate_p = models.FloatField(null=True)
    n_core = models.IntegerField(default=0)
    n_associate = models.IntegerField(default=0)
    n_bystander = models.IntegerField(default=0)
    n_exchanges = models.BigIntegerField(default=0, help_text="In its units, by core and associate accounts")
    n_exchanges_total = models.BigIntegerField(default=0, help_text="All exchanges of those accounts in the window")
    n_output_tokens = models.BigIntegerField(default=0)
    list_price_usd = models.FloatField(null=True)
    facts = models.JSONField(default=dict, help_text="What the page's sentences are made of")

    class Meta:
        ordering = ("-score", "code")

    def __str__(self) -> str:
        return self.code


class CampaignMember(models.Model):
    """An account's membership of a campaign, as the campaign's last run found it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="members")
    account = models.ForeignKey(ApiAccount, on_delete=models.PROTECT, related_name="memberships")
    tier = models.CharField(max_length=16, choices=Tier)
    k = models.BigIntegerField(help_text="Exchanges in the campaign's units")
    n = models.BigIntegerField(help_text="All exchanges in the window")
    background_share = models.FloatField(null=True)
    membership_p = models.FloatField(null=True)
    tied_by = models.TextField(blank=True, help_text="The strongest tie, in words")
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("campaign", "account"), name="member_once"),)
        indexes = (models.Index(fields=("campaign", "tier", "-k"), name="member_tier"),)

    def __str__(self) -> str:
        return f"{self.account} in {self.campaign}"
