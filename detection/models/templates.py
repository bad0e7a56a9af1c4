"""Templates: request skeletons with their slots."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models


class Template(models.Model):
    """A request skeleton with its slots, found in the skeleton store."""

    key = models.CharField(max_length=64, unique=True, help_text="Kind and hash, as in pre32:1a2b...")
    skeleton = models.TextField()
    kind = models.CharField(max_length=16, help_text="prefix, suffix, both, whole or system")
    n_words = models.IntegerField(default=0)
    public = models.BooleanField(default=False, help_text="Used by many unrelated verified organisations, or listed")
    public_reason = models.TextField(blank=True)
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (GinIndex(SearchVector("skeleton", config="simple"), name="template_words"),)

    def __str__(self) -> str:
        return f"T-{self.pk:04d}"
