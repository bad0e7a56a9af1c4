"""Checkpoints: every chain's head in one signed, stamped, copied file, each hour and at each export.

Each step can be repeated: the text is fixed with its row, the signature of a text is always the same, and a place takes a
file once. So a worker that dies in between, and a task that is delivered twice, leave one checkpoint.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from audit import keys
from audit.checkpoint_text import FIRST, Opening, checkpoint_text, opening, openings_text
from audit.models import AuditHead, Checkpoint, CheckpointHead
from audit.places import Command, Folder
from audit.services import record
from core import clock
from core.canonical import sha256_hex, utc_z
from core.errors import DomainError, NotFound, Unavailable
from core.signing.stamps import NOT_STAMPED

logger = logging.getLogger(__name__)
LOCK = 0x5711_C4E2  # one checkpoint is made at a time
ACTOR = "worker:checkpoints"
RETRIED = 50


def hourly_checkpoint() -> Checkpoint | None:
    """The checkpoint of this hour, if it is missing; then what earlier ones still lack. None if there was one."""
    made = _fix(purpose="hourly", hourly=True)
    for number in (
        Checkpoint.objects.filter(finished_at=None).order_by("number").values_list("number", flat=True)[:RETRIED]
    ):
        try:
            _finish(number, actor=ACTOR, wait=False)
        except DomainError as error:
            logger.warning("Checkpoint %s is not finished: %s", number, error.message)
    return Checkpoint.objects.get(number=made) if made else None


def make_checkpoint(*, purpose: str, actor: object) -> Checkpoint:
    """A checkpoint now, signed, stamped where an authority is configured, and copied. For an export; outside transactions.

    Raises SigningUnavailable, StampUnavailable or Unavailable; the sweep goes on with it later, and nothing is sealed by it yet.
    """
    number = _fix(purpose=purpose, hourly=False)
    assert number is not None
    _finish(number, actor=actor, wait=True)
    return Checkpoint.objects.get(number=number)


def file_of(checkpoint: Checkpoint, ending: str = "txt") -> bytes:
    """A finished checkpoint's file: txt, sig, sshsig, or tsr (empty where it is not time-stamped)."""
    found = own_place().get(f"{checkpoint.name}.{ending}")
    if found is None and ending == "tsr":
        return b""
    if found is None or (ending == "txt" and sha256_hex(found) != checkpoint.text_sha256):
        raise Unavailable(f"{checkpoint.name}.{ending} is missing from {own_place()} or was changed there.")
    return found


def hand_over(*, checkpoint: Checkpoint, ending: str, actor: object) -> bytes:
    """A checkpoint's file for somebody who keeps it elsewhere; who took it is an event."""
    data = file_of(checkpoint, ending)
    record(actor=actor, action="checkpoint.downloaded", subject=f"checkpoint:{checkpoint.number}", file=ending)
    return data


def opening_of(checkpoint: Checkpoint, chain: str) -> Opening:
    """How one chain's leaf in the checkpoint is found: for the case file. Raises NotFound for a chain that came later."""
    head = (
        CheckpointHead.objects.filter(chain=chain, checkpoint__lte=checkpoint.number).order_by("-checkpoint_id").first()
    )
    if head is None:
        raise NotFound(f"Checkpoint {checkpoint.number} knows no chain {chain}.")
    return opening(bytes(checkpoint.secret), chain, head.seq, head.entry_hash)


def attesting(chain: str, seq: int) -> Checkpoint | None:
    """The first time-stamped checkpoint that holds this entry: its `attested_at` is the third of the three times."""
    heads = CheckpointHead.objects.filter(chain=chain, seq__gte=seq, checkpoint__attested_at__isnull=False)
    first = heads.select_related("checkpoint").order_by("checkpoint_id").first()
    return first.checkpoint if first else None


def attestations(chain: str) -> list[tuple[int, datetime, int]]:
    """For each time-stamped checkpoint that found the chain longer: up to which entry, when attested, its number; in order."""
    heads = CheckpointHead.objects.filter(chain=chain, checkpoint__attested_at__isnull=False).order_by("checkpoint_id")
    rows = heads.values_list("seq", "checkpoint__attested_at", "checkpoint_id")
    return [(seq, at, number) for seq, at, number in rows if at is not None]


def own_place() -> Folder:
    """The folder of our own."""
    return Folder(Path(settings.CHECKPOINT_DIR))


def second_places() -> list[Folder | Command]:
    """The places that the application cannot overwrite, as far as configured."""
    folders = [Folder(Path(settings.CHECKPOINT_COPY_DIR))] if settings.CHECKPOINT_COPY_DIR else []
    commands = [Command(settings.CHECKPOINT_COPY_COMMAND)] if settings.CHECKPOINT_COPY_COMMAND else []
    return [*folders, *commands]


@transaction.atomic
def _fix(*, purpose: str, hourly: bool) -> int | None:
    """Fix the text of the next checkpoint from one look at all heads; its number, or None if the hour has one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SELECT clock_timestamp(), date_trunc('hour', clock_timestamp(), 'UTC')")
        made_at, hour = cursor.fetchone()
    if hourly and Checkpoint.objects.filter(hour=hour).exists():
        return None
    before = Checkpoint.objects.order_by("-number").first()
    number, secret = (before.number if before else 0) + 1, secrets.token_bytes(32)
    heads = [
        opening(secret, *head) for head in AuditHead.objects.order_by("chain").values_list("chain", "seq", "entry_hash")
    ]
    facts = (
        ("number", str(number)),
        ("purpose", purpose),
        ("made-at", utc_z(made_at)),
        ("chains", str(len(heads))),
        ("previous", before.text_sha256 if before else FIRST),
        ("time-stamp", "expected over the signature" if settings.TIME_STAMP_URLS else NOT_STAMPED),
    )
    text = checkpoint_text(facts, [one.leaf for one in heads])
    grown = _grown(heads)
    Checkpoint.objects.create(
        number=number,
        hour=hour if hourly else None,
        purpose=purpose,
        made_at=made_at,
        n_chains=len(heads),
        text_sha256=sha256_hex(text),
        secret=secret,
        draft=text,
        draft_openings=openings_text(secret, grown),
    )
    CheckpointHead.objects.bulk_create(
        [CheckpointHead(checkpoint_id=number, chain=one.chain, seq=one.seq, entry_hash=one.head) for one in grown],
        batch_size=5000,
    )
    return number


def _grown(heads: list[Opening]) -> list[Opening]:
    """The chains that no checkpoint has at this length yet."""
    known = CheckpointHead.objects.order_by("chain", "-checkpoint_id").distinct("chain")
    lengths = dict(known.values_list("chain", "seq"))
    return [one for one in heads if lengths.get(one.chain) != one.seq]


def _finish(number: int, *, actor: object, wait: bool) -> None:
    """Sign, stamp and copy what is not yet; every step is safe to repeat. Without `wait`, another worker's is left to it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_{'' if wait else 'try_'}advisory_lock(%s, %s)", [LOCK % 2**31, number])
        if cursor.fetchone()[0] is False:
            return
    try:
        checkpoint = Checkpoint.objects.get(number=number)
        if checkpoint.finished_at is None:
            _sign(checkpoint, actor)
            _stamp(checkpoint)
            _copy(checkpoint, actor)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK % 2**31, number])


def _sign(checkpoint: Checkpoint, actor: object) -> None:
    if not checkpoint.fingerprint:
        made = keys.sign(bytes(checkpoint.draft), actor=actor, purpose=f"checkpoint {checkpoint.number}")
        checkpoint.fingerprint, checkpoint.signature, checkpoint.sshsig = made.fingerprint, made.raw, made.sshsig
        checkpoint.save(update_fields=["fingerprint", "signature", "sshsig"])


def _stamp(checkpoint: Checkpoint) -> None:
    if checkpoint.attested_at is None and (stamp := keys.time_stamp(bytes(checkpoint.signature))) is not None:
        checkpoint.attested_at, checkpoint.authority, checkpoint.stamp = stamp.attested_at, stamp.authority, stamp.reply
        checkpoint.save(update_fields=["attested_at", "authority", "stamp"])


def _copy(checkpoint: Checkpoint, actor: object) -> None:
    """To each place, the text last: a text that is there has all that belongs to it."""
    files = {
        "openings": bytes(checkpoint.draft_openings),
        "sig": bytes(checkpoint.signature),
        "sshsig": checkpoint.sshsig.encode(),
        "tsr": bytes(checkpoint.stamp),
        "txt": bytes(checkpoint.draft),
    }
    places = [own_place(), *second_places()]
    for place in places:
        for ending, data in files.items():
            if data:
                place.put(f"{checkpoint.name}.{ending}", data)
    with transaction.atomic():
        checkpoint.finished_at, checkpoint.draft, checkpoint.draft_openings = clock.now(), b"", b""
        checkpoint.places = [str(place) for place in places]
        checkpoint.save(update_fields=["finished_at", "draft", "draft_openings", "places"])
        record(
            actor=actor,
            action="checkpoint.made",
            subject=f"checkpoint:{checkpoint.number}",
            purpose=checkpoint.purpose,
            text_sha256=checkpoint.text_sha256,
            n_chains=checkpoint.n_chains,
            attested_at=checkpoint.attested_at,
            places=checkpoint.places,
        )
