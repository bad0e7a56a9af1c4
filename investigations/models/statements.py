"""Statements of reasons: what each restricted customer is told. A version's text never changes."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from investigations.enums import DecisionAction
from investigations.models.decisions import DecisionItem


class StatementTemplate(models.Model):
    """The wording for one action, by version; the newest is used, those before it stay. Kept by administrators."""

    action = models.CharField(max_length=20, choices=DecisionAction)
    version = models.IntegerField()
    body = models.TextField(help_text="Plain words with fields in braces, such as {facts}")
    reason = models.TextField(help_text="Why it was changed")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("action", "-version")
        constraints = (models.UniqueConstraint(fields=("action", "version"), name="statement_template_version"),)

    def __str__(self) -> str:
        return f"{self.get_action_display()}, version {self.version}"


class Statement(models.Model):
    """One version of what one account is told: the newest version is the one that is sent."""

    item = models.ForeignKey(DecisionItem, on_delete=models.CASCADE, related_name="statements")
    version = models.IntegerField()
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    template_version = models.IntegerField(help_text="Of the wording for the action; 0: the wording that is shipped")
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    reason = models.TextField(blank=True, help_text="Why it was edited; empty: generated with the proposal")

    class Meta:
        ordering = ("item_id", "-version")
        constraints = (models.UniqueConstraint(fields=("item", "version"), name="statement_version"),)

    def __str__(self) -> str:
        return f"statement {self.version} for {self.item}"
