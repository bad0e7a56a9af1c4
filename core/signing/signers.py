"""Who holds the private key: a file of ours, or a command that asks an HSM. Either signs bytes and gives 64 back."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from core.errors import Unavailable
from core.signing.keys import SIGNATURE_BYTES, fingerprint, verify
from core.text import one_line


class SigningUnavailable(Unavailable):
    """The key's holder did not sign; nothing is offered as signed."""


class Signer(Protocol):
    """Signs with one key."""

    kind: str
    public: bytes

    def sign(self, data: bytes) -> bytes: ...


class FileSigner:
    """The key in a PEM file that only its owner may read."""

    kind = "file"

    def __init__(self, path: Path) -> None:
        try:
            loose = path.stat().st_mode & 0o077
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise SigningUnavailable(f"The signing key in {path} cannot be read: {error}.") from None
        if loose:
            raise SigningUnavailable(f"The signing key in {path} can be read by others; chmod 600 {path}.")
        if not isinstance(key, Ed25519PrivateKey):
            raise SigningUnavailable(f"The signing key in {path} is no Ed25519 key.")
        self.path, self._key = path, key
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, data: bytes) -> bytes:
        """64 bytes over the data itself, as `openssl pkeyutl -rawin` checks them."""
        return self._key.sign(data)


class CommandSigner:
    """A command that is given the bytes on standard input and answers with the raw signature: a PKCS#11 token, an HSM."""

    kind = "command"

    def __init__(self, command: str, public: bytes, *, timeout_s: float = 30.0) -> None:
        self.command, self.public, self.timeout_s = command, public, timeout_s

    def sign(self, data: bytes) -> bytes:
        """What the command answered, once it is known to be the key's signature."""
        try:
            done = subprocess.run(
                shlex.split(self.command), input=data, capture_output=True, timeout=self.timeout_s, check=False
            )
        except subprocess.TimeoutExpired:
            raise SigningUnavailable(f"The signing command did not answer within {self.timeout_s:g} s.") from None
        except (OSError, ValueError) as error:
            raise SigningUnavailable(f"The signing command could not be run: {error}.") from None
        if done.returncode != 0:
            said = one_line(done.stderr.decode(errors="replace"), 200) or "it said nothing"
            raise SigningUnavailable(f"The signing command ended with status {done.returncode}: {said}.")
        if len(done.stdout) != SIGNATURE_BYTES or not verify(self.public, data, done.stdout):
            raise SigningUnavailable(
                f"The signing command gave {len(done.stdout)} bytes that are no signature of {fingerprint(self.public)}."
            )
        return done.stdout


def make_key(folder: Path) -> Path:
    """A new key in `folder`, named by its fingerprint, mode 0600; whole or not there at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    handle, draft = tempfile.mkstemp(dir=folder, prefix=".draft-")  # mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    path = key_path(folder, fingerprint(public))
    os.rename(draft, path)
    return path


def key_path(folder: Path, name: str) -> Path:
    """Where the private key with this fingerprint lies."""
    return folder / f"{name.removeprefix('SHA256:').replace('/', '_').replace('+', '-')}.pem"
