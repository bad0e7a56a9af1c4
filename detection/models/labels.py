"""What people say about accounts, templates and prompt sets: the reference that calibration is made of."""

from __future__ import annotations

from django.db import models

from accounts.models import ApiAccount
from detection.enums import BatchState, LabelBasis, LabelKind, SampleAnswer


class LabelBatch(models.Model):
    """One delivery of past bans and clearances: read first, taken over when a person has seen what it holds."""

    state = models.CharField(max_length=16, choices=BatchState, default=BatchState.PREVIEW)
    name = models.TextField(help_text="File name, or how it was handed in")
    source = models.TextField(help_text="Whose bans and clearances these are, where a row does not say")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the rows that were read, as canonical JSON")
    n_rows = models.IntegerField(default=0)
    n_new = models.IntegerField(default=0)
    n_known = models.IntegerField(default=0)
    n_refused = models.IntegerField(default=0)
    n_unknown_accounts = models.IntegerField(default=0, help_text="Accounts known only from this delivery")
    refused = models.JSONField(default=list, help_text="Row number and reason of at most 200 refused rows")
    rows = models.JSONField(default=list, help_text="What is to be taken over; empty afterwards")
    given_by = models.TextField()
    read_at = models.DateTimeField(auto_now_add=True)
    imported_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("digest",), condition=models.Q(state=BatchState.IMPORTED), name="label_batch_once"
            ),
        )

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Label(models.Model):
    """A person's word on an account: the reference that calibration is made of. Not flagged so far is no clearance."""

    account = models.ForeignKey(ApiAccount, on_delete=models.CASCADE, related_name="labels")
    kind = models.CharField(max_length=16, choices=LabelKind)
    basis = models.TextField(help_text="verdict, clearance, import or audit sample; a campaign's verdict names it")
    source = models.TextField(blank=True, help_text="Of an import: whose record it is")
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, help_text="When it was decided, as the source says, UTC")
    given_by = models.TextField()
    given_at = models.DateTimeField(auto_now_add=True)
    batch = models.ForeignKey(LabelBatch, null=True, on_delete=models.PROTECT, related_name="labels")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.TextField(blank=True)
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("account", "kind", "source", "decided_at"),
                condition=models.Q(basis=LabelBasis.IMPORT),
                nulls_distinct=False,
                name="imported_label_once",
            ),
        )
        indexes = (models.Index(fields=("account", "withdrawn_at"), name="label_standing"),)

    def __str__(self) -> str:
        return f"{self.account} {self.kind}"

    @property
    def imported(self) -> bool:
        """Whether it was taken over from a record of the past; a later word of a person here goes before it."""
        return self.basis == LabelBasis.IMPORT

    @property
    def follows_verdict(self) -> bool:
        """Whether it stands and falls with a verdict, so that only another verdict changes it."""
        return self.basis.startswith(LabelBasis.VERDICT)


class AuditSample(models.Model):
    """A random draw of unflagged accounts put before reviewers on purpose; the seed repeats it."""

    run = models.ForeignKey("detection.DetectionRun", on_delete=models.PROTECT, related_name="audit_samples")
    seed = models.BigIntegerField()
    n_asked = models.IntegerField()
    frame_size = models.IntegerField(help_text="Unflagged accounts of the run that could be drawn")
    frame_digest = models.CharField(max_length=64, help_text="SHA-256 of the frame's account ids, plans and volumes")
    strata = models.JSONField(default=list, help_text="Per stratum: plan, volume fifth, accounts in the frame, drawn")
    drawn_by = models.TextField()
    drawn_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"audit sample {self.pk}"


class SampledAccount(models.Model):
    """One drawn account and what a reviewer found; only honest and harvesting become labels."""

    sample = models.ForeignKey(AuditSample, on_delete=models.CASCADE, related_name="drawn")
    account = models.ForeignKey(ApiAccount, on_delete=models.CASCADE, related_name="audit_draws")
    plan = models.TextField(blank=True)
    fifth = models.IntegerField(help_text="1: the fifth of the frame with the least exchanges")
    n_exchanges = models.BigIntegerField()
    answer = models.CharField(max_length=16, choices=SampleAnswer, blank=True)
    reason = models.TextField(blank=True)
    answered_by = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    label = models.ForeignKey(Label, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("sample", "account"), name="drawn_once"),)

    def __str__(self) -> str:
        return f"{self.account} in {self.sample}"


class PublicListing(models.Model):
    """An administrator's word that a wording is public, so that sharing it counts against nobody."""

    key = models.CharField(max_length=64, help_text="As a template's: column and hash, as in pre32:1a2b...")
    wording = models.TextField(blank=True, help_text="The skeleton that was listed or pasted")
    reason = models.TextField()
    listed_by = models.TextField()
    listed_at = models.DateTimeField()
    unlisted_by = models.TextField(blank=True)
    unlisted_at = models.DateTimeField(null=True)
    unlisted_reason = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("key",), condition=models.Q(unlisted_at=None), name="public_key_listed_once"
            ),
        )

    def __str__(self) -> str:
        return self.key


class Corpus(models.Model):
    """A public prompt set (benchmark, instruction set) that an administrator named; its texts are not kept."""

    name = models.TextField(unique=True)
    licence = models.TextField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the sorted prompt hashes")
    n_items = models.IntegerField()
    imported_by = models.TextField()
    imported_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, help_text="From then on no run reads it")
    retired_by = models.TextField(blank=True)
    retired_reason = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "corpora"

    def __str__(self) -> str:
        return self.name


class CorpusItem(models.Model):
    """One prompt of a corpus as the lake would derive it: hashes alone."""

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="items")
    prompt_h = models.BigIntegerField(help_text="The prompt as it stands")
    skeleton_h = models.BigIntegerField(null=True)
    slot_h = models.BigIntegerField(null=True, help_text="What its own masking takes out")
    quoted_h = models.BigIntegerField(null=True, help_text="The slot that the whole prompt fills inside double quotes")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("corpus", "prompt_h"), name="corpus_item_once"),)

    def __str__(self) -> str:
        return f"{self.corpus_id}:{self.prompt_h}"
