"""Reading sources and pulls, for the Sources page, the API and the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from core.clock import from_us, now
from core.errors import NotFound
from core.figures import compact
from traffic.enums import FileKind, PullState
from traffic.models import LakeFile, ModelRelease, Pull, QuarantinedRecord, Source


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pull is. `remaining_s` is None until a rate can be told."""

    share: float | None
    exchanges_per_s: float | None
    remaining_s: float | None
    line: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source as the Sources page lists it."""

    source: Source
    last_pull: Pull | None
    n_files: int
    n_quarantined: int
    newest: datetime | None
    lag_s: float | None


@dataclass(frozen=True, slots=True)
class LakeFacts:
    """The lake in one line."""

    n_exchanges: int
    n_bytes: int
    n_files: int
    first: datetime | None
    last: datetime | None


def progress_of(pull: Pull) -> Progress:
    """A pull's share of bytes, its rate and what is left, with one line for a terminal."""
    share = min(pull.bytes_done / pull.bytes_total, 1.0) if pull.bytes_total else None
    end = pull.finished_at or now()
    elapsed = (end - pull.started_at).total_seconds() if pull.started_at else 0.0
    rate = pull.n_received / elapsed if elapsed > 0 else None
    left = None
    if pull.state == PullState.RUNNING and share and elapsed:
        left = elapsed * (1 - share) / share
    parts = [f"{pull.source.slug}: {pull.get_state_display()}"]
    if share is not None:
        parts.append(f"{share:.0%} of {pull.bytes_total / 1e6:,.1f} MB")
    parts.append(f"{compact(pull.n_received)} received")
    parts += [f"{compact(n)} {word}" for n, word in _divided(pull) if n]
    if rate:
        parts.append(f"{rate:,.0f}/s")
    if left is not None:
        parts.append(f"{left:,.0f} s left")
    return Progress(share, rate, left, ", ".join(parts))


def _divided(pull: Pull) -> tuple[tuple[int, str], ...]:
    return (
        (pull.n_stored, "stored"),
        (pull.n_known, "known"),
        (pull.n_further_origin, "further origins"),
        (pull.n_conflict, "in conflict"),
        (pull.n_quarantined, "quarantined"),
    )


def source_rows() -> list[SourceRow]:
    """Every source with its last pull, lag and quarantine, for the Sources page. Four queries."""
    last = Pull.objects.filter(source=OuterRef("pk")).order_by("-id").values("pk")[:1]
    sources = list(
        Source.objects.annotate(last_pull_pk=Subquery(last), n_files=Count("files", distinct=True)).order_by(
            "name", "pk"
        )
    )
    pulls = {
        pull.pk: pull for pull in Pull.objects.filter(pk__in=[s.last_pull_pk for s in sources]).select_related("source")
    }
    newest_us = dict(
        LakeFile.objects.filter(kind=FileKind.EXCHANGES)
        .values("pull__source")
        .annotate(newest=Max("max_ts_us"))
        .values_list("pull__source", "newest")
    )
    quarantined = dict(
        Pull.objects.order_by().values("source").annotate(total=Sum("n_quarantined")).values_list("source", "total")
    )
    moment, rows = now(), []
    for source in sources:
        newest = from_us(newest_us[source.pk]) if newest_us.get(source.pk) is not None else None
        rows.append(
            SourceRow(
                source=source,
                last_pull=pulls.get(source.last_pull_pk),
                n_files=source.n_files,
                n_quarantined=quarantined.get(source.pk) or 0,
                newest=newest,
                lag_s=(moment - newest).total_seconds() if newest else None,
            )
        )
    return rows


def get_source(slug: str) -> Source:
    """One source. Raises NotFound."""
    found = Source.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound(f"There is no source {slug}.")
    return found


def pulls_of(source: Source) -> QuerySet[Pull]:
    """A source's pulls, newest first."""
    return source.pulls.select_related("source")


def quarantine_of(source: Source) -> QuerySet[QuarantinedRecord]:
    """What a source's pulls could not read, newest first; the bytes are left out, since they may hold a prompt."""
    return QuarantinedRecord.objects.filter(pull__source=source).defer("raw").order_by("-id")


def lake_facts() -> LakeFacts:
    """Exchanges, bytes, files and span of the lake. One query."""
    held = LakeFile.objects.exclude(kind=FileKind.RAW).aggregate(
        n=Sum("n_rows", filter=Q(kind=FileKind.EXCHANGES)),
        size=Sum("n_bytes"),
        files=Count("pk"),
        first=Min("min_ts_us"),
        last=Max("max_ts_us"),
    )
    first, last = held["first"], held["last"]
    return LakeFacts(
        held["n"] or 0,
        held["size"] or 0,
        held["files"],
        from_us(first) if first is not None else None,
        from_us(last) if last is not None else None,
    )


def model_releases() -> QuerySet[ModelRelease]:
    """Model releases, oldest first, for charts."""
    return ModelRelease.objects.order_by("released_at", "model")
