"""Sample prompts: pulled for each flagged session by a recorded method, in chunks that a killed worker simply repeats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q

from audit.services import record
from core.clock import from_us, now
from core.text import storable
from investigations.lake import reading as lake_reading
from investigations.measures import sampling
from investigations.models import FlaggedSession, RunFlagged, SamplePrompt
from staff.permissions import Worker

WORKER = Worker("sampling")
LOCK = 0x5711_5A3B
CHUNK = 4_000  # sessions a transaction: each reads the campaign's part of the lake once, and its texts are tens of megabytes


def sample_sessions() -> int:
    """Pull the samples of every flagged session that has none yet. How many sessions."""
    total = 0
    while done := _sample_chunk():
        total += done
    _note_progress()
    return total


@transaction.atomic
def _sample_chunk() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    first = FlaggedSession.objects.filter(sampled_at=None).order_by("-strength", "id").first()
    if first is None:
        return 0
    alike = FlaggedSession.objects.filter(sampled_at=None, campaign=first.campaign_id, run=first.run_id)
    chunk = list(alike.select_related("account", "run").order_by("account_id", "id")[:CHUNK])
    samples = _draw(chunk)
    SamplePrompt.objects.bulk_create(samples, batch_size=1000, ignore_conflicts=True)
    FlaggedSession.objects.filter(pk__in=[session.pk for session in chunk]).update(sampled_at=now())
    about = f"run:{first.run_id}" if first.run_id else "run:none"
    record(actor=WORKER, action="samples.pulled", subject=about, n_sessions=len(chunk), n_samples=len(samples))
    return len(chunk)


def _draw(chunk: Sequence[FlaggedSession]) -> list[SamplePrompt]:
    run = chunk[0].run
    start = run.window_start if run else min(session.started_at for session in chunk)
    end = run.window_end if run else max(session.ended_at for session in chunk)
    selectors = lake_reading.selectors_of(chunk[0].campaign_id, chunk[0].run_id)
    accounts = sorted({session.account.account_id for session in chunk})
    frames: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in lake_reading.frame_rows(accounts, selectors, start=start, end=end):
        frames[storable(row["session_id"])].append(row)
    drawn: list[tuple[FlaggedSession, dict[str, Any], int, dict[str, Any]]] = []
    for session in chunk:
        frame = frames.get(session.session_key, [])
        seed = sampling.seed_for(session.session_key, session.run_id)
        ids = set(
            sampling.draw([(r["exchange_id"], r["in_unit"]) for r in frame], size=settings.SAMPLE_SIZE, seed=seed)
        )
        how = sampling.method(frame_size=len(frame), size=settings.SAMPLE_SIZE, seed=seed)
        drawn += [(session, row, n, how) for n, row in enumerate(frame, 1) if row["exchange_id"] in ids]
    texts = lake_reading.text_rows([row for _, row, _, _ in drawn])
    return [_sample(session, row, n, how, texts[row["exchange_id"]]) for session, row, n, how in drawn]


def _sample(
    session: FlaggedSession, row: dict[str, Any], position: int, how: dict[str, Any], text: dict[str, Any]
) -> SamplePrompt:
    return SamplePrompt(
        session=session,
        exchange_id=storable(row["exchange_id"]),
        position=position,
        occurred_at=from_us(row["ts_us"]),
        model=storable(row["model"] or ""),
        system_prompt=storable(text["system_prompt"] or ""),
        prompt=storable(text["prompt"] or ""),
        response=storable(text["response"] or ""),
        prompt_sha256=(text["prompt_sha256"] or b"").hex(),
        response_sha256=(text["response_sha256"] or b"").hex(),
        raw_sha256=(text["raw_sha256"] or b"").hex(),
        content_state=row["content_state"] or "full",
        in_unit=bool(row["in_unit"]),
        method=how,
    )


def _note_progress() -> None:
    done = Q(run__flagged_sessions__sampled_at__isnull=False)
    open_runs = RunFlagged.objects.filter(finished_at=None)
    for flagged in open_runs.annotate(
        done=Count("run__flagged_sessions", filter=done), all=Count("run__flagged_sessions")
    ):
        finished = now() if flagged.done == flagged.all else None
        RunFlagged.objects.filter(pk=flagged.pk).update(n_sampled=flagged.done, finished_at=finished)
