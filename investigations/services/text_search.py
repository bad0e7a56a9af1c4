"""Searching the texts in the lake: asked for, run in the background step by step, cancelled, read with a reason."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from audit.services import record
from core.clock import from_us, now, to_us
from core.enqueue import enqueue_on_commit
from core.errors import Conflict, InvalidInput, NotFound
from core.jobs import sole_worker
from core.masking import find_masked
from core.text import storable
from investigations.enums import SearchState
from investigations.models import SearchHit, TextSearch
from investigations.policies import check_words
from investigations.services.wake import wake_search
from investigations.words.matching import Excerpt, excerpt, find, folded
from staff.enums import Action
from staff.models import User
from staff.permissions import check
from traffic.enums import FileKind
from traffic.lake import Lake, visible_files
from traffic.models import LakeFile

logger = logging.getLogger(__name__)
FIELDS = ("prompt", "response", "system_prompt")
SHORTEST, LONGEST = 3, 400
MOST_AT_ONCE = 3
STEP_ROWS = 250_000
BATCH_ROWS = 512
BLOT = "█"
STALE = timedelta(seconds=30)
LOCKS = 730_204  # our own corner of Postgres's advisory locks
UNDER_WAY = (SearchState.WAITING, SearchState.RUNNING)


@transaction.atomic
def start_search(
    *, text: str, fields: Collection[str], reason: str, actor: User, whole_word: bool = False,
    start: datetime | None = None, end: datetime | None = None,
) -> TextSearch:  # fmt: skip
    """Put a search on the work list. It tells who wrote what, so it asks for the right to reveal text, and is an event."""
    check(actor, Action.REVEAL_TEXT)
    check_words(reason=reason)
    wanted = text.strip()
    if not SHORTEST <= len(wanted) <= LONGEST or "\x00" in wanted:
        raise InvalidInput("text", text, f"it has {SHORTEST} to {LONGEST} characters without the spaces around it")
    chosen = [name for name in FIELDS if name in fields]
    if not chosen or len(chosen) != len(set(fields)):
        raise InvalidInput("fields", sorted(fields), f"choose at least one of {', '.join(FIELDS)}")
    if start is not None and end is not None and start >= end:
        raise InvalidInput("end", end, "it lies after the start")
    User.objects.select_for_update().get(pk=actor.pk)
    if TextSearch.objects.filter(asked_by=actor, state__in=UNDER_WAY).count() >= MOST_AT_ONCE:
        raise Conflict(f"{MOST_AT_ONCE} of your searches are under way; wait for one or cancel it.")
    files = visible_files(FileKind.EXCHANGES, start=start, end=end)
    newest = max((file.pk for file in files), default=0)
    search = TextSearch.objects.create(
        asked_by=actor, text=storable(wanted), whole_word=whole_word, fields=chosen, reason=storable(reason), start=start,
        end=end, newest_file=newest, next_file=newest, n_rows=sum(file.n_rows for file in files),
    )  # fmt: skip
    facts: dict[str, Any] = {
        "text": wanted,
        "whole_word": whole_word,
        "fields": chosen,
        "reason": reason,
        "start": start,
        "end": end,
    }
    record(actor=actor, action="text_search.started", subject=f"search:{search.pk}", **facts)
    enqueue_on_commit(wake_search(), search_id=search.pk)
    return search


@transaction.atomic
def cancel_search(*, search: TextSearch, actor: User) -> TextSearch:
    """Stop a search; what it found so far stays. By who asked for it."""
    check(actor, Action.REVEAL_TEXT)
    locked = TextSearch.objects.select_for_update().get(pk=search.pk)
    if locked.asked_by_id != actor.pk:
        raise NotFound(f"There is no search {search.pk} of yours.")
    if not locked.under_way:
        raise Conflict(f"The search is {locked.get_state_display()} already.")
    locked.state, locked.finished_at = SearchState.CANCELLED, now()
    locked.save(update_fields=("state", "finished_at"))
    record(actor=actor, action="text_search.cancelled", subject=f"search:{search.pk}", n_hits=locked.n_hits)
    return locked


def resume_searches() -> int:
    """Wake a worker for each search that nobody runs. How many."""
    quiet = Q(heartbeat_at__lt=now() - STALE) | Q(heartbeat_at=None, asked_at__lt=now() - STALE)
    waiting = list(TextSearch.objects.filter(quiet, state__in=UNDER_WAY).values_list("pk", flat=True))
    for pk in waiting:
        enqueue_on_commit(wake_search(), search_id=pk)
    return len(waiting)


def run_search(*, search_id: int) -> None:
    """Read file after file from the newest on; each step commits its hits with its progress, so a killed worker repeats
    at most one step. Two workers never run one search: the second goes away."""
    with sole_worker(LOCKS, search_id) as mine:
        if not mine:
            return
        begun = TextSearch.objects.filter(pk=search_id, state=SearchState.WAITING)
        begun.update(state=SearchState.RUNNING, started_at=now(), heartbeat_at=now())
        try:
            while _step(search_id):
                pass
        except Exception as error:  # the search says that it failed; the worker goes on
            logger.exception("Search %s failed", search_id)
            said = f"{type(error).__name__}: {error}"[:500]
            failed = TextSearch.objects.filter(pk=search_id, state__in=UNDER_WAY)
            failed.update(state=SearchState.FAILED, message=storable(said), finished_at=now())


def read_hit(*, hit: SearchHit, reason: str, actor: User) -> Excerpt:
    """The match with the text around it, from the lake. The reading is an event as that of a sample is."""
    check(actor, Action.REVEAL_TEXT)
    check_words(reason=reason)
    moment = hit.occurred_at
    rows = Lake().exchanges_by_id([hit.exchange_id], start=moment, end=moment + timedelta(microseconds=1))
    found = rows.select(hit.field).limit(1).to_pyarrow().to_pylist()
    if not found or found[0][hit.field] is None:
        raise NotFound("The lake no longer holds this exchange; it may have been erased after its term.")
    facts: dict[str, Any] = {"account": hit.account_id, "field": hit.field, "reason": reason, "search": hit.search_id}
    record(actor=actor, action="exchange.revealed", subject=f"exchange:{hit.exchange_id}", **facts)
    text = found[0][hit.field]
    return excerpt(_masked(text, hit.position, hit.position + hit.length), hit.position, hit.length)


def _masked(text: str, start: int, end: int) -> str:
    """The text with secrets and personal data blotted out letter by letter, but for the match, which the searcher typed."""
    letters = list(text)
    for found in find_masked(text):
        for place in range(found.start, found.end):
            if not start <= place < end:
                letters[place] = BLOT
    return "".join(letters)


def _step(search_id: int) -> bool:
    """Search the next few files. Whether there is more to do."""
    search = TextSearch.objects.get(pk=search_id)
    if not search.under_way:
        return False
    files = _next_files(search)
    if not files:
        return _finish(search)
    room = settings.SEARCH_MAX_HITS - search.n_hits
    hits = _hits(search, files, room + 1)
    if hits is None:  # cancelled while the engine read
        return False
    with transaction.atomic():
        locked = TextSearch.objects.select_for_update().get(pk=search_id)
        if not locked.under_way:
            return False
        kept = hits[:room]
        SearchHit.objects.bulk_create(kept, batch_size=1000, ignore_conflicts=True)
        locked.n_hits += len(kept)
        locked.capped = len(hits) > room
        locked.n_rows_done += sum(file.n_rows for file in files)
        locked.next_file, locked.heartbeat_at = files[-1].pk - 1, now()
        locked.save()
    return _finish(locked) if locked.capped else True


def _finish(search: TextSearch) -> bool:
    rows = TextSearch.objects.filter(pk=search.pk, state__in=UNDER_WAY)
    rows.update(state=SearchState.FINISHED, finished_at=now())
    return False


def _next_files(search: TextSearch) -> list[LakeFile]:
    visible = visible_files(FileKind.EXCHANGES, start=search.start, end=search.end, up_to=search.next_file)
    chosen: list[LakeFile] = []
    for file in sorted(visible, key=lambda one: -one.pk):
        if chosen and sum(one.n_rows for one in chosen) + file.n_rows > STEP_ROWS:
            break
        chosen.append(file)
    return chosen


def _hits(search: TextSearch, files: Sequence[LakeFile], most: int) -> list[SearchHit] | None:
    """At most so many hits of these files; None when the search was cancelled meanwhile."""
    engine = ibis.duckdb.connect(memory_limit=settings.SEARCH_MEMORY, threads=2)
    found: list[SearchHit] = []
    with _watched(search.pk, engine) as cancelled:
        try:
            for batch in _batches(search, engine, files):
                for row in batch.to_pylist():
                    found += _hits_of(search, row)
                if len(found) >= most or cancelled.is_set():
                    break
        except (duckdb.Error, pa.ArrowException):
            if not cancelled.is_set():
                raise
        finally:
            engine.disconnect()
    return None if cancelled.is_set() else found[:most]


def _batches(search: TextSearch, engine: Any, files: Sequence[LakeFile]) -> Iterator[Any]:
    """The rows that hold the text somewhere, as the engine folds case; a few at a time."""
    table = engine.read_parquet([str(settings.LAKE_DIR / file.path) for file in files])
    if search.start is not None:
        table = table.filter(table.ts_us >= to_us(search.start))
    if search.end is not None:
        table = table.filter(table.ts_us < to_us(search.end))
    holds = [table[name].lower().contains(folded(search.text)) for name in search.fields]
    any_of = holds[0]
    for one in holds[1:]:
        any_of = any_of | one
    columns = ("exchange_id", "account_id", "ts_us", *search.fields)
    statement = ibis.to_sql(table.filter(any_of).select(*columns), dialect="duckdb")
    yield from engine.con.sql(str(statement)).to_arrow_reader(BATCH_ROWS)


def _hits_of(search: TextSearch, row: dict[str, Any]) -> Iterator[SearchHit]:
    for name in search.fields:
        match = find(row[name] or "", search.text, whole_word=search.whole_word)
        if match is not None:
            yield SearchHit(
                search=search, exchange_id=storable(row["exchange_id"]), account_id=storable(row["account_id"]),
                occurred_at=from_us(row["ts_us"]), field=name, position=match.position, length=match.length,
                n_matches=match.count, n_chars=len(row[name]),
            )  # fmt: skip


@contextmanager
def _watched(search_id: int, engine: Any) -> Iterator[threading.Event]:
    """Beats for the search each second and stops the engine once it is cancelled."""
    done, cancelled = threading.Event(), threading.Event()

    def watch() -> None:
        try:
            while not done.wait(1.0):
                rows = TextSearch.objects.filter(pk=search_id)
                if rows.filter(state__in=UNDER_WAY).update(heartbeat_at=now()):
                    continue
                if rows.exists():  # there, and no longer under way; a row not yet committed is no cancelled one
                    cancelled.set()
                    engine.con.interrupt()
        finally:
            connection.close()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield cancelled
    finally:
        done.set()
        watcher.join()
