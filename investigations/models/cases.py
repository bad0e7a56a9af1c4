"""Cases: what legal will read."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import ApiAccount
from detection.models import Campaign
from investigations.enums import CaseState, ExhibitKind, ExportState


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


class CaseExport(models.Model):
    """One case file, whole or not at all."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="exports")
    number = models.IntegerField()
    state = models.CharField(max_length=16, choices=ExportState, default=ExportState.WAITING)
    purpose = models.TextField()
    override_reason = models.TextField(
        blank=True, help_text="Why it goes out though a section of the case against the finding is empty; printed in it"
    )
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
