"""What people do around a case: tasks, and whom a note names."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.clock import now
from investigations.models.cases import Case, Note


class CaseTask(models.Model):
    """Something to be done for a case, by somebody, by a day."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tasks")
    text = models.TextField()
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="case_tasks"
    )
    due_on = models.DateField(null=True, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=now)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("assignee", "due_on", "id"), name="task_open", condition=models.Q(done_at=None)),
        )

    def __str__(self) -> str:
        return f"task {self.pk} of {self.case}"

    @property
    def overdue(self) -> bool:
        """Whether its day has passed, in the reader's zone, and it is not done."""
        return self.done_at is None and self.due_on is not None and self.due_on < timezone.localdate()


class NoteMention(models.Model):
    """A person whom a note names with @username."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("note", "person"), name="mention_once"),)

    def __str__(self) -> str:
        return f"{self.person} in {self.note}"
