"""What a checkpoint says: one opaque leaf a chain, sorted, so that a holder of one chain learns nothing of the others. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.errors import InvalidInput

VERSION_LINE = "casefile-checkpoint-v1"
LEAF_LINE = "casefile-leaf-v1"
FIRST = "none"


@dataclass(frozen=True, slots=True)
class Opening:
    """What turns one leaf of a checkpoint into a statement: this chain stood at this entry with this hash."""

    chain: str
    seq: int
    head: str
    salt: str

    @property
    def leaf(self) -> str:
        """The line of the checkpoint that this opens.

        >>> Opening("system", 1, "0" * 64, "0" * 64).leaf[:16]
        'd29eb1ddfeacfc4a'
        """
        lines = (LEAF_LINE, self.salt, self.chain, str(self.seq), self.head)
        return hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest()


def opening(secret: bytes, chain: str, seq: int, head: str) -> Opening:
    """The opening of one chain; its salt comes from the checkpoint's secret, and says nothing about other salts."""
    return Opening(chain, seq, head, hmac.new(secret, chain.encode(), hashlib.sha256).hexdigest())


def checkpoint_text(head: Iterable[tuple[str, str]], leaves: Iterable[str]) -> bytes:
    """The file that is signed: `name value` lines, a line `leaves`, then the sorted leaves, one a line."""
    facts = "".join(f"{name} {' '.join(value.split())}\n" for name, value in head)
    bottom = "".join(f"{leaf}\n" for leaf in sorted(leaves))
    return f"{VERSION_LINE}\n{facts}leaves\n{bottom}".encode()


def read_text(text: bytes) -> tuple[dict[str, str], list[str]]:
    """The facts and the leaves of a checkpoint. Raises InvalidInput for what is none."""
    top, mark, bottom = text.decode(errors="replace").partition("\nleaves\n")
    version, *lines = top.split("\n")
    if version != VERSION_LINE or not mark:
        raise InvalidInput("checkpoint", version[:60], f"it begins with {VERSION_LINE}")
    return dict(line.split(" ", 1) for line in lines), bottom.split()


def openings_text(secret: bytes, openings: Iterable[Opening]) -> bytes:
    """The private companion: the secret and the chains that grew since the checkpoint before, tab between fields."""
    rows = "".join(f"{o.seq}\t{o.head}\t{o.chain}\n" for o in openings)
    return f"secret\t{secret.hex()}\n{rows}".encode()


def read_openings(text: bytes) -> tuple[bytes, Iterator[Opening]]:
    """The secret and the openings of a private companion."""
    first, *rows = text.decode().split("\n")
    secret = bytes.fromhex(first.removeprefix("secret\t"))
    cells = (row.split("\t", 2) for row in rows if row)
    return secret, (opening(secret, chain, int(seq), head) for seq, head, chain in cells)
