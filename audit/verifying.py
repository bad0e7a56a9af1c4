"""Walking the trail and holding it against every checkpoint: what was altered, cut off or restored from an older state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.db import connection, transaction

from audit.chain import GENESIS, Fault, first_fault
from audit.checkpoint_text import read_openings, read_text
from audit.checkpoints import own_place, second_places
from audit.models import AuditEvent, AuditHead, Checkpoint, CheckpointHead, SigningKey
from audit.places import Folder
from core.canonical import sha256_hex, utc_z
from core.errors import InvalidInput
from core.signing.keys import verify as good_signature

Report = Callable[[int], None]
CHUNK = 5000


class Row(NamedTuple):
    """One entry as the walk reads it."""

    chain: str
    seq: int
    at: datetime
    actor: str
    payload: str
    payload_sha256: str
    prev_hash: str
    entry_hash: str


@dataclass(frozen=True, slots=True)
class CheckpointFault:
    """What is wrong with one checkpoint, or with the database as that checkpoint knows it."""

    number: int
    what: str

    def __str__(self) -> str:
        return f"checkpoint {self.number}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of one walk over the trail."""

    chains: int
    events: int
    faults: tuple[Fault | CheckpointFault, ...]
    checkpoints: int = 0


@dataclass(slots=True)
class _Known:
    """What checkpoints say of chains: entry numbers with the hash they must have, and by which checkpoint."""

    heads: dict[str, dict[int, tuple[str, int]]] = field(default_factory=lambda: defaultdict(dict))
    faults: list[CheckpointFault] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)

    def add(self, number: int, chain: str, seq: int, head: str) -> None:
        known = self.heads[chain].setdefault(seq, (head, number))
        if known[0] != head:
            self.faults.append(CheckpointFault(number, f"knows entry {seq} of chain {chain} with another hash"))


def verify(chain: str | None = None, *, report: Report = lambda done: None) -> Verification:
    """Walk every chain (or one) from its first entry, without checkpoints; the head must be the last entry."""
    with _one_moment():
        return _walk_all(chain, _Known(), report)


def verify_all(*, folders: Iterable[Folder] = (), report: Report = lambda done: None) -> Verification:
    """Walk every chain and compare it with the checkpoints of the database, of our folder, of the second place, of `folders`.

    The files are listed before the database is looked at, and all of it is seen as of one moment: what grows meanwhile is no fault.
    """
    places = [place for place in (own_place(), *second_places(), *folders) if isinstance(place, Folder)]
    names = {place: set(place.names()) for place in places}
    with _one_moment():
        known = _Known()
        heads = CheckpointHead.objects.values_list("checkpoint", "chain", "seq", "entry_hash")
        for number, chain, seq, head in heads.iterator(chunk_size=CHUNK):
            known.add(number, chain, seq, head)
        rows = {row.number: row for row in Checkpoint.objects.defer("draft", "draft_openings").order_by("number")}
        known.numbers.update(rows)
        for place, listed in names.items():
            _read_place(place, listed, rows, known)
        return _walk_all(None, known, report)


@contextmanager
def _one_moment() -> Iterator[None]:
    """One look at the database; inside a transaction of the caller's, that one."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _read_place(place: Folder, names: set[str], rows: dict[int, Checkpoint], known: _Known) -> None:
    """Every checkpoint in one folder: its signature, its place in the row of checkpoints, and what it opens."""
    keys = {key.fingerprint: bytes(key.public) for key in SigningKey.objects.all()}
    for row in rows.values():
        if row.finished_at is not None and str(place) in row.places and f"{row.name}.txt" not in names:
            known.faults.append(CheckpointFault(row.number, f"is missing from {place}"))
    before = ""
    for name in sorted(name.removesuffix(".txt") for name in names if name.endswith(".txt")):
        text = place.get(f"{name}.txt") or b""
        try:
            facts, leaves = read_text(text)
            number = int(facts["number"])
        except (InvalidInput, KeyError, ValueError):
            known.faults.append(CheckpointFault(_number_in(name), f"{place}/{name}.txt is no checkpoint"))
            continue
        known.numbers.add(number)
        if what := _wrong_with(place, name, text, facts, rows.get(number), before, keys):
            known.faults.append(CheckpointFault(number, what))
        before = sha256_hex(text)
        _read_openings(place, name, number, set(leaves), known)


def _wrong_with(
    place: Folder,
    name: str,
    text: bytes,
    facts: dict[str, str],
    row: Checkpoint | None,
    before: str,
    keys: dict[str, bytes],
) -> str:
    if row is None:
        made = facts.get("made-at", "an unknown time")
        return f"made {made} is in {place}, but the database does not know it: the database is older, or was restored"
    if row.text_sha256 != sha256_hex(text):
        return f"{place}/{name}.txt differs from what the database knows of it"
    if before and facts.get("previous") != before:
        return f"{place}/{name}.txt does not follow the checkpoint before it"
    signature, public = place.get(f"{name}.sig"), keys.get(row.fingerprint)
    if signature is None or public is None or not good_signature(public, text, signature):
        return f"{place}/{name}.sig is not a signature of {row.fingerprint or 'a known key'} over it"
    return ""


def _read_openings(place: Folder, name: str, number: int, leaves: set[str], known: _Known) -> None:
    data = place.get(f"{name}.openings")
    if data is None:
        return
    try:
        _, openings = read_openings(data)
        for one in openings:
            if one.leaf not in leaves:
                known.faults.append(CheckpointFault(number, f"{place}/{name}.openings opens no leaf for {one.chain}"))
                return
            known.add(number, one.chain, one.seq, one.head)
    except ValueError:
        known.faults.append(CheckpointFault(number, f"{place}/{name}.openings cannot be read"))


def _walk_all(only: str | None, known: _Known, report: Report) -> Verification:
    heads = AuditHead.objects.order_by("chain")
    found = AuditEvent.objects.order_by().values_list("chain", flat=True).distinct()
    if only is not None:
        heads, found = heads.filter(chain=only), found.filter(chain=only)
    by_name = {head.chain: head for head in heads}
    faults: list[Fault | CheckpointFault] = [*known.faults]
    count = 0
    for name in sorted({*by_name, *found, *known.heads}):
        walked = _Walk(name, known.heads.get(name, {}), partial(_report_from, report, count))
        fault = first_fault(walked) or walked.fault(by_name.get(name))
        count += walked.last_seq
        if fault is not None:
            faults.append(fault)
    report(count)
    return Verification(len(by_name), count, tuple(faults), len(known.numbers))


def _report_from(report: Report, base: int, done: int) -> None:
    report(base + done)


class _Walk:
    """One chain's entries in order, remembering where it ended and where it left what a checkpoint knows."""

    def __init__(self, chain: str, expected: dict[int, tuple[str, int]], report: Report) -> None:
        self.chain, self.expected, self.report = chain, expected, report
        self.last_seq, self.last_hash = 0, GENESIS
        self.left: Fault | None = None
        self.erased: list[Row] = []

    def __iter__(self) -> Iterator[tuple[Row, str]]:
        rows = AuditEvent.objects.filter(chain=self.chain).order_by("seq").values_list(*Row._fields)
        for number, values in enumerate(rows.iterator(chunk_size=CHUNK), start=1):
            row = Row(*values)
            yield row, utc_z(row.at)
            self.last_seq, self.last_hash = row.seq, row.entry_hash
            if row.payload == "":
                self.erased.append(row)
            known = self.expected.get(row.seq)
            if known is not None and known[0] != row.entry_hash and self.left is None:
                what = f"the whole chain was written anew: checkpoint {known[1]} knows this entry with another hash"
                self.left = Fault(self.chain, row.seq, what)
            if number % CHUNK == 0:
                self.report(number)

    def fault(self, head: AuditHead | None) -> Fault | None:
        """What is wrong with a chain whose entries follow one another."""
        if self.left is not None:
            return self.left
        if longer := [(seq, number) for seq, (_, number) in self.expected.items() if seq > self.last_seq]:
            seq, number = max(longer)
            what = f"the chain ends here, but checkpoint {number} knows it up to {seq}: its tail was cut, or an older backup restored"
            return Fault(self.chain, self.last_seq, what)
        if head is None:
            return Fault(self.chain, self.last_seq, "the chain has no head")
        if (head.seq, head.entry_hash) != (self.last_seq, self.last_hash):
            return Fault(self.chain, self.last_seq, f"the chain ends here but its head says {head.seq}")
        return next((fault for row in self.erased if (fault := _unrecorded(row))), None)


def _unrecorded(row: Row) -> Fault | None:
    """An erased payload has left a later entry in its chain that says so, with its digest."""
    tombstones = AuditEvent.objects.filter(
        chain=row.chain, seq__gt=row.seq, action="payload.erased", subject=f"entry:{row.chain}/{row.seq}"
    )
    if any(event.facts.get("payload_sha256") == row.payload_sha256 for event in tombstones):
        return None
    return Fault(row.chain, row.seq, "the payload is gone and no entry records its erasure")


def _number_in(name: str) -> int:
    digits = name.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0
