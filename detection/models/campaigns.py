"""Campaigns and their members: what is reviewed, decided and exported."""

from __future__ import annotations

from django.db import models

from accounts.models import ApiAccount
from detection.enums import ChangeKind, Level, Tier
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
    certified_run = models.ForeignKey(
        DetectionRun,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The look that certified it; daily runs never do",
    )
    not_found_run = models.ForeignKey(
        DetectionRun,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The first look since when it is not found again",
    )
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="absorbed", help_text="The campaign that it joined"
    )
    split_from = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="parted",
        help_text="The campaign that it was a part of",
    )

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
        indexes = (
            models.Index(fields=("campaign", "tier", "-k"), name="member_tier"),
            models.Index(fields=("campaign", "-k", "id"), name="member_most"),
        )

    def __str__(self) -> str:
        return f"{self.account} in {self.campaign}"

    @property
    def tie(self) -> str:
        """The strongest tie without the count of exchanges before it, for tables that give the counts in columns of their own."""
        return self.tied_by.split(" in the campaign's units", 1)[-1].removeprefix("; ")


class CampaignChange(models.Model):
    """What a live run changed about a campaign: its history, never rewritten."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="changes")
    run = models.ForeignKey(DetectionRun, on_delete=models.PROTECT, related_name="campaign_changes")
    kind = models.CharField(max_length=16, choices=ChangeKind)
    other = models.ForeignKey(
        Campaign, null=True, on_delete=models.PROTECT, related_name="+", help_text="Of a join or split: the other one"
    )
    n_accounts = models.IntegerField(default=0, help_text="How many accounts the change is about")
    accounts = models.JSONField(default=list, help_text="Their account ids")
    facts = models.JSONField(default=dict, help_text="The figures that the words are made of")
    words = models.TextField()
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("campaign", "run", "kind", "other"), name="campaign_change_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.campaign}, {self.run}: {self.kind}"
