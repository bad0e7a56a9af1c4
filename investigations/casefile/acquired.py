"""How the records came in: each batch with its digest and its three times, and the sampled exchanges' bytes as received."""

from __future__ import annotations

import base64
from bisect import bisect_left
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, Max, Min

from audit.checkpoints import attestations
from audit.models import SYSTEM_CHAIN, AuditEvent
from core.clock import from_us
from investigations.casefile import content
from investigations.models import Case
from traffic.models import PulledBatch
from traffic.receipt import Received, received_records

AS_RECEIVED = "records/raw/as-received.jsonl"
US = timedelta(microseconds=1)


def batches() -> Iterator[dict[str, Any]]:
    """Every batch that was pulled, as its receipt has it. Event, ingest and attested time stand apart and are never merged."""
    entries = _entries()
    attested = attestations(SYSTEM_CHAIN)
    reached = [seq for seq, _, _ in attested]
    for row in PulledBatch.objects.select_related("pull__source").order_by("id").iterator(chunk_size=content.BATCH):
        seq = entries.get(row.digest)
        place = bisect_left(reached, seq) if seq is not None else len(reached)
        by = attested[place] if place < len(reached) else None
        yield content.fields(row, "salt", "raw_file_id", "received_at", "first_ts_us", "last_ts_us") | {
            "source": row.pull.source.slug,
            "bytes_kept": row.raw_file_id is not None,
            "event_time": {
                "first": _moment(row.first_ts_us),
                "last": _moment(row.last_ts_us),
                "whose": "the source's claim",
            },
            "ingest_time": {"at": row.received_at, "whose": "the database's clock"},
            "attested_time": {"at": by[1], "checkpoint": by[2], "whose": "the time-stamping authority's"}
            if by
            else None,
            "entry_in_the_system_chain": seq,
        }


def _entries() -> dict[str, int]:
    """Where the trail holds each batch's digest."""
    events = AuditEvent.objects.filter(action="batch.stored", chain=SYSTEM_CHAIN).order_by("seq")
    return {str(event.facts.get("digest")): event.seq for event in events.iterator(chunk_size=content.BATCH)}


def as_received(case: Case) -> Iterator[dict[str, Any]]:
    """The sampled exchanges' records byte for byte, batch by batch: as text where they are UTF-8, else in base64."""
    samples = content.samples(case)
    span = samples.aggregate(first=Min("occurred_at"), last=Max("occurred_at"))
    if span["first"] is None:
        return
    digests = samples.exclude(raw_sha256="").order_by().values_list("raw_sha256", flat=True).distinct()
    for record in received_records(list(digests), start=span["first"], end=span["last"] + US):
        yield _line(record)


def _line(record: Received) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "batch": record.batch,
        "position": record.position,
        "account_id": record.account_id,
        "raw_sha256": record.raw_sha256,
        "size": len(record.raw),
    }
    try:
        return facts | {"text": record.raw.decode("utf-8")}
    except UnicodeDecodeError:
        return facts | {"base64": base64.b64encode(record.raw).decode("ascii")}


def clock_offset() -> dict[str, Any]:
    """How far the workers' clocks were from the database's, as sampled with each batch."""
    name = "clock_offset_us"
    found = PulledBatch.objects.aggregate(samples=Count("pk"), least=Min(name), most=Max(name), mean=Avg(name))
    mean = found.pop("mean")
    return found | {
        "mean": None if mean is None else round(mean),
        "unit": "microseconds, a worker's clock minus the database's, sampled with each batch",
        "of_the_sources": {"value": None, "reason": "sources state no clock of their own to compare with"},
    }


def _moment(us: int | None) -> Any:
    return None if us is None else from_us(us)
