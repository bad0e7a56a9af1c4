"""Cases: what legal will read."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiAccount
from audit.models import AuditEvent
from audit.services import case_chain
from core.clock import now
from core.jobs import STALLED_AFTER_S
from detection.models import Campaign
from investigations.enums import CaseState, ExhibitKind, ExportState
from staff.models import Restriction
from staff.restrictions import readable_by


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, and which of them a person may know of."""

    def visible_to(self, reader: object) -> CaseQuerySet:
        """Without the restricted cases that do not name the reader; no role gets in by itself."""
        return self.filter(readable_by(reader))


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
    due_on = models.DateField(null=True, blank=True, help_text="The day by which it is to be decided")
    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="merged_from",
        help_text="Where it went on",
    )
    split_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="splits")
    restriction = models.OneToOneField(
        Restriction, null=True, blank=True, on_delete=models.PROTECT, related_name="case", help_text="Who alone knows"
    )
    version = models.IntegerField(default=1, help_text="Grows with each change; a stale form is refused")

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("investigations:case", args=[self.code])

    @property
    def overdue(self) -> bool:
        """Whether its day has passed, in the reader's zone, and it is still open."""
        return self.state == CaseState.OPEN and self.due_on is not None and self.due_on < timezone.localdate()


class CaseAccount(models.Model):
    """An account that a case is about, with the tier it had when it was added."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="case_accounts")
    account = models.ForeignKey(ApiAccount, on_delete=models.PROTECT, related_name="case_accounts")
    tier = models.CharField(max_length=16, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "account"), name="case_account_once"),)
        indexes = (models.Index(fields=("case", "id"), name="case_account_order"),)

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
    pinned_at = models.DateTimeField(default=now)
    copied_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="copies",
        help_text="In a merge or a split",
    )

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("case", "number"), name="exhibit_number"),
            models.UniqueConstraint(
                fields=("case", "kind", "ref"), condition=models.Q(copied_from=None), name="exhibit_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} exhibit {self.number}"


class Note(models.Model):
    """A person's note on a case; never edited, only followed by another."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    written_at = models.DateTimeField(default=now)
    copied_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="copies",
        help_text="In a merge or a split",
    )

    class Meta:
        ordering = ("written_at", "id")

    def __str__(self) -> str:
        return f"note {self.pk} on {self.case}"


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
    def override_reason(self) -> str:
        """Why it goes out though a section of the case against the finding is empty, as the trail has it; printed in it."""
        asked = AuditEvent.objects.filter(
            chain=case_chain(self.case.code), action="casefile.requested", subject=f"casefile:{self.name}"
        ).first()
        return str(asked.facts.get("override_reason", "")) if asked else ""

    @property
    def delay(self) -> str:
        """Why nothing moves, where nobody took it up or its worker fell silent; empty while all is well."""
        limit = now() - timedelta(seconds=STALLED_AFTER_S)
        if self.state == ExportState.WAITING and self.heartbeat_at is None and self.requested_at < limit:
            return (
                "Delayed: no worker has taken it up yet; nothing is lost, and workers are called again by themselves."
            )
        if self.state == ExportState.RUNNING and self.heartbeat_at is not None and self.heartbeat_at < limit:
            return "Its worker fell silent; nothing is lost, and another writes it anew by itself."
        return ""

    @property
    def name(self) -> str:
        """The bag's folder and file name, made of what we generate alone."""
        return f"{self.case.code}_export-{self.number:02d}"
