"""Signing for case files and checkpoints: which key signs now, its rotation and revocation, stamps, and the public list."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from audit.models import SigningKey
from audit.services import record
from core import clock
from core.canonical import sha256_hex, utc_z
from core.errors import Conflict, InvalidInput, NotFound
from core.signing import keys
from core.signing.signers import CommandSigner, FileSigner, Signer, SigningUnavailable, key_path, make_key
from core.signing.stamps import Authorities, Stamp, stamp

LOCK = 0x5711_4B45  # one number for the signing keys in Postgres' space of advisory locks
LIST_HEAD = (
    "# Public keys of Stillwatch's case files and audit checkpoints. Compare a fingerprint by another road (phone, filing)\n"
    "# before you trust it. An allowed-signers file of ssh-keygen: -I {identity}, -n casefile.\n"
)


@dataclass(frozen=True, slots=True)
class Signature:
    """Two signatures of one key over the same bytes: raw for `openssl`, SSHSIG for `ssh-keygen`."""

    raw: bytes
    sshsig: str
    fingerprint: str
    public_pem: str


@transaction.atomic
def current_key() -> SigningKey:
    """The key that signs now. On a first start one is made in SIGNING_DIR; with SIGNING_COMMAND it is the configured one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    current = SigningKey.objects.filter(retired_at=None, revoked_at=None).order_by("-id").first()
    if settings.SIGNING_COMMAND:
        return _configured(current)
    if current is not None and current.kind == "file":
        return current
    if SigningKey.objects.filter(kind="file").exists() and current is None:
        raise SigningUnavailable(
            "Every signing key is retired or revoked; make one with `manage.py signing_key rotate`."
        )
    return _enrol(FileSigner(make_key(settings.SIGNING_DIR)), replaces=current, actor="worker:signing")


def sign(data: bytes, *, actor: object, purpose: str) -> Signature:
    """Sign the bytes with the current key; the use is an event.

    Raises SigningUnavailable if the key's holder does not sign: then nothing may be offered as sealed.
    """
    key = current_key()
    signer = _signer(key)
    public = bytes(key.public)
    raw, ssh_raw = signer.sign(data), signer.sign(keys.ssh_message(data))
    record(
        actor=actor,
        action="key.used",
        subject=f"key:{key.fingerprint}",
        purpose=purpose,
        signed_sha256=sha256_hex(data),
    )
    return Signature(raw, keys.ssh_signature(public, ssh_raw), key.fingerprint, keys.public_pem(public))


def time_stamp(data: bytes) -> Stamp | None:
    """A checked RFC 3161 stamp over the bytes; None where no authority is configured: say `not time-stamped` then.

    Raises StampUnavailable if authorities are configured and none gives a stamp that holds.
    """
    if not settings.TIME_STAMP_URLS:
        return None
    authorities = Authorities(
        settings.TIME_STAMP_URLS,
        Path(settings.TIME_STAMP_CA_FILE),
        settings.TIME_STAMP_TIMEOUT_S,
        settings.TIME_STAMP_TOLERANCE_S,
    )
    return stamp(data, authorities)


@transaction.atomic
def rotate_key(*, actor: object, reason: str) -> SigningKey:
    """A new key from now on; what the old one signed stays good."""
    _check_reason(reason)
    if settings.SIGNING_COMMAND:
        raise Conflict("The key is held by SIGNING_COMMAND: point it and SIGNING_PUBLIC_KEY at the new one.")
    current = SigningKey.objects.filter(retired_at=None, revoked_at=None).order_by("-id").first()
    return _enrol(FileSigner(make_key(settings.SIGNING_DIR)), replaces=current, actor=actor, reason=reason)


@transaction.atomic
def revoke_key(*, fingerprint: str, actor: object, reason: str) -> SigningKey:
    """A key that is lost or known to others: what it signed without an earlier outside time stamp proves nothing now."""
    _check_reason(reason)
    key = SigningKey.objects.select_for_update().filter(fingerprint=fingerprint).first()
    if key is None:
        raise NotFound(f"There is no key {fingerprint}.")
    if key.revoked_at is not None:
        raise Conflict(f"{fingerprint} was revoked at {utc_z(key.revoked_at)}.")
    key.revoked_at, key.reason = clock.now(), reason
    key.save(update_fields=["revoked_at", "reason"])
    record(actor=actor, action="key.revoked", subject=f"key:{fingerprint}", reason=reason)
    return key


def public_list() -> str:
    """Every key with its period, as an allowed-signers file for `ssh-keygen -Y verify`; revoked ones are comments."""
    lines = [LIST_HEAD.format(identity=settings.SIGNING_IDENTITY)]
    for key in SigningKey.objects.order_by("id"):
        public = bytes(key.public)
        until = key.retired_at or key.revoked_at
        lines.append(f"\n# {key.fingerprint}\n# valid from {utc_z(key.valid_from)}")
        lines.append(f" until {utc_z(until)}" if until else "")
        lines.append(f"; REVOKED {utc_z(key.revoked_at)}: {' '.join(key.reason.split())}" if key.revoked_at else "")
        line = f'{settings.SIGNING_IDENTITY} namespaces="{keys.NAMESPACE}" {keys.ssh_line(public)}\n'
        lines.append("\n" + ("# " if key.revoked_at else "") + line)
        lines += [f"# {row}\n" for row in keys.public_pem(public).splitlines()]
    return "".join(lines)


def _configured(current: SigningKey | None) -> SigningKey:
    """The key of SIGNING_PUBLIC_KEY, enrolled when it is first met; the one before it is retired."""
    public = keys.public_bytes(_read(Path(settings.SIGNING_PUBLIC_KEY)))
    if current is not None and bytes(current.public) == public:
        return current
    known = SigningKey.objects.filter(fingerprint=keys.fingerprint(public)).first()
    if known is not None:
        raise SigningUnavailable(f"{known.fingerprint} in SIGNING_PUBLIC_KEY is retired or revoked; use another key.")
    signer = CommandSigner(settings.SIGNING_COMMAND, public)
    return _enrol(signer, replaces=current, actor="worker:signing")


def _enrol(signer: Signer, *, replaces: SigningKey | None, actor: object, reason: str = "") -> SigningKey:
    moment = clock.now()
    if replaces is not None:
        replaces.retired_at, replaces.reason = moment, reason
        replaces.save(update_fields=["retired_at", "reason"])
        record(actor=actor, action="key.retired", subject=f"key:{replaces.fingerprint}", reason=reason)
    key = SigningKey.objects.create(
        fingerprint=keys.fingerprint(signer.public), public=signer.public, kind=signer.kind, valid_from=moment
    )
    pem = keys.public_pem(signer.public)
    record(actor=actor, action="key.enrolled", subject=f"key:{key.fingerprint}", kind=signer.kind, public_pem=pem)
    return key


def _signer(key: SigningKey) -> Signer:
    if key.kind == "command":
        return CommandSigner(settings.SIGNING_COMMAND, bytes(key.public), timeout_s=settings.SIGNING_TIMEOUT_S)
    signer = FileSigner(key_path(settings.SIGNING_DIR, key.fingerprint))
    if signer.public != bytes(key.public):
        raise SigningUnavailable(f"The file {signer.path} holds another key than {key.fingerprint}.")
    return signer


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise SigningUnavailable(f"SIGNING_PUBLIC_KEY: {path} cannot be read: {error.strerror}.") from None


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("reason", reason, "write at least a sentence")
