"""Searches of the texts in the lake, kept so that they run in the background, survive a reload and can be acted on."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.clock import now
from investigations.enums import SearchState


class TextSearch(models.Model):
    """A search of prompts, responses or system prompts over a window of the lake, and how far it is."""

    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="text_searches")
    asked_at = models.DateTimeField(default=now)
    text = models.TextField(help_text="Compared without regard to case")
    whole_word = models.BooleanField(default=False)
    fields = ArrayField(models.TextField(), help_text="Of prompt, response, system_prompt")
    reason = models.TextField()
    start = models.DateTimeField(null=True, help_text="From, inclusive")
    end = models.DateTimeField(null=True, help_text="Up to, exclusive")
    state = models.CharField(max_length=16, choices=SearchState, default=SearchState.WAITING)
    newest_file = models.BigIntegerField(default=0, help_text="What the lake held when it was asked")
    next_file = models.BigIntegerField(default=0, help_text="Files are read from the newest down to the first")
    n_rows = models.BigIntegerField(default=0, help_text="Exchanges in the files that can hold the window")
    n_rows_done = models.BigIntegerField(default=0)
    n_hits = models.IntegerField(default=0)
    capped = models.BooleanField(default=False, help_text="It stopped at the most hits that are kept")
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("asked_by", "-id"), name="search_of_person"),)

    def __str__(self) -> str:
        return f"search {self.pk}"

    @property
    def under_way(self) -> bool:
        """Whether a worker has it, or is to take it."""
        return self.state in (SearchState.WAITING, SearchState.RUNNING)


class SearchHit(models.Model):
    """An exchange in which a field holds the text: where, never the text itself."""

    search = models.ForeignKey(TextSearch, on_delete=models.CASCADE, related_name="hits")
    exchange_id = models.TextField()
    account_id = models.TextField(help_text="The provider's id")
    occurred_at = models.DateTimeField()
    field = models.CharField(max_length=16)
    position = models.IntegerField(help_text="Of the first match, in characters from 0")
    length = models.IntegerField(help_text="Of the match, in characters")
    n_matches = models.IntegerField()
    n_chars = models.IntegerField(help_text="Of the whole field")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("search", "exchange_id", "field"), name="hit_once"),)
        indexes = (models.Index(fields=("search", "account_id"), name="hit_account"),)

    def __str__(self) -> str:
        return f"{self.field} of {self.exchange_id}"
