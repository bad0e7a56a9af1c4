"""Reading the trail: for the audit page, the case page and the verifier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from audit.chain import GENESIS, Fault, first_fault
from audit.models import AuditEvent, AuditHead
from core.canonical import utc_z


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of one walk over the trail."""

    chains: int
    events: int
    faults: tuple[Fault, ...]


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


def verify(chain: str | None = None) -> Verification:
    """Walk every chain (or one) from its first entry; the head must be the last entry, so a cut tail shows too."""
    heads = AuditHead.objects.order_by("chain")
    known = AuditEvent.objects.order_by().values_list("chain", flat=True).distinct()
    if chain is not None:
        heads, known = heads.filter(chain=chain), known.filter(chain=chain)
    by_name = {head.chain: head for head in heads}
    faults, count = [], 0
    for name in sorted(set(by_name) | set(known)):
        walked = _Walk(name)
        fault = first_fault(walked) or walked.head_fault(by_name.get(name))
        count += walked.last_seq
        if fault is not None:
            faults.append(fault)
    return Verification(chains=len(by_name), events=count, faults=tuple(faults))


class _Walk:
    """One chain's entries in order, remembering where it ended."""

    def __init__(self, chain: str) -> None:
        self.chain, self.last_seq, self.last_hash = chain, 0, GENESIS

    def __iter__(self) -> Iterator[tuple[AuditEvent, str]]:
        for event in AuditEvent.objects.filter(chain=self.chain).order_by("seq").iterator(chunk_size=5000):
            yield event, utc_z(event.at)
            self.last_seq, self.last_hash = event.seq, event.entry_hash

    def head_fault(self, head: AuditHead | None) -> Fault | None:
        if head is None:
            return Fault(self.chain, self.last_seq, "the chain has no head")
        if (head.seq, head.entry_hash) != (self.last_seq, self.last_hash):
            return Fault(self.chain, self.last_seq, f"the chain ends here but its head says {head.seq}")
        return None
