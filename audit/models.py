"""One chain of events per case and one for the system. The database writes them; nothing changes them."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.models.functions import Now

SYSTEM_CHAIN = "system"


class AuditHead(models.Model):
    """The end of one chain; its row is locked while the chain grows, so that `seq` has no gap and no fork."""

    chain = models.TextField(primary_key=True)
    seq = models.BigIntegerField()
    entry_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_head"

    def __str__(self) -> str:
        return f"{self.chain} up to {self.seq}"


class AuditEvent(models.Model):
    """A past-tense fact. `seq`, `at`, the hashes and the columns taken from the payload are set by `audit_append`."""

    chain = models.TextField()
    seq = models.BigIntegerField()
    at = models.DateTimeField(help_text="Database clock, UTC, microseconds")
    actor = models.TextField(help_text="Id and printed name; no foreign key, so that a deleted user stays named")
    action = models.TextField(help_text="noun.participle, as in decision.approved; a copy of the payload's")
    subject = models.TextField(help_text="kind:id of what it happened to; a copy of the payload's")
    payload = models.TextField(help_text="RFC 8785 JSON with a random salt inside")
    payload_sha256 = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64)
    entry_hash = models.CharField(max_length=64)
    erased_at = models.DateTimeField(null=True, help_text="When the payload was erased; its digest stays in the chain")

    class Meta:
        db_table = "audit_event"
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("chain", "seq"), name="audit_event_chain_seq"),)
        indexes = (
            models.Index(fields=("subject", "-id"), name="audit_event_subject"),
            models.Index(fields=("action", "-id"), name="audit_event_action"),
        )

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq} {self.action} {self.subject}"

    @property
    def facts(self) -> dict[str, Any]:
        """The payload's own facts, without salt, action and subject; none once they were erased."""
        if self.payload == "":
            return {}
        payload: dict[str, Any] = json.loads(self.payload)
        return dict(payload.get("facts", {}))


class SigningKey(models.Model):
    """A public key that case files and checkpoints are signed with; the private one is in a file or behind a command."""

    fingerprint = models.CharField(max_length=64, unique=True, help_text="SHA256:..., as ssh-keygen -l prints it")
    public = models.BinaryField(help_text="The 32 bytes of the Ed25519 public key")
    kind = models.CharField(max_length=16, help_text="file, or command for an HSM")
    valid_from = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, help_text="Another key signs since; what this one signed stays good")
    revoked_at = models.DateTimeField(null=True, help_text="Lost or leaked: later signatures prove nothing")
    reason = models.TextField(blank=True, help_text="Why it was retired or revoked")

    class Meta:
        db_table = "audit_signing_key"
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.fingerprint


class HoldState(models.TextChoices):
    """A hold protects from its request until its release; a second person confirms either step."""

    REQUESTED = "requested", "requested"
    IN_FORCE = "in_force", "in force"
    RELEASE_REQUESTED = "release_requested", "release requested"
    RELEASED = "released", "released"
    WITHDRAWN = "withdrawn", "withdrawn"


PROTECTING = (HoldState.REQUESTED, HoldState.IN_FORCE, HoldState.RELEASE_REQUESTED)
HOLD_TRANSITIONS: dict[str, tuple[str, ...]] = {
    HoldState.REQUESTED: (HoldState.IN_FORCE, HoldState.WITHDRAWN),
    HoldState.IN_FORCE: (HoldState.RELEASE_REQUESTED,),
    HoldState.RELEASE_REQUESTED: (HoldState.RELEASED, HoldState.IN_FORCE),
    HoldState.RELEASED: (),
    HoldState.WITHDRAWN: (),
}


class LegalHold(models.Model):
    """Nothing of its subjects is erased while it stands. The database refuses, whoever asks (`audit.hold_sql`)."""

    code = models.CharField(max_length=16, unique=True)
    state = models.CharField(max_length=20, choices=HoldState, default=HoldState.REQUESTED)
    about = models.TextField(help_text="kind:id that it was set for, as in case:CASE-2026-0001")
    reason = models.TextField(help_text="The matter: why evidence has to be kept")
    basis = models.TextField(help_text="The legal ground, as in Art. 17(3)(e) GDPR, litigation expected")
    review_on = models.DateField(null=True, help_text="When somebody has to ask whether it is still needed")
    requested_by = models.TextField(help_text="Audit name; the person in front of the space is who may not confirm")
    requested_at = models.DateTimeField(db_default=Now())
    confirmed_by = models.TextField(blank=True, default="")
    confirmed_at = models.DateTimeField(null=True)
    release_requested_by = models.TextField(blank=True, default="")
    release_requested_at = models.DateTimeField(null=True)
    release_reason = models.TextField(blank=True, default="")
    released_by = models.TextField(
        blank=True, default="", help_text="Who confirmed the release, or withdrew the request"
    )
    released_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_legal_hold"
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.code

    @property
    def protects(self) -> bool:
        """Whether what it names may not be erased now."""
        return self.state in PROTECTING


class HeldSubject(models.Model):
    """One thing that a hold keeps: a case, an account, an organisation. Never taken out of a hold."""

    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT, related_name="subjects")
    subject = models.TextField(help_text="kind:id")
    subject_h = models.BigIntegerField(default=0, help_text="First 8 bytes of its SHA-256, set by the database")

    class Meta:
        db_table = "audit_held_subject"
        constraints = (models.UniqueConstraint(fields=("hold", "subject"), name="held_subject_once"),)
        indexes = (
            models.Index(fields=("subject",), name="held_subject_name"),
            models.Index(fields=("subject_h",), name="held_subject_hash"),
        )

    def __str__(self) -> str:
        return self.subject


class Checkpoint(models.Model):
    """Every chain's head at one moment, in one signed file. The file and its companions lie in the places, not here."""

    number = models.BigIntegerField(primary_key=True)
    hour = models.DateTimeField(
        null=True, unique=True, help_text="Of an hourly one: which hour, so that it has but one"
    )
    purpose = models.TextField(help_text="hourly, or the export it was made for")
    made_at = models.DateTimeField(help_text="Database clock")
    n_chains = models.BigIntegerField()
    text_sha256 = models.CharField(max_length=64)
    secret = models.BinaryField(help_text="The salts of the leaves come from it; never published")
    draft = models.BinaryField(default=b"", help_text="The text, until every place has it")
    draft_openings = models.BinaryField(default=b"", help_text="Which chains grew, until every place has it")
    fingerprint = models.CharField(max_length=64, blank=True, help_text="The key that signed it")
    signature = models.BinaryField(default=b"", help_text="Raw Ed25519 over the text")
    sshsig = models.TextField(blank=True)
    stamp = models.BinaryField(default=b"", help_text="RFC 3161 reply over the raw signature, as it came")
    attested_at = models.DateTimeField(
        null=True, help_text="The time-stamping authority's time; empty: not time-stamped"
    )
    authority = models.TextField(blank=True)
    places = models.JSONField(default=list)
    finished_at = models.DateTimeField(null=True, help_text="Signed, stamped where configured, and in every place")

    class Meta:
        db_table = "audit_checkpoint"
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"checkpoint {self.number}"

    @property
    def name(self) -> str:
        """How its files begin."""
        return f"checkpoint-{self.number:08d}"


class CheckpointHead(models.Model):
    """Where a chain stood when a checkpoint first found it at that length."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="heads")
    chain = models.TextField()
    seq = models.BigIntegerField()
    entry_hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_checkpoint_head"
        constraints = (models.UniqueConstraint(fields=("chain", "checkpoint"), name="checkpoint_head_once"),)

    def __str__(self) -> str:
        return f"{self.chain} at {self.seq}"


class AuditVerification(models.Model):
    """One walk over the whole trail and its checkpoints; a bad one raises the alarm until a later one is good."""

    requested_by = models.TextField()
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    n_events = models.BigIntegerField(default=0, help_text="Walked so far")
    n_events_total = models.BigIntegerField(default=0)
    n_chains = models.BigIntegerField(default=0)
    n_checkpoints = models.BigIntegerField(default=0)
    good = models.BooleanField(null=True, help_text="None until it has ended")
    faults = models.JSONField(default=list, help_text="What is wrong, in words; the first bad entry of each chain")

    class Meta:
        db_table = "audit_verification"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"verification {self.pk}"


class ErasureRequest(models.Model):
    """Somebody asked that what is kept about a subject be erased: carried out, or refused with the ground and a review day."""

    subject = models.TextField(help_text="kind:id; the id itself goes when the request is carried out")
    reference = models.TextField(help_text="Who asked, when and how, as in the letter's number")
    answered_by = models.TextField()
    answered_at = models.DateTimeField(db_default=Now())
    refused = models.BooleanField()
    basis = models.TextField(help_text="The legal ground of the answer")
    hold = models.TextField(blank=True, help_text="The hold that forbids it")
    review_on = models.DateField(null=True, help_text="Of a refusal: when the question is asked again")
    counts = models.JSONField(default=dict, help_text="What was erased")

    class Meta:
        db_table = "audit_erasure_request"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"erasure request {self.pk}"
