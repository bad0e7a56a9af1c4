"""Known corpora: public prompt sets that an administrator names, kept as hashes alone. The project ships none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from audit.services import record
from core.canonical import digest
from core.clock import now
from core.errors import Conflict, InvalidInput, NotFound
from core.text import replace_surrogates, storable
from detection.models import Corpus, CorpusItem
from staff.enums import Action
from staff.permissions import Actor, check
from traffic.connectors.base import SourceUnavailable
from traffic.connectors.small import read_rows
from traffic.derivation import derive
from traffic.reading import file_format
from traffic.schema import RECORD

NAMES = ("prompt", "question", "instruction", "text")
MOST_ITEMS = 1_000_000
PAGE_ITEMS = 50_000  # what a page takes in well within a request; larger sets go through the command
LONGEST = {"name": 120, "licence": 200}
LONGEST_REASON = 4_000
CHUNK = 5_000
TABLE = pa.schema([("corpus", pa.string())] + [(f"{name}_h", pa.int64()) for name in ("prompt", "slot", "quoted")])


def import_corpus(
    *, path: Path, name: str, licence: str, actor: Actor, filename: str = "", most: int = MOST_ITEMS
) -> tuple[Corpus, bool]:
    """Take in a file of prompts (CSV, JSON lines or Parquet with a column `prompt`) as hashes; the corpus, and whether it is new.

    The same prompts under the same name change nothing. Raises InvalidInput for a file without prompts, Conflict when the
    name stands for other prompts.
    """
    check(actor, Action.MANAGE_REFERENCE)
    words = {"name": _line("name", name), "licence": _line("licence", licence)}
    items = _items(path, filename or path.name, most)
    given = digest(sorted(str(value) for value in items["prompt_h"].to_pylist()))
    known = Corpus.objects.filter(name=words["name"]).first()
    if known is None:
        try:
            return _store(items, given, words, actor), True
        except IntegrityError:
            known = Corpus.objects.get(name=words["name"])
    if known.digest != given:
        raise Conflict(f"{known.name} stands for {known.n_items:,} other prompts; give this set a name of its own.")
    return known, False


@transaction.atomic
def _store(items: pa.Table, given: str, words: dict[str, str], actor: Actor) -> Corpus:
    corpus = Corpus.objects.create(
        digest=given, n_items=items.num_rows, imported_by=actor.audit_name, imported_at=now(), **words
    )
    for chunk in items.to_batches(max_chunksize=CHUNK):
        CorpusItem.objects.bulk_create(CorpusItem(corpus=corpus, **row) for row in chunk.to_pylist())
    facts: dict[str, Any] = {"licence": corpus.licence, "items": corpus.n_items, "digest": given}
    record(actor=actor, action="corpus.imported", subject=f"corpus:{corpus.pk}", name=corpus.name, **facts)
    return corpus


@transaction.atomic
def retire_corpus(*, corpus: Corpus, reason: str, actor: Actor) -> Corpus:
    """Let no later run read a corpus; runs of the past can still be repeated with it."""
    check(actor, Action.MANAGE_REFERENCE)
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput("reason", reason, f"say why it is no longer read, in 1 to {LONGEST_REASON} characters")
    locked = Corpus.objects.select_for_update().get(pk=corpus.pk)
    if locked.retired_at is not None:
        raise Conflict(f"{locked.retired_by} retired {locked.name} already.")
    locked.retired_at, locked.retired_by, locked.retired_reason = now(), actor.audit_name, storable(reason.strip())
    locked.save(update_fields=["retired_at", "retired_by", "retired_reason"])
    record(actor=actor, action="corpus.retired", subject=f"corpus:{locked.pk}", reason=locked.retired_reason)
    return locked


# --- Hashing --------------------------------------------------------------------------------------------------------------


def _items(path: Path, filename: str, most: int) -> pa.Table:
    """Every distinct prompt of the file as the lake would hash it, and the slot that it fills when quoted whole."""
    parts, n_read = [], 0
    for texts in _texts(path, filename):
        n_read += len(texts)
        if n_read > most:
            larger = "; import a larger set with manage.py import_corpus FILE" if most < MOST_ITEMS else ""
            raise InvalidInput("file", f"over {most:,} prompts", f"at most {most:,} in one corpus here{larger}")
        parts.append(_hashed(texts))
    if not parts:
        raise InvalidInput("file", filename, f"it holds at least one prompt in a column {' or '.join(NAMES)}")
    every = pa.concat_tables(parts)
    _, first = np.unique(every["prompt_h"].to_numpy(), return_index=True)
    return every.take(pa.array(first)).combine_chunks()


def _texts(path: Path, filename: str) -> Iterator[list[str]]:
    kind = file_format(path)
    kind = "csv" if kind == "lines" and ".csv" in Path(filename.lower()).suffixes else kind
    try:
        for batch in read_rows(path, format=kind):
            found = [next((row.values[name] for name in NAMES if row.values.get(name)), None) for row in batch.rows]
            texts = [replace_surrogates(text) for text in found if isinstance(text, str)]
            if texts:
                yield texts
    except SourceUnavailable as error:
        raise InvalidInput("file", filename, f"it is CSV, JSON lines or Parquet ({error})") from None


def _hashed(texts: list[str]) -> pa.Table:
    plain, quoted = _derived(texts), _derived([f'"{text}"' for text in texts])
    made = plain.select(["prompt_h", "skeleton_h", "slot_h"]).append_column("quoted_h", quoted["slot_h"])
    return made.filter(pc.is_valid(made["prompt_h"]))


def _derived(texts: list[str]) -> pa.Table:
    """The derived columns of some prompts, row for row."""
    n = len(texts)
    given = {
        "ts_us": [0] * n,
        "account_id": [""] * n,
        "content_state": ["full"] * n,
        "record_id": [""] * n,
        "raw_sha256": [bytes(32)] * n,
        "position": list(range(n)),
        "prompt": texts,
    }
    columns = [pa.array(given.get(field.name, [None] * n), field.type) for field in RECORD]
    return derive(pa.table(columns, schema=RECORD))


def _line(argument: str, value: str) -> str:
    text = storable(value.strip())
    if not 1 <= len(text) <= LONGEST[argument] or len(text.splitlines()) > 1:
        raise InvalidInput(argument, value, f"give 1 to {LONGEST[argument]} characters on one line")
    return text


# --- Reading --------------------------------------------------------------------------------------------------------------


def corpora_for_run(as_of: datetime | None = None) -> pa.Table:
    """The prompts of every corpus that stood at a moment (now by default): corpus, prompt_h, slot_h, quoted_h. One query.

    An exchange holds the item when its prompt_h is the item's, or when its slot_h is the item's quoted_h (the item stood
    in double quotes inside a template and nothing else was masked).
    """
    rows = CorpusItem.objects.filter(corpus__in=_standing(as_of)).order_by("corpus__name", "prompt_h")
    values = rows.values_list("corpus__name", "prompt_h", "slot_h", "quoted_h")
    columns: list[Any] = list(zip(*values.iterator(chunk_size=20_000), strict=True)) or [[]] * len(TABLE)
    return pa.table([pa.array(c, field.type) for c, field in zip(columns, TABLE, strict=True)], schema=TABLE)


def _standing(as_of: datetime | None) -> QuerySet[Corpus]:
    if as_of is None:
        return Corpus.objects.filter(retired_at=None)
    return Corpus.objects.filter(Q(retired_at=None) | Q(retired_at__gt=as_of), imported_at__lte=as_of)


def corpora() -> QuerySet[Corpus]:
    """Corpora, those that runs read and those retired; keyed by `-id`."""
    return Corpus.objects.all()


def get_corpus(number: int) -> Corpus:
    """One corpus. Raises NotFound."""
    found = Corpus.objects.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no corpus {number}.")
    return found
