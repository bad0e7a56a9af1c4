"""The map of near-duplicate skeletons, kept: each skeleton is sketched once, each version is grouped from all sketches.

A version is a file of its own that is never changed, so that a rerun of a past run finds the map that it named. Sketches
lie in files beside it, one an update. Grouping starts from all of them every time (17 s for two million): a version says
the same whether its skeletons came in one update or in a hundred, and new skeletons join old groups.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection, transaction

from audit.services import record
from core.canonical import file_sha256
from core.clock import now
from detection.clustering.near_duplicates import SKETCH_VERSION, SKETCHES, group, near_duplicates, sketch
from detection.models import TemplateMap
from staff.enums import Action
from staff.permissions import check
from traffic.enums import FileKind
from traffic.lake import Lake, visible_paths

LOCK = 0x5711_3A90  # one number for updates of the map in Postgres' space of advisory locks
STEP_ROWS = 100_000


def current_map() -> tuple[int, ir.Table | None]:
    """The newest version of the map and its table (skeleton_h, near_h, sim12, sketch); 0 and None where there is none."""
    return map_version(None)


def map_version(version: int | None) -> tuple[int, ir.Table | None]:
    """One version of the map, the newest for None. A version of an older way to sketch is still read as it was."""
    rows = TemplateMap.objects.all() if version is None else TemplateMap.objects.filter(version=version)
    found = rows.first()
    if found is None:
        return 0, None
    return found.version, ibis.read_parquet(str(map_path(found)))


def map_path(found: TemplateMap) -> Path:
    """Where a version's file lies, for an engine that joins it with the lake."""
    return _folder() / found.path


def update_map(*, actor: Any) -> TemplateMap | None:
    """Sketch the skeletons of the lake that no sketch names yet, group all, and keep that as the next version.

    The newest version is returned unchanged where nothing is new, None where the lake has no skeleton.
    """
    check(actor, Action.RUN_DETECTION)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        last = TemplateMap.objects.first()
        known = list(last.sketch_paths) if last and last.sketch_version == SKETCH_VERSION else []
        fresh, n_new = _write_sketches(_unsketched(known))
        if not n_new:
            return last
        return _keep(last, [*known, fresh], n_new, actor)


def map_of(parts: Iterable[Path]) -> ir.Table | None:
    """The map of files that hold the columns skeleton_h and skeleton, for an analysis without a database."""
    found = [pq.read_table(part, columns=["skeleton_h", "skeleton"]) for part in parts]
    if not found:
        return None
    table = pa.concat_tables(found)
    return ibis.memtable(near_duplicates(table.filter(pc.is_valid(table["skeleton_h"]))))


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "maps"


def _unsketched(known: list[str]) -> Iterator[pa.Table]:
    """Skeletons of the lake without a sketch, in pieces."""
    if not visible_paths(FileKind.SKELETONS):
        return
    lake = Lake()
    table = lake.skeletons()
    if known:
        sketched = lake.engine.read_parquet([str(_folder() / path) for path in known])
        table = table.anti_join(sketched, "skeleton_h")
    rows = lake.engine.con.sql(ibis.to_sql(table.select("skeleton_h", "skeleton"), dialect="duckdb"))
    for batch in rows.to_arrow_reader(STEP_ROWS):
        if batch.num_rows:
            yield pa.Table.from_batches([batch])


def _write_sketches(pieces: Iterator[pa.Table]) -> tuple[str, int]:
    """The sketches of all pieces as one file, its name, and how many there are; no file for none."""
    name, count = f"sketches-{uuid.uuid4().hex[:12]}.parquet", 0
    first = next(pieces, None)
    if first is None:
        return "", 0
    draft = _draft(name)
    with pq.ParquetWriter(draft, SKETCHES, compression="zstd", compression_level=1) as writer:
        for piece in chain([first], pieces):
            made = sketch(piece)
            writer.write_table(made)
            count += made.num_rows
    _publish(draft, name)
    return name, count


def _keep(last: TemplateMap | None, sketches: list[str], n_new: int, actor: Any) -> TemplateMap:
    version = last.version + 1 if last else 1
    table = group(pa.concat_tables([pq.read_table(_folder() / path, schema=SKETCHES) for path in sketches]))
    name = f"map-{version:06d}-{uuid.uuid4().hex[:12]}.parquet"
    draft = _draft(name)
    pq.write_table(table, draft, compression="zstd", compression_level=1)
    digest = file_sha256(draft)
    _publish(draft, name)
    made = TemplateMap.objects.create(
        version=version,
        sketch_version=SKETCH_VERSION,
        path=name,
        sha256=digest,
        sketch_paths=sketches,
        n_skeletons=table.num_rows,
        n_new=n_new,
        n_grouped=table.num_rows - table["near_h"].null_count,
        created_at=now(),
    )
    facts: dict[str, Any] = {
        "n_skeletons": made.n_skeletons,
        "n_new": n_new,
        "n_grouped": made.n_grouped,
        "sha256": digest,
    }
    record(actor=actor, action="template_map.updated", subject=f"template_map:{version}", **facts)
    return made


def _draft(name: str) -> Path:
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f".tmp-{name}"


def _publish(draft: Path, name: str) -> None:
    """Make a whole file visible under its name: on disk first, then renamed, then the folder too."""
    with draft.open("rb") as handle:
        os.fsync(handle.fileno())
    draft.rename(draft.with_name(name))
    folder = os.open(draft.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
