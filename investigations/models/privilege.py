"""Counsel's notes: apart from everything that a case file, a search or an API reads."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from investigations.enums import Privilege
from investigations.models.cases import Case


class CounselNote(models.Model):
    """What counsel wrote for counsel. Only its date, author, kind and basis ever leave this table."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")  # no way from a case to its notes
    number = models.IntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=Privilege)
    basis = models.TextField(help_text="On what the privilege rests; printed in the privilege log")
    text = models.TextField()
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("case", "number"), name="counsel_note_number"),)

    def __str__(self) -> str:
        return f"counsel's note {self.number} on {self.case_id}"
