"""The arithmetic of a chain, the same here, in SQL and in the case file's `verify.py`. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

VERSION_LINE = "casefile-audit-v1"
GENESIS = "0" * 64


class Entry(Protocol):
    """What one entry must carry to be checked."""

    @property
    def chain(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def actor(self) -> str: ...
    @property
    def payload(self) -> str: ...
    @property
    def payload_sha256(self) -> str: ...
    @property
    def prev_hash(self) -> str: ...
    @property
    def entry_hash(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """The first bad entry of a chain and what is wrong with it."""

    chain: str
    seq: int
    what: str

    def __str__(self) -> str:
        return f"chain {self.chain}, entry {self.seq}: {self.what}"


def entry_hash(*, chain: str, seq: int, at: str, actor: str, prev_hash: str, payload_sha256: str) -> str:
    """SHA-256 over the entry's fields, one a line; `at` is UTC with microseconds and `Z`.

    >>> entry_hash(chain="system", seq=1, at="2026-01-01T00:00:00.000000Z", actor="worker", prev_hash=GENESIS,
    ...            payload_sha256=GENESIS)[:16]
    '73292ca25137ea8d'
    """
    lines = (VERSION_LINE, chain, str(seq), at, actor, prev_hash, payload_sha256)
    return hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest()


def first_fault(entries: Iterable[tuple[Entry, str]]) -> Fault | None:
    """Walk one chain from its first entry; `entries` are (entry, its `at` as a `Z` string) in order of `seq`."""
    previous = GENESIS
    for seq, (entry, at) in enumerate(entries, start=1):
        if entry.seq != seq:
            return Fault(entry.chain, seq, f"missing; the next entry found is {entry.seq}")
        erased = entry.payload == ""  # whoever walks asks whether a later entry records it
        if not erased and hashlib.sha256(entry.payload.encode()).hexdigest() != entry.payload_sha256:
            return Fault(entry.chain, seq, "the payload was altered")
        if entry.prev_hash != previous:
            return Fault(entry.chain, seq, "does not follow the entry before it")
        expected = entry_hash(
            chain=entry.chain,
            seq=seq,
            at=at,
            actor=entry.actor,
            prev_hash=previous,
            payload_sha256=entry.payload_sha256,
        )
        if entry.entry_hash != expected:
            return Fault(entry.chain, seq, "the entry was altered")
        previous = entry.entry_hash
    return None
