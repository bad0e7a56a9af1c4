"""Starting, repeating and storing detection runs, and taking in outside scores."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
from django.db import connection, transaction
from django.db.models import Max, Q

from accounts.models import ApiAccount
from accounts.queries import accounts_table
from audit.services import record, record_many
from core.canonical import digest
from core.clock import from_us, now
from core.enqueue import enqueue_on_commit
from core.errors import Conflict, DomainError, InvalidInput
from detection.enums import RunState
from detection.labels.reference import reference_for_run
from detection.listings import listed_public_keys
from detection.models import DetectionRun, OutsideScore
from detection.parameters import CODE_VERSION, TRIVIAL_SYSTEM_PROMPTS, Parameters
from detection.results import Analysis
from detection.storing import facts_of, store_analysis
from staff.enums import Action
from staff.permissions import Worker, check
from traffic.enums import FileKind, Kind, PullState
from traffic.lake import Lake, visible_files
from traffic.models import Pull
from traffic.tagging import RULES, TAGGING_VERSION, tag_mask

if TYPE_CHECKING:
    from detection.pipeline import Inputs

logger = logging.getLogger(__name__)

LOCK = 0x5711_0DE7  # one number for detection runs in Postgres' space of advisory locks
STALE_AFTER = timedelta(minutes=15)
OPEN_PULLS = (PullState.WAITING, PullState.RUNNING)
READ_PULLS = (PullState.FINISHED, PullState.INCOMPLETE)


@dataclass(frozen=True, slots=True)
class OutsideScoreRow:
    """What an outside classifier says about one account or session."""

    subject_kind: str
    subject_id: str
    account_id: str
    score: float
    occurred_at: datetime | None = None


def request_run(
    *,
    actor: object,
    window_start: datetime | None = None,
    window_end: datetime | None = None,
    parameters: Parameters | None = None,
) -> DetectionRun:
    """Ask for a run over a window (the whole lake by default); a worker picks it up.

    Raises Conflict while another run waits or is under way, InvalidInput for an empty window.
    """
    check(actor, Action.RUN_DETECTION)
    if window_start and window_end and window_start >= window_end:
        raise InvalidInput("window_end", window_end.isoformat(), f"it lies after {window_start.isoformat()}")
    with transaction.atomic():
        _lock()
        if DetectionRun.objects.filter(_alive()).exists():
            raise Conflict("A detection run waits or is under way; look again when it has finished.")
        run = DetectionRun.objects.create(
            requested_by=getattr(actor, "audit_name", str(actor)),
            window_start=window_start,
            window_end=window_end,
            parameters=(parameters or Parameters()).as_dict(),
            code_version=CODE_VERSION,
        )
        record(
            actor=actor,
            action="run.requested",
            subject=f"run:{run.pk}",
            window_start=window_start,
            window_end=window_end,
        )
        from detection.tasks import run_detection_task

        enqueue_on_commit(run_detection_task, run_id=run.pk)
    return run


def repeat_run(*, run: DetectionRun, actor: object) -> DetectionRun:
    """A new run with the window and parameters of an earlier one; equal inputs give an equal result digest."""
    return request_run(
        actor=actor,
        window_start=run.window_start,
        window_end=run.window_end,
        parameters=Parameters.from_dict(run.parameters),
    )


def score_new_pulls() -> DetectionRun | None:
    """Create a run when finished pulls are newer than the last one and no pull is under way; wake what waits."""
    from detection.tasks import run_detection_task

    waiting = DetectionRun.objects.filter(Q(state=RunState.WAITING) | _stale()).order_by("id").first()
    if waiting is not None:
        run_detection_task.apply_async(kwargs={"run_id": waiting.pk})
        return None
    relevant = Pull.objects.filter(source__kind__in=(Kind.EXCHANGES, Kind.ACCOUNTS))
    if relevant.filter(state__in=OPEN_PULLS).exists():
        return None
    newest = newest_pull()
    seen = DetectionRun.objects.exclude(state=RunState.WAITING).aggregate(seen=Max("last_pull_id"))["seen"] or 0
    if newest <= seen or not visible_files(FileKind.EXCHANGES):
        return None
    try:
        return request_run(actor=Worker("score-new-pulls"))
    except Conflict:
        return None


def newest_pull() -> int:
    """The newest finished pull of exchanges or account records that stored something."""
    found = Pull.objects.filter(source__kind__in=(Kind.EXCHANGES, Kind.ACCOUNTS), state__in=READ_PULLS)
    return found.filter(n_stored__gt=0).aggregate(newest=Max("pk"))["newest"] or 0


def run_detection(*, run: DetectionRun, report: Callable[[str], None] = lambda words: None) -> DetectionRun:
    """Carry out a run. Does nothing when it is finished or another worker has it; visible only when finished."""
    if not _claim(run):
        return run
    run.refresh_from_db()
    try:
        _carry_out(run, report)
    except DomainError as error:
        _fail(run, error.message)
    except Exception as error:
        _fail(run, f"{type(error).__name__}: {error}")
        raise
    run.refresh_from_db()
    return run


def _carry_out(run: DetectionRun, report: Callable[[str], None]) -> None:
    def progress(words: str) -> None:
        DetectionRun.objects.filter(pk=run.pk).update(progress=words, heartbeat_at=now())
        report(words)

    # The inputs are named before they are read: what a pull adds meanwhile belongs to the next run.
    from detection.pipeline import run as analyse  # brings scipy and pandas, which a web process never needs

    last_pull = newest_pull()
    parameters = Parameters.from_dict(run.parameters)
    files = visible_files(FileKind.EXCHANGES, start=run.window_start, end=run.window_end)
    accounts = accounts_table()
    reference = reference_for_run()
    labels = sorted(reference.cleared)
    listed = sorted(listed_public_keys())
    lake = Lake()
    inputs = build_inputs(ibis.memtable(accounts), cleared=frozenset(labels), listed=frozenset(listed))
    analysis = analyse(lake.exchanges(start=run.window_start, end=run.window_end), inputs, parameters, progress)
    progress("Writing the result")
    skeletons = _skeletons(lake, analysis)
    with transaction.atomic():
        locked = DetectionRun.objects.select_for_update().get(pk=run.pk)
        if locked.state != RunState.RUNNING:
            raise Conflict(f"Run {run.pk} is {locked.state}; its result is dropped.")
        if locked.window_start is None and analysis.window_start_us is not None:
            locked.window_start = from_us(analysis.window_start_us)
        if locked.window_end is None and analysis.window_end_us is not None:
            locked.window_end = from_us(analysis.window_end_us + 1)
        events = store_analysis(locked, analysis, skeletons)
        locked.inputs = {
            "lake": digest([file.sha256 for file in sorted(files, key=lambda f: f.sha256)]),
            "lake_files": len(files),
            "accounts": digest(accounts.to_pylist()),
            "labels": reference.digest,
            "public_templates": digest(listed),
            "tagging": TAGGING_VERSION,
        }
        locked.state, locked.finished_at, locked.progress = RunState.FINISHED, now(), ""
        locked.message = " ".join(analysis.notes)
        locked.result_digest = result_digest(analysis)
        locked.n_exchanges, locked.n_accounts = analysis.n_exchanges, analysis.n_accounts
        locked.n_units, locked.last_pull_id = len(analysis.units), last_pull
        locked.save()
        actor = Worker("detection")
        record_many(actor=actor, events=events)
        record(
            actor=actor,
            action="run.finished",
            subject=f"run:{run.pk}",
            digest=locked.result_digest,
            **facts_of(analysis),
        )


def build_inputs(accounts: Any, *, cleared: frozenset[str], listed: frozenset[str]) -> Inputs:
    """What the pure pipeline reads besides the exchanges."""
    from detection.pipeline import Inputs

    return Inputs(
        accounts=accounts,
        elicitation_mask=tag_mask(*(rule.name for rule in RULES)),
        cleared=cleared,
        trivial_system=trivial_system_hashes(),
        public_keys=listed,
    )


def trivial_system_hashes() -> frozenset[int]:
    """`system_h` of the system prompts that tell nothing: first eight bytes of SHA-256, as the lake derives it."""
    return frozenset(
        int.from_bytes(sha256(text.encode()).digest()[:8], "big", signed=True) for text in TRIVIAL_SYSTEM_PROMPTS
    )


def result_digest(analysis: Analysis) -> str:
    """SHA-256 of everything that the run concluded, as canonical JSON."""
    return digest(_bare(asdict(analysis)))


def _bare(value: Any) -> Any:
    """Plain Python numbers; floats at twelve digits, so that the last bit of a sum in another order changes nothing."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.12g}") if np.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_bare(item) for item in value]
    return value


def receive_outside_scores(
    *, rows: Sequence[OutsideScoreRow], name: str, version: str, actor: object
) -> tuple[int, list[tuple[OutsideScoreRow, str]]]:
    """Store scores of an outside classifier beside ours; returns how many were new, and the rows refused with the reason.

    A score for the same subject and moment is replaced only by the same number; a different one is refused.
    """
    check(actor, Action.SUBMIT_SCORES)
    if not name.strip() or len(name) > 64 or len(version) > 64:
        raise InvalidInput("name", name, "a name of 1 to 64 characters and a version of at most 64")
    known = dict(
        ApiAccount.objects.filter(account_id__in={row.account_id for row in rows}).values_list("account_id", "pk")
    )
    good, refused = [], []
    moment = now()
    for row in rows:
        if row.account_id not in known:
            refused.append((row, f"account_id: {row.account_id!r} is not known"))
        elif not np.isfinite(row.score):
            refused.append((row, f"score: {row.score} is not allowed; it is a finite number"))
        else:
            good.append(_outside(row, known[row.account_id], name, version, row.occurred_at or moment, actor))
    with transaction.atomic():
        before = OutsideScore.objects.filter(name=name, version=version).count()
        OutsideScore.objects.bulk_create(good, batch_size=2_000, ignore_conflicts=True)
        added = OutsideScore.objects.filter(name=name, version=version).count() - before
        record(
            actor=actor,
            action="scores.received",
            subject=f"scores:{name}",
            version=version,
            new=added,
            refused=len(refused),
        )
    return added, refused


def _outside(
    row: OutsideScoreRow, account_pk: int, name: str, version: str, occurred_at: datetime, actor: object
) -> OutsideScore:
    return OutsideScore(
        name=name,
        version=version,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        account_id=account_pk,
        score=row.score,
        occurred_at=occurred_at,
        received_by=getattr(actor, "audit_name", str(actor)),
    )


def _skeletons(lake: Lake, analysis: Analysis) -> dict[int, str]:
    wanted = sorted({found.example_skeleton_h for found in analysis.templates})
    if not wanted or not visible_files(FileKind.SKELETONS):
        return {}
    table = lake.skeletons()
    rows = table.filter(table.skeleton_h.isin(wanted)).select("skeleton_h", "skeleton").to_pyarrow().to_pylist()
    return {row["skeleton_h"]: row["skeleton"] for row in rows}


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _stale() -> Q:
    return Q(state=RunState.RUNNING) & (Q(heartbeat_at=None) | Q(heartbeat_at__lt=now() - STALE_AFTER))


def _alive() -> Q:
    fresh = Q(state=RunState.RUNNING, heartbeat_at__gte=now() - STALE_AFTER)
    return Q(state=RunState.WAITING) | fresh


def _claim(run: DetectionRun) -> bool:
    """Take the run unless a living worker has it or another run is under way."""
    with transaction.atomic():
        _lock()
        moment = now()
        other = DetectionRun.objects.exclude(pk=run.pk).filter(
            state=RunState.RUNNING, heartbeat_at__gte=moment - STALE_AFTER
        )
        if other.exists():
            return False
        free = DetectionRun.objects.filter(pk=run.pk).filter(Q(state=RunState.WAITING) | _stale())
        return bool(free.update(state=RunState.RUNNING, started_at=moment, heartbeat_at=moment, message=""))


def _fail(run: DetectionRun, message: str) -> None:
    with transaction.atomic():
        DetectionRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(
            state=RunState.FAILED, finished_at=now(), message=message, last_pull_id=newest_pull()
        )
        record(actor=Worker("detection"), action="run.failed", subject=f"run:{run.pk}", message=message[:500])
