"""What people look at and what they decide. A machine's score, a verdict and a decision are separate fields."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import ApiAccount
from detection.models import Campaign, DetectionRun
from investigations.enums import (
    CaseState,
    DecisionAction,
    DecisionState,
    ExhibitKind,
    ExportState,
    ItemState,
    Verdict,
)


class RunFlagged(models.Model):
    """A finished detection run whose sessions have been flagged and sampled, or are being."""

    run = models.OneToOneField(DetectionRun, on_delete=models.CASCADE, related_name="flagging")
    n_sessions = models.IntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"flags of {self.run}"


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
    flagged_at = models.DateTimeField(auto_now_add=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
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
            models.Index(fields=("campaign", "-strength", "-id"), name="flagged_campaign"),
            models.Index(fields=("account", "-started_at"), name="flagged_account"),
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

    def __str__(self) -> str:
        return f"sample {self.exchange_id}"


class CampaignReview(models.Model):
    """The people's side of a campaign: who has it and what they said of it."""

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="review")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    verdict_reason = models.TextField(blank=True)
    verdict_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    verdict_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"review of {self.campaign}"


class Case(models.Model):
    """What legal will read: accounts, exhibits, notes, decisions, case files."""

    code = models.CharField(max_length=16, unique=True)
    title = models.TextField()
    summary = models.TextField(blank=True)
    state = models.CharField(max_length=16, choices=CaseState, default=CaseState.OPEN)
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.SET_NULL, related_name="cases")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cases")
    accounts = models.ManyToManyField(ApiAccount, through="CaseAccount", related_name="cases")
    tags = ArrayField(models.TextField(), default=list, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1, help_text="Grows with each change; a stale form is refused")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.code


class CaseAccount(models.Model):
    """An account that a case is about, with the tier it had when it was added."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="case_accounts")
    account = models.ForeignKey(ApiAccount, on_delete=models.PROTECT, related_name="case_accounts")
    tier = models.CharField(max_length=16, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "account"), name="case_account_once"),)

    def __str__(self) -> str:
        return f"{self.account} in {self.case}"


class Exhibit(models.Model):
    """Something pinned to a case with the reason, frozen as it was at that moment."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="exhibits")
    number = models.IntegerField()
    kind = models.CharField(max_length=16, choices=ExhibitKind)
    ref = models.TextField(help_text="Code or id of what was pinned")
    title = models.TextField()
    reason = models.TextField()
    content = models.JSONField(help_text="The thing as it was when pinned")
    content_sha256 = models.CharField(max_length=64)
    pinned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    pinned_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("case", "number"), name="exhibit_number"),
            models.UniqueConstraint(fields=("case", "kind", "ref"), name="exhibit_once"),
        )

    def __str__(self) -> str:
        return f"{self.case} exhibit {self.number}"


class Note(models.Model):
    """A person's note on a case; never edited, only followed by another."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"note {self.pk} on {self.case}"


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
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversal")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    approved_at = models.DateTimeField(null=True)
    enforced_at = models.DateTimeField(null=True)
    n_accounts = models.IntegerField(default=0)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.code


class Approval(models.Model):
    """A second person's vote on a proposed decision."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="approvals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved = models.BooleanField()
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
    idempotency_key = models.CharField(max_length=64, unique=True)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, help_text="HTTP status or error of the last attempt")
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("decision", "account"), name="decision_item_once"),)
        indexes = (models.Index(fields=("state", "next_attempt_at"), name="decision_item_due"),)

    def __str__(self) -> str:
        return f"{self.decision} on {self.account}"


class CaseExport(models.Model):
    """One case file, whole or not at all."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="exports")
    number = models.IntegerField()
    state = models.CharField(max_length=16, choices=ExportState, default=ExportState.WAITING)
    purpose = models.TextField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    progress = models.TextField(blank=True)
    message = models.TextField(blank=True)
    path = models.TextField(blank=True, help_text="Relative to the exports folder; set only when the file is whole")
    sha256 = models.CharField(max_length=64, blank=True)
    n_bytes = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("case", "number"), name="export_number"),)

    def __str__(self) -> str:
        return f"{self.case} export {self.number}"

    @property
    def name(self) -> str:
        """The bag's folder and file name, made of what we generate alone."""
        return f"{self.case.code}_export-{self.number:02d}"
