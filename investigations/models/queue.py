"""The queue: one row for each thing that waits for a person, and what people set aside of it.

The rows of `QueueItem` are kept by triggers of the database (migration `queue_kept_by_triggers`), from flagged sessions,
campaigns, reviews and decisions: whoever writes those, the queue and its counts are true. The triggers never write what
people set aside here, except that a snooze falls off what has grown.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import ApiAccount
from core.clock import now
from detection.enums import Level
from detection.models import Campaign
from investigations.enums import ItemKind, SnoozePattern
from investigations.models.decisions import Decision

OPEN = Q(is_open=True)
FRONT = OPEN & ~Q(kind=ItemKind.ACCOUNT)


class QueueItem(models.Model):
    """A campaign without a verdict, the open flagged sessions of one account, or a decision that waits for approval."""

    kind = models.CharField(max_length=12, choices=ItemKind)
    campaign = models.OneToOneField(Campaign, null=True, on_delete=models.CASCADE, related_name="queue_item")
    account = models.OneToOneField(ApiAccount, null=True, on_delete=models.CASCADE, related_name="queue_item")
    decision = models.OneToOneField(Decision, null=True, on_delete=models.CASCADE, related_name="queue_item")
    of_campaign = models.ForeignKey(
        Campaign, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Of an account's strongest session"
    )
    level = models.CharField(max_length=16, choices=Level, blank=True, help_text="Of the campaign")
    is_open = models.BooleanField(default=True)
    strength = models.FloatField(default=0, help_text="The campaign's score, or the strongest open session's")
    n_accounts = models.IntegerField(default=1, help_text="Blast radius: how many accounts it is about")
    n_sessions = models.IntegerField(default=0, help_text="Open flagged sessions of the account")
    n_exchanges = models.BigIntegerField(default=0)
    asn = models.BigIntegerField(null=True, help_text="The network that all open sessions come from, if it is one")
    rule = models.TextField(blank=True, help_text="What flagged all open sessions, if it is one rule")
    since = models.DateTimeField(default=now, help_text="Waiting since")
    due_at = models.DateTimeField(default=now)
    due_set = models.BooleanField(default=False, help_text="A person set the date; else it follows the target")
    closed_at = models.DateTimeField(null=True)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    claim_until = models.DateTimeField(null=True, help_text="Empty: given by a lead, until it is passed on")
    snooze = models.ForeignKey("Snooze", null=True, on_delete=models.SET_NULL, related_name="items")
    snoozed_until = models.DateTimeField(null=True)
    snoozed_accounts = models.IntegerField(default=0, help_text="How many accounts it had when it was snoozed")
    resurfaced_at = models.DateTimeField(null=True)
    resurfaced_why = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="queue_item_of_one_thing",
                condition=(
                    Q(campaign__isnull=False, account__isnull=True, decision__isnull=True)
                    | Q(campaign__isnull=True, account__isnull=False, decision__isnull=True)
                    | Q(campaign__isnull=True, account__isnull=True, decision__isnull=False)
                ),
            ),
        )
        indexes = (
            models.Index(fields=("kind", "-strength", "-n_accounts", "-id"), name="queue_strength", condition=OPEN),
            models.Index(fields=("kind", "-n_accounts", "-strength", "-id"), name="queue_blast", condition=OPEN),
            models.Index(fields=("kind", "since", "id"), name="queue_age", condition=OPEN),
            models.Index(fields=("kind", "due_at", "id"), name="queue_due", condition=OPEN),
            models.Index(fields=("-strength", "-n_accounts", "-id"), name="queue_front_strength", condition=FRONT),
            models.Index(fields=("-n_accounts", "-strength", "-id"), name="queue_front_blast", condition=FRONT),
            models.Index(fields=("since", "id"), name="queue_front_age", condition=FRONT),
            models.Index(fields=("due_at", "id"), name="queue_front_due", condition=FRONT),
            models.Index(fields=("assignee", "due_at"), name="queue_mine", condition=OPEN & Q(assignee__isnull=False)),
            models.Index(fields=("snooze",), name="queue_snoozed", condition=OPEN & Q(snooze__isnull=False)),
            models.Index(
                fields=("snoozed_until",), name="queue_asleep", condition=OPEN & Q(snoozed_until__isnull=False)
            ),
            models.Index(fields=("of_campaign", "-strength", "-id"), name="queue_campaign", condition=OPEN),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """The id by which people name it: the campaign's, the decision's, or the account's own."""
        return str(self.campaign or self.decision or self.account)

    @property
    def is_group(self) -> bool:
        """Whether it stands for the flagged sessions of one account."""
        return self.account_id is not None

    @property
    def holder(self) -> object | None:
        """Who has it now; a claim that ran out holds nothing."""
        ran_out = self.claim_until is not None and self.claim_until <= now()
        return None if ran_out else self.assignee

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at <= now()


class ReviewTarget(models.Model):
    """Within how many hours a kind of item should be settled; new items take their due date from it."""

    kind = models.CharField(max_length=12, choices=ItemKind, primary_key=True)
    hours = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.hours} h"


class Skip(models.Model):
    """One person's word that they will not take an item; it hides the item from that person alone."""

    item = models.ForeignKey(QueueItem, on_delete=models.CASCADE, related_name="skips")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reason = models.TextField()
    skipped_at = models.DateTimeField(default=now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "item"), name="skip_once"),)

    def __str__(self) -> str:
        return f"{self.person} skips {self.item_id}"


class Snooze(models.Model):
    """A pattern known to be benign, kept out of everybody's queue for a time. Certified campaigns it never hides."""

    pattern = models.CharField(max_length=16, choices=SnoozePattern)
    value = models.TextField(help_text="Account id, name of the organisation, code, AS number or rule")
    reason = models.TextField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    until = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, help_text="When it was lifted or found to have run out")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("pattern", "value"), name="one_running_snooze", condition=Q(ended_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_pattern_display()} {self.value}"

    @property
    def is_running(self) -> bool:
        return self.ended_at is None and self.until > now()


class SavedView(models.Model):
    """A named way to look at the queue: the query of its address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ("name", "id")
        constraints = (models.UniqueConstraint(fields=("owner", "name"), name="view_name_once"),)

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The saved view, one's own or a shared one, that a person's queue opens with."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="default_view")
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.person}: {self.view}"
