"""What one person proposed, another approved, and became of each account."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import ApiAccount
from investigations.enums import DEAD, DecisionAction, DecisionState, DeliveryOutcome, ItemState
from investigations.models.cases import Case, Exhibit
from staff.restrictions import readable_by


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Decisions, and which of them a person may know of."""

    def visible_to(self, reader: object) -> DecisionQuerySet:
        """Without those of restricted cases that do not name the reader."""
        return self.filter(readable_by(reader, "case__"))


class Decision(models.Model):
    """What one person proposed and another approved for the accounts of a case."""

    code = models.CharField(max_length=16, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=20, choices=DecisionAction)
    state = models.CharField(max_length=16, choices=DecisionState, default=DecisionState.PROPOSED)
    clause = models.TextField(help_text="The clause of the policy or contract")
    reason = models.TextField()
    benign_reading = models.TextField(help_text="The benign reading that was considered and why it was ruled out")
    exhibits = models.ManyToManyField(Exhibit, blank=True, related_name="decisions")
    reverses = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversals")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    approved_at = models.DateTimeField(null=True)
    enforced_at = models.DateTimeField(null=True)
    n_accounts = models.IntegerField(default=0)
    n_paying = models.IntegerField(default=0, help_text="Customers on a plan that is paid for, or not known")
    n_unknown_plan = models.IntegerField(default=0, help_text="Accounts whose plan is not known")
    n_overridden = models.IntegerField(default=0, help_text="Protected accounts that are included by name")
    approvals_needed = models.IntegerField(default=1)
    lead_needed = models.BooleanField(default=False)
    start_at = models.DateTimeField(null=True, help_text="The proposer's wish; empty: when the cancel window ends")
    scheduled_for = models.DateTimeField(null=True, help_text="When enforcement starts; until then it can be cancelled")
    spread_s = models.IntegerField(default=0, help_text="Calls are spread over so many seconds, drawn for each account")
    seed = models.CharField(max_length=32, blank=True, help_text="What the delays are drawn from")
    dry_run = models.BooleanField(default=False, help_text="Everything but the call")
    statement_exemption = models.TextField(blank=True, help_text="Why no statement of reasons is owed")
    statement_body = models.TextField(blank=True, help_text="The wording that the statements were filled from")
    statement_template = models.IntegerField(default=0, help_text="Its version when it was proposed; 0: as shipped")
    appeal = models.OneToOneField(
        "investigations.Appeal",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversal",
        help_text="Of a reversal of one account: the overturned appeal",
    )
    version = models.IntegerField(default=1)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("reverses",),
                condition=~models.Q(state__in=DEAD) & models.Q(appeal=None),
                name="one_live_reversal",
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def what(self) -> str:
        """The action in words; a reversal says what it takes back."""
        action = self.get_action_display()
        return f"reversal of {self.reverses.code}, {action}" if self.reverses else action

    @property
    def reversal(self) -> Decision | None:
        """The reversal of the whole that is proposed or in force; dead ones, and those of one appeal, do not count."""
        live = (one for one in self.reversals.all() if one.state not in DEAD and one.appeal_id is None)
        return next(live, None)


class Approval(models.Model):
    """A second person's vote on a proposed decision."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="approvals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved = models.BooleanField()
    as_lead = models.BooleanField(default=False, help_text="The voter was a lead at the vote")
    reason = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("decision", "by"), name="one_vote"),)

    def __str__(self) -> str:
        return f"{self.by} on {self.decision}"


class DecisionItem(models.Model):
    """One account of a decision and what became of it."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="items")
    account = models.ForeignKey(ApiAccount, on_delete=models.PROTECT, related_name="decision_items")
    state = models.CharField(max_length=16, choices=ItemState, default=ItemState.WAITING)
    status_before = models.CharField(
        max_length=16, blank=True, help_text="Standing decision before; restored by a reversal"
    )
    pulled_before = models.CharField(max_length=16, blank=True, help_text="The provider's status before")
    override_reason = models.TextField(blank=True, help_text="Why a protected account is decided on all the same")
    idempotency_key = models.CharField(max_length=64, unique=True)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    delay_s = models.IntegerField(default=0, help_text="Drawn from the decision's seed and the account")
    claimed_until = models.DateTimeField(null=True, help_text="A worker is sending it until then")
    answer = models.TextField(blank=True, help_text="HTTP status or error of the last attempt")
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("decision", "account"), name="decision_item_once"),)
        indexes = (models.Index(fields=("state", "next_attempt_at"), name="decision_item_due"),)

    def __str__(self) -> str:
        return f"{self.decision} on {self.account}"


class Delivery(models.Model):
    """One attempt to tell the control plane of one account's change, as it went."""

    item = models.ForeignKey(DecisionItem, on_delete=models.CASCADE, related_name="deliveries")
    delivery_id = models.UUIDField(unique=True, help_text="Inside the signature; a receiver takes each once")
    attempt = models.IntegerField()
    sent_at = models.DateTimeField()
    duration_ms = models.IntegerField()
    status = models.IntegerField(null=True, help_text="HTTP status; empty: no answer, or a dry run")
    outcome = models.CharField(max_length=16, choices=DeliveryOutcome)
    answer = models.TextField(blank=True)
    body_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("outcome", "-id"), name="delivery_outcome"),)

    def __str__(self) -> str:
        return f"delivery {self.delivery_id}"
