"""Accounts that a person chose to act on, and the accounts that nobody acts on without naming them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from accounts.models import ApiAccount, Organisation
from detection.models import Campaign
from investigations.enums import ProtectionGround, SelectionSource
from investigations.models.cases import Case


class Selection(models.Model):
    """Accounts chosen in a list, kept on the server: what is previewed is what is proposed."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    source = models.CharField(max_length=16, choices=SelectionSource)
    words = models.TextField(help_text="How it was chosen, in words")
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.SET_NULL, related_name="+")
    case = models.ForeignKey(Case, null=True, on_delete=models.CASCADE, related_name="+")
    n_accounts = models.IntegerField(default=0)
    decision = models.OneToOneField(
        "Decision", null=True, on_delete=models.SET_NULL, related_name="selection", help_text="What was proposed on it"
    )

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"selection of {self.n_accounts:,} accounts"


class SelectedAccount(models.Model):
    """One chosen account; an excluded one stays in sight with the reason."""

    selection = models.ForeignKey(Selection, on_delete=models.CASCADE, related_name="chosen")
    account = models.ForeignKey(ApiAccount, on_delete=models.CASCADE, related_name="+")
    tier = models.CharField(max_length=16, blank=True, help_text="In the selection's campaign; empty: none")
    excluded = models.TextField(blank=True, help_text="Why it is left out; empty: it is in")
    override_reason = models.TextField(blank=True, help_text="Why a protected account is in all the same")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("selection", "account"), name="selected_once"),)
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.account} in {self.selection}"


class Protection(models.Model):
    """An organisation or account that is decided on only by name and with a reason. Kept by administrators."""

    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="protections"
    )
    account = models.ForeignKey(ApiAccount, null=True, blank=True, on_delete=models.CASCADE, related_name="protections")
    ground = models.CharField(max_length=16, choices=ProtectionGround)
    reason = models.TextField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True)
    removed_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(organisation=None) ^ models.Q(account=None), name="protection_of_one_thing"
            ),
            models.UniqueConstraint(
                fields=("organisation", "account"),
                condition=models.Q(removed_at=None),
                nulls_distinct=False,
                name="protected_once",
            ),
        )

    def __str__(self) -> str:
        return f"protection of {self.organisation or self.account}"

    @property
    def subject(self) -> str:
        """What it protects, as the audit trail names it."""
        if self.organisation is not None:
            return f"organisation:{self.organisation_id}"
        return f"account:{self.account}"
