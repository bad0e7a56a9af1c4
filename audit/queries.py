"""Reading the trail: for the audit page, the case page and the verifier."""

from __future__ import annotations

from django.db.models import QuerySet

from audit.models import AuditEvent, Checkpoint
from audit.verifying import Verification, verify, verify_all

__all__ = ["Verification", "checkpoints", "events", "verify", "verify_all"]


def events(*, chain: str = "", action: str = "", subject: str = "", actor: str = "") -> QuerySet[AuditEvent]:
    """Events, newest first, narrowed by exact chain, action prefix, exact subject and part of the actor's name."""
    found = AuditEvent.objects.all()
    if chain:
        found = found.filter(chain=chain)
    if action:
        found = found.filter(action__startswith=action)
    if subject:
        found = found.filter(subject=subject)
    if actor:
        found = found.filter(actor__icontains=actor)
    return found


def checkpoints() -> QuerySet[Checkpoint]:
    """Checkpoints without their drafts and secrets; order by `-number`."""
    return Checkpoint.objects.defer("draft", "draft_openings", "secret", "stamp", "signature", "sshsig")
