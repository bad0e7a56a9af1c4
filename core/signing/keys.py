"""Ed25519 keys as others read them: PEM for `openssl`, one line for `ssh-keygen`, a fingerprint to read out by phone. Pure."""

from __future__ import annotations

import base64
import hashlib
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from core.errors import InvalidInput

KEY_TYPE = b"ssh-ed25519"
NAMESPACE = "casefile"
SIGNATURE_BYTES = 64
_ARMOUR = ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----")


def public_bytes(pem: str) -> bytes:
    """The 32 bytes of an Ed25519 public key in PEM.

    Raises InvalidInput if it is no such key.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError as error:
        raise InvalidInput("public key", pem[:60], f"it is an Ed25519 public key in PEM: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidInput("public key", type(key).__name__, "it is an Ed25519 public key in PEM")
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_pem(public: bytes) -> str:
    """The key as `openssl pkeyutl -verify -pubin -inkey` takes it."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def ssh_line(public: bytes, comment: str = "") -> str:
    """The key as `ssh-keygen` and an allowed-signers file write it.

    >>> ssh_line(bytes(32))
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    return f"ssh-ed25519 {base64.b64encode(_blob(public)).decode()} {comment}".rstrip()


def fingerprint(public: bytes) -> str:
    """`SHA256:...` as `ssh-keygen -l` prints it.

    >>> fingerprint(bytes(32))
    'SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk'
    """
    return "SHA256:" + base64.b64encode(hashlib.sha256(_blob(public)).digest()).decode().rstrip("=")


def verify(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether the raw signature is this key's over these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def ssh_message(data: bytes, namespace: str = NAMESPACE) -> bytes:
    """What an SSHSIG signature is made over (OpenSSH PROTOCOL.sshsig, hash sha512)."""
    digest = hashlib.sha512(data).digest()
    return b"SSHSIG" + _string(namespace.encode()) + _string(b"") + _string(b"sha512") + _string(digest)


def ssh_signature(public: bytes, signature: bytes, namespace: str = NAMESPACE) -> str:
    """The armoured file for `ssh-keygen -Y verify`; `signature` is the raw one over `ssh_message`."""
    body = b"SSHSIG" + struct.pack(">I", 1) + _string(_blob(public)) + _string(namespace.encode()) + _string(b"")
    body += _string(b"sha512") + _string(_string(KEY_TYPE) + _string(signature))
    text = base64.b64encode(body).decode()
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return "\n".join([_ARMOUR[0], *lines, _ARMOUR[1]]) + "\n"


def _blob(public: bytes) -> bytes:
    return _string(KEY_TYPE) + _string(public)


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value
