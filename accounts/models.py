"""API accounts as the provider's records describe them; everything but the id may be unknown."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.functions import Upper

from accounts.enums import Judgement, Status, StatusOrigin


class Organisation(models.Model):
    """A customer as the provider names it. `verified` is the provider's word, None where it says nothing."""

    name = models.TextField(unique=True)
    verified = models.BooleanField(null=True)
    declared_use = models.TextField(blank=True, help_text="What the customer said it does, e.g. synthetic-data licence")

    class Meta:
        indexes = (GinIndex(SearchVector("name", config="simple"), name="organisation_words"),)

    def __str__(self) -> str:
        return self.name


class ApiAccount(models.Model):
    """One account at the provider. Identifiers are fingerprints, never the number itself."""

    account_id = models.TextField(unique=True)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="accounts"
    )
    verified = models.BooleanField(null=True)
    created_at = models.DateTimeField(null=True, help_text="At the provider, UTC")
    plan = models.TextField(blank=True)
    country = models.CharField(max_length=2, blank=True)
    email_domain = models.TextField(blank=True)
    email_pattern = models.TextField(blank=True)
    payment_fp = models.TextField(blank=True)
    phone_fp = models.TextField(blank=True)
    device_fp = models.TextField(blank=True)
    declared_use = models.TextField(blank=True)
    status_pulled = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    status_decided = models.CharField(max_length=16, choices=Status, blank=True, help_text="Empty: no decision stands")
    closed_at = models.DateTimeField(null=True, help_text="At the provider, UTC")
    close_reason = models.TextField(blank=True)
    tags = ArrayField(models.TextField(), default=list, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)
    seen_in_records = models.BooleanField(default=False, help_text="False: known only from exchanges")

    class Meta:
        verbose_name = "API account"
        indexes = (
            models.Index(fields=("payment_fp",), name="account_payment"),
            models.Index(fields=("email_domain",), name="account_email_domain"),
            models.Index(fields=("email_pattern",), name="account_email_pattern"),
            models.Index(fields=("phone_fp",), name="account_phone"),
            models.Index(fields=("device_fp",), name="account_device"),
            models.Index(OpClass(Upper("account_id"), "text_pattern_ops"), name="account_id_start"),
        )

    def __str__(self) -> str:
        return self.account_id

    @property
    def status(self) -> Status:
        """The status that holds here: the decision where one stands, else what the provider said."""
        return Status(self.status_decided or self.status_pulled)

    @property
    def status_differs(self) -> bool:
        """Whether the provider's record and a standing decision disagree; shown, never resolved silently."""
        return bool(self.status_decided) and self.status_decided != self.status_pulled


class StatusChange(models.Model):
    """One step in an account's history, with its source, its reason and both times."""

    account = models.ForeignKey(ApiAccount, on_delete=models.CASCADE, related_name="status_changes")
    status = models.CharField(max_length=16, choices=Status)
    origin = models.CharField(max_length=16, choices=StatusOrigin)
    source = models.TextField(help_text="Source slug, or decision reference such as D-000012")
    reason = models.TextField(blank=True)
    occurred_at = models.DateTimeField(help_text="UTC, as the source claims")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-occurred_at", "-id")

    def __str__(self) -> str:
        return f"{self.account} {self.status} ({self.origin})"


class LinkJudgement(models.Model):
    """A person's word on whether one operator holds two accounts. The latest word on a pair stands; each is kept."""

    first = models.ForeignKey(ApiAccount, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(ApiAccount, on_delete=models.CASCADE, related_name="+")
    judgement = models.CharField(max_length=16, choices=Judgement)
    reason = models.TextField()
    given_by = models.TextField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(first__lt=models.F("second")), name="judgement_pair_in_order"),
        )
        indexes = (models.Index(fields=("first", "second", "-id"), name="judgement_pair"),)

    def __str__(self) -> str:
        return f"{self.first} and {self.second}: {self.get_judgement_display()}"
