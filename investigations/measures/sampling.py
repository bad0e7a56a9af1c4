"""Drawing sample prompts from a session by a method that anyone can repeat. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

VERSION = "1"
FRAME = "all exchanges of the session in the lake, ordered by time and id"


def draw(frame: Sequence[tuple[str, bool]], *, size: int, seed: str) -> list[str]:
    """The ids of `size` exchanges out of (id, in the campaign's units): the first unit exchange, then unit exchanges,
    then others, each stratum at random without replacement.

    The order of a stratum is that of SHA-256(seed, id): uniform, and the same on every machine.

    >>> draw([("a", False), ("b", True), ("c", True)], size=2, seed="s")
    ['b', 'c']
    """
    unit = [exchange for exchange, inside in frame if inside]
    others = [exchange for exchange, inside in frame if not inside]
    rest = sorted(unit[1:], key=lambda exchange: _rank(seed, exchange))
    return [*unit[:1], *rest, *sorted(others, key=lambda exchange: _rank(seed, exchange))][:size]


def seed_for(session_key: str, run_id: int | None) -> str:
    """The seed that belongs to a session and the run that flagged it."""
    return hashlib.sha256(f"{VERSION}\n{run_id}\n{session_key}".encode()).hexdigest()


def method(*, frame_size: int, size: int, seed: str) -> dict[str, Any]:
    """The record that lets anyone repeat the draw."""
    strata = "first unit exchange; then unit exchanges; then others"
    order = "SHA-256(seed, newline, exchange id), ascending"
    return {
        "frame": FRAME,
        "frame_size": frame_size,
        "size": size,
        "seed": seed,
        "strata": strata,
        "order": order,
        "version": VERSION,
    }


def _rank(seed: str, exchange_id: str) -> str:
    return hashlib.sha256(f"{seed}\n{exchange_id}".encode("utf-8", "surrogatepass")).hexdigest()
