"""Sources, pulls and lake files; the Parquet itself is written by the tests that need it."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from traffic.enums import FileKind, Kind, PullState
from traffic.models import LakeFile, ListPrice, ModelRelease, Pull, PulledFile, QuarantinedRecord, Source


class SourceFactory(DjangoModelFactory[Source]):
    class Meta:
        model = Source

    slug = factory.Sequence(lambda n: f"source-{n}")
    name = factory.LazyAttribute(lambda o: o.slug.capitalize())
    connector = "common"
    kind = Kind.EXCHANGES
    path = "inbox"


class PullFactory(DjangoModelFactory[Pull]):
    class Meta:
        model = Pull

    source = factory.SubFactory(SourceFactory)
    state = PullState.FINISHED
    requested_by = "worker:test"
    started_at = finished_at = datetime(2026, 5, 20, tzinfo=UTC)


class PulledFileFactory(DjangoModelFactory[PulledFile]):
    class Meta:
        model = PulledFile

    source = factory.SubFactory(SourceFactory)
    path = factory.Sequence(lambda n: f"inbox/{n}.jsonl")
    size = 1000
    mtime_ns = 1


class LakeFileFactory(DjangoModelFactory[LakeFile]):
    class Meta:
        model = LakeFile

    kind = FileKind.EXCHANGES
    day = date(2026, 5, 1)
    path = factory.Sequence(lambda n: f"exchanges/{n}.parquet")
    n_rows = 1
    n_bytes = 1000
    sha256 = factory.LazyAttribute(lambda o: hashlib.sha256(o.path.encode()).hexdigest())
    pull = factory.SubFactory(PullFactory)


class QuarantinedRecordFactory(DjangoModelFactory[QuarantinedRecord]):
    class Meta:
        model = QuarantinedRecord

    pull = factory.SubFactory(PullFactory)
    path = "inbox/1.jsonl"
    line = factory.Sequence(lambda n: n + 1)
    raw = b"{"
    raw_size = 1
    raw_sha256 = hashlib.sha256(b"{").hexdigest()
    reason = "line 1: the JSON ends early"


class ModelReleaseFactory(DjangoModelFactory[ModelRelease]):
    class Meta:
        model = ModelRelease

    model = factory.Sequence(lambda n: f"model-{n}")
    released_at = datetime(2026, 5, 10, tzinfo=UTC)


class ListPriceFactory(DjangoModelFactory[ListPrice]):
    class Meta:
        model = ListPrice

    model = factory.Sequence(lambda n: f"model-{n}")
    valid_from = date(2026, 1, 1)
    input_usd_per_mtok = Decimal(3)
    output_usd_per_mtok = Decimal(15)
