"""Signing a bag that is written: two signatures of one key over the tag manifest, and a time stamp over the raw one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

from audit import keys
from audit.checkpoint_text import LEAF_LINE, Opening
from audit.checkpoints import file_of, make_checkpoint, opening_of
from audit.models import AuditHead, CheckpointHead
from audit.models import Checkpoint as MadeCheckpoint
from core.signing.keys import public_pem
from core.signing.signers import SigningUnavailable
from core.signing.stamps import StampUnavailable
from investigations.casefile.bag import write_synced
from staff.permissions import Worker

SIGNED = "tagmanifest-sha256.txt"
FOLDER = "signatures"
NOT_SEALED = (SigningUnavailable, StampUnavailable)


@dataclass(frozen=True, slots=True)
class Signed:
    """Two signatures of one key over the same bytes: raw for `openssl`, SSHSIG for `ssh-keygen`."""

    raw: bytes
    sshsig: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The end of every chain at one moment, signed; `leaf` is what this case's line in it was made of."""

    text: bytes
    signature: bytes
    stamp: bytes | None
    leaf: bytes
    seq: int
    earlier: tuple[Mapping[str, Any], ...] = ()


class Sealer(Protocol):
    """Holds the key of the desk and knows a time-stamping authority, or none."""

    fingerprint: str
    public_pem: str
    stamps: bool

    def sign(self, data: bytes, *, purpose: str) -> Signed: ...

    def time_stamp(self, data: bytes) -> bytes | None: ...

    def checkpoint(self, chain: str, *, purpose: str) -> Checkpoint: ...


class DeskSealer:
    """The desk's own key, and its time-stamping authority where one is configured. Raises one of NOT_SEALED."""

    def __init__(self) -> None:
        key = keys.current_key()
        self.fingerprint, self.public_pem = key.fingerprint, public_pem(bytes(key.public))
        self.stamps = bool(settings.TIME_STAMP_URLS)

    def sign(self, data: bytes, *, purpose: str) -> Signed:
        """Both signatures of the key that the file names; the use is an event."""
        signature = keys.sign(data, actor=Worker("casefile"), purpose=purpose)
        if signature.fingerprint != self.fingerprint:
            raise SigningUnavailable("The signing key was changed while the file was written; it is written once more.")
        return Signed(signature.raw, signature.sshsig)

    def time_stamp(self, data: bytes) -> bytes | None:
        """The authority's reply, checked at receipt."""
        stamp = keys.time_stamp(data)
        return stamp.reply if stamp else None

    def checkpoint(self, chain: str, *, purpose: str) -> Checkpoint:
        """A checkpoint that ends with this chain as it is now: the one made for the same purpose, unless the chain grew."""
        made = MadeCheckpoint.objects.filter(purpose=purpose).exclude(finished_at=None).order_by("-number").first()
        if made is None or opening_of(made, chain).seq != AuditHead.objects.get(chain=chain).seq:
            made = make_checkpoint(purpose=purpose, actor=Worker("casefile"))
        opening = opening_of(made, chain)
        return Checkpoint(
            text=file_of(made),
            signature=bytes(made.signature),
            stamp=bytes(made.stamp) or None,
            leaf=leaf_text(opening),
            seq=opening.seq,
            earlier=tuple(_earlier(chain, made)),
        )


def leaf_text(opening: Opening) -> bytes:
    """What the SHA-256 of a leaf is made over."""
    lines = (LEAF_LINE, opening.salt, opening.chain, str(opening.seq), opening.head)
    return ("\n".join(lines) + "\n").encode()


def _earlier(chain: str, last: MadeCheckpoint) -> Iterator[dict[str, Any]]:
    """The chain's leaf in every checkpoint since its first: whoever keeps a copy of one finds it there."""
    first = (
        CheckpointHead.objects.filter(chain=chain)
        .order_by("checkpoint_id")
        .values_list("checkpoint_id", flat=True)
        .first()
    )
    for each in (
        MadeCheckpoint.objects.filter(number__gte=first or 0, number__lt=last.number).order_by("number").iterator()
    ):
        opening = opening_of(each, chain)
        yield {
            "checkpoint": each.number,
            "made_at": each.made_at,
            "attested_at": each.attested_at,
            "seq": opening.seq,
            "head": opening.head,
            "salt": opening.salt,
            "leaf": opening.leaf,
        }


@dataclass(frozen=True, slots=True)
class SealFacts:
    """What the file says about its seal before it is sealed: all of it stands inside what is signed."""

    fingerprint: str = ""
    stamps: bool = False

    @property
    def files(self) -> list[str]:
        """The files that sealing adds and no manifest lists."""
        if not self.fingerprint:
            return []
        names = [f"{FOLDER}/{SIGNED}.sig", f"{FOLDER}/{SIGNED}.sshsig"]
        return names + [f"{FOLDER}/{SIGNED}.sig.tsr"] * self.stamps

    @property
    def words(self) -> str:
        """For the face of the file.

        >>> SealFacts().words, SealFacts("SHA256:x", stamps=False).words
        ('not signed, not time-stamped', 'signed, not time-stamped')
        """
        if not self.fingerprint:
            return "not signed, not time-stamped"
        return "signed and time-stamped" if self.stamps else "signed, not time-stamped"


def facts_of(sealer: Sealer | None) -> SealFacts:
    """What the file says about a sealer."""
    return SealFacts(sealer.fingerprint, sealer.stamps) if sealer else SealFacts()


def seal(folder: Path, sealer: Sealer) -> None:
    """Sign and stamp a written bag. Raises what the sealer raises: then nothing is offered."""
    data = (folder / SIGNED).read_bytes()
    signed = sealer.sign(data, purpose=f"case file {folder.name}")
    stamp = sealer.time_stamp(signed.raw) if sealer.stamps else None
    (folder / FOLDER).mkdir()
    write_synced(folder / FOLDER / f"{SIGNED}.sig", signed.raw)
    write_synced(folder / FOLDER / f"{SIGNED}.sshsig", signed.sshsig.encode("ascii"))
    if stamp is not None:
        write_synced(folder / FOLDER / f"{SIGNED}.sig.tsr", stamp)
