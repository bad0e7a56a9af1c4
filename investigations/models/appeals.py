"""What a customer says against a decision, and what somebody who took no part in it made of that."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from investigations.enums import AppealState
from investigations.models.decisions import DecisionItem


class Appeal(models.Model):
    """One customer's appeal against one account's restriction, recorded by staff in the customer's words."""

    item = models.ForeignKey(DecisionItem, on_delete=models.PROTECT, related_name="appeals")
    words = models.TextField(help_text="What the customer says")
    received_at = models.DateTimeField(help_text="When the customer sent it")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=16, choices=AppealState, default=AppealState.OPEN)
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, help_text="Why it was upheld or overturned")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("item",), condition=models.Q(state=AppealState.OPEN), name="one_open_appeal"
            ),
        )

    def __str__(self) -> str:
        return f"A-{self.pk:06d}"
