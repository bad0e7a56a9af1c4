"""Keys, SSH signatures and time stamps as files hold them."""

from __future__ import annotations

import base64
import binascii
import calendar
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

from investigations.casefile.verifying.ed25519 import signature_holds

SPKI = bytes.fromhex("302a300506032b6570032100")
SSH_TYPE = b"\x00\x00\x00\x0bssh-ed25519"
HASHES = {
    "608648016503040201": "sha256",
    "608648016503040202": "sha384",
    "608648016503040203": "sha512",
    "2b0e03021a": "sha1",
}


class Malformed(ValueError):
    """Bytes that are not what their name says."""


def read_key(text: str) -> bytes:
    """The 32 bytes of an Ed25519 public key given as PEM, as an OpenSSH line, or as a line of `allowed_signers`."""
    words = text.split()
    try:
        if "ssh-ed25519" in words:
            blob = base64.b64decode(words[words.index("ssh-ed25519") + 1], validate=True)
            return ssh_key(blob)
        body = "".join(line for line in text.split("\n") if "-----" not in line)
        der = base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, IndexError) as error:
        raise Malformed(f"this is no public key: {error}") from error
    if not der.startswith(SPKI) or len(der) != 44:
        raise Malformed("this is no Ed25519 public key in PEM or OpenSSH form")
    return der[12:]


def ssh_key(blob: bytes) -> bytes:
    """The 32 bytes inside an OpenSSH key blob."""
    kind, key = ssh_fields(blob, 2)
    if kind != b"ssh-ed25519" or len(key) != 32:
        raise Malformed("this is no Ed25519 key")
    return key


def fingerprints(key: bytes) -> tuple[str, str]:
    """As `ssh-keygen -l` prints it, and the SHA-256 of the key's DER form in hex."""
    blob = SSH_TYPE + len(key).to_bytes(4, "big") + key
    printed = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return f"SHA256:{printed}", hashlib.sha256(SPKI + key).hexdigest()


def ssh_fields(data: bytes, count: int) -> list[bytes]:
    """Length-prefixed fields; nothing may follow the last one."""
    found = []
    for _ in range(count):
        size = int.from_bytes(data[:4], "big")
        if len(data) < 4 + size:
            raise Malformed("an SSH structure is cut short")
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    if data:
        raise Malformed("an SSH structure has something behind it")
    return found


def ssh_signature_holds(key: bytes, message: bytes, armoured: str, namespace: str) -> bool:
    """Whether an SSHSIG is by the key, for the namespace, over the message."""
    lines = armoured.strip().split("\n")
    if lines[0] != "-----BEGIN SSH SIGNATURE-----" or lines[-1] != "-----END SSH SIGNATURE-----":
        raise Malformed("this is no SSH signature")
    blob = base64.b64decode("".join(lines[1:-1]))
    if blob[:10] != b"SSHSIG\x00\x00\x00\x01":
        raise Malformed("this is no SSH signature of version 1")
    public, space, reserved, algorithm, signature = ssh_fields(blob[10:], 5)
    kind, raw = ssh_fields(signature, 2)
    if ssh_key(public) != key or space != namespace.encode() or kind != b"ssh-ed25519":
        return False
    if algorithm not in (b"sha256", b"sha512"):
        return False
    hashed = hashlib.new(algorithm.decode(), message).digest()
    parts = (space, reserved, algorithm, hashed)
    return signature_holds(key, b"SSHSIG" + b"".join(len(p).to_bytes(4, "big") + p for p in parts), raw)


def der_items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each DER value in a row."""
    while data:
        size, start = data[1] if len(data) > 1 else 0, 2
        if size & 0x80:
            start = 2 + (size & 0x7F)
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + size or len(data) < 2:
            raise Malformed("a DER structure is cut short")
        yield data[0], data[start : start + size]
        data = data[start + size :]


def der_path(data: bytes, *places: int) -> bytes:
    """The content of the value at these places, each inside the one before."""
    for place in places:
        items = list(der_items(data))
        if place >= len(items):
            raise Malformed("a DER structure lacks a part")
        data = items[place][1]
    return data


@dataclass(frozen=True)
class Stamp:
    """What a time-stamp reply says: of which digest, and when."""

    algorithm: str
    digest: bytes
    at: str

    def covers(self, data: bytes) -> bool:
        """Whether it stamps these bytes."""
        return hashlib.new(self.algorithm, data).digest() == self.digest

    @property
    def moment(self) -> int:
        """The second it names, since 1970."""
        return calendar.timegm(time.strptime(self.at[:14], "%Y%m%d%H%M%S"))


def read_stamp(reply: bytes) -> Stamp:
    """The statement inside an RFC 3161 reply. Its signature is for `openssl ts -verify` to check."""
    if der_path(reply, 0, 0, 0) not in (b"\x00", b"\x01"):
        raise Malformed("the time-stamping authority refused the stamp")
    content = der_path(reply, 0, 1, 1, 0, 2)
    if der_path(content, 0) != bytes.fromhex("2a864886f70d0109100104"):
        raise Malformed("this is no time stamp")
    parts = list(der_items(der_path(content, 1, 0, 0)))
    algorithm = HASHES.get(der_path(parts[2][1], 0, 0).hex())
    times = [value.decode("ascii") for tag, value in parts if tag == 0x18]
    if algorithm is None or not times:
        raise Malformed("this time stamp names no known digest or no time")
    return Stamp(algorithm, der_path(parts[2][1], 1), times[0])
