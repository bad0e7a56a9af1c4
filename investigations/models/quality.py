"""Second reviews: a sampled share of verdicts that another person gives blind."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.clock import now
from investigations.enums import Verdict
from investigations.models.flags import FlaggedSession


class ReviewDraw(models.Model):
    """One draw of verdicts for a second review, so that anyone with the seed can repeat it."""

    drawn_at = models.DateTimeField(default=now)
    drawn_by = models.TextField(help_text="Id and printed name, as in the trail")
    share = models.FloatField()
    seed = models.CharField(max_length=64)
    after = models.DateTimeField(null=True, help_text="Verdicts given after this moment")
    up_to = models.DateTimeField(help_text="And up to this one")
    n_frame = models.IntegerField()
    n_drawn = models.IntegerField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"draw {self.pk}"


class SecondReview(models.Model):
    """A drawn verdict as it was, and what a second person, who was not shown it, says of the same session."""

    draw = models.ForeignKey(ReviewDraw, on_delete=models.PROTECT, related_name="reviews")
    session = models.ForeignKey(FlaggedSession, on_delete=models.PROTECT, related_name="second_reviews")
    first_verdict = models.CharField(max_length=16, choices=Verdict)
    first_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="second_reviews"
    )
    claimed_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    reason = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("session", "first_at"), name="second_review_once"),)
        indexes = (
            models.Index(fields=("reviewer", "id"), name="second_review_open", condition=models.Q(done_at=None)),
        )

    def __str__(self) -> str:
        return f"second review {self.pk}"
