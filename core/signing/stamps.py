"""RFC 3161 time stamps: asked of each authority in turn, checked at receipt by `openssl ts -verify`, kept as they came.

The request is written here (it is forty bytes of DER); every reply is checked by the very tool that the other side uses: hash,
nonce, signature and certificate chain. The time inside must be the present, within a tolerance.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core import clock
from core.errors import Unavailable
from core.text import one_line

REPLY_LIMIT = 256 * 1024
NOT_STAMPED = "not time-stamped"
_SHA256_OID = bytes.fromhex("0609608648016503040201")
_TIME = re.compile(r"^Time stamp: (\w{3} +\d+ \d\d:\d\d:\d\d)(\.\d+)? (\d{4}) GMT$", re.MULTILINE)


class StampUnavailable(Unavailable):
    """No authority gave a stamp that holds; what was asked for stays unsealed."""


class _Refused(Exception):
    """One authority's reply will not do."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time that an authority attests for some bytes: the raw reply, the authority, and the time inside."""

    reply: bytes
    authority: str
    attested_at: datetime


@dataclass(frozen=True, slots=True)
class Authorities:
    """The time-stamping authorities in the order they are asked, and the roots that their certificates must lead to."""

    urls: Sequence[str]
    ca_file: Path
    timeout_s: float = 10.0
    tolerance_s: float = 300.0


def stamp(data: bytes, authorities: Authorities) -> Stamp:
    """A checked stamp over the data from the first authority that gives one.

    Raises StampUnavailable, naming each authority with what was wrong, if none does.
    """
    reasons = []
    for url in authorities.urls:
        try:
            return _from_one(url, data, authorities)
        except _Refused as refusal:
            reasons.append(f"{url}: {refusal}")
    raise StampUnavailable("No time-stamping authority gave a stamp that holds. " + " ".join(reasons))


def request_for(digest: bytes, nonce: int) -> bytes:
    """A TimeStampReq for a SHA-256, asking for the certificates.

    >>> request_for(bytes(32), 1).hex()[:24]
    '303c020101303130'
    """
    algorithm = _der(0x30, _SHA256_OID + b"\x05\x00")
    imprint = _der(0x30, algorithm + _der(0x04, digest))
    number = nonce.to_bytes(nonce.bit_length() // 8 + 1, "big")
    return _der(0x30, _der(0x02, b"\x01") + imprint + _der(0x02, number) + b"\x01\x01\xff")


def _from_one(url: str, data: bytes, authorities: Authorities) -> Stamp:
    query = request_for(hashlib.sha256(data).digest(), secrets.randbits(63) | 1 << 62)
    asked_at = clock.now()
    reply = _answer(url, query, authorities.timeout_s)
    attested_at = check_reply(reply, query, authorities.ca_file)
    early, late = (asked_at - attested_at).total_seconds(), (attested_at - clock.now()).total_seconds()
    if max(early, late) > authorities.tolerance_s:
        raise _Refused(
            f"its time {attested_at:%Y-%m-%d %H:%M:%S}Z is more than {authorities.tolerance_s:g} s away from ours."
        )
    return Stamp(reply, url, attested_at)


def _answer(url: str, query: bytes, timeout_s: float) -> bytes:
    import httpx  # half a second of a start; most processes never ask for a stamp

    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=timeout_s) as client,
            client.stream("POST", url, content=query, headers=headers) as response,
        ):
            if response.status_code != 200:
                raise _Refused(f"it answered HTTP {response.status_code}.")
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > REPLY_LIMIT:
                    raise _Refused(f"its reply is longer than {REPLY_LIMIT} bytes.")
    except httpx.TimeoutException:
        raise _Refused(f"it did not answer within {timeout_s:g} s.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _Refused(f"it could not be reached: {one_line(str(error), 120)}.") from None
    return bytes(body)


def check_reply(reply: bytes, query: bytes, ca_file: Path) -> datetime:
    """The time in a reply, once `openssl ts -verify` accepts it for this request: granted, hash, nonce, signature, chain."""
    with tempfile.TemporaryDirectory(prefix="stamp-") as folder:
        asked, got = Path(folder) / "request.tsq", Path(folder) / "reply.tsr"
        asked.write_bytes(query)
        got.write_bytes(reply)
        _openssl("ts", "-verify", "-queryfile", str(asked), "-in", str(got), "-CAfile", str(ca_file))
        text = _openssl("ts", "-reply", "-in", str(got), "-text")
    found = _TIME.search(text)
    if found is None:
        raise _Refused("its reply holds no time.")
    moment = datetime.strptime(f"{found[1]} {found[3]}", "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    return moment.replace(microsecond=round(float(found[2] or 0) * 1_000_000) % 1_000_000)


def _openssl(*arguments: str) -> str:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["openssl", *arguments],
            capture_output=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _Refused(f"its reply could not be checked with openssl: {error}.") from None
    said = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode != 0:
        lines = [line for line in said.splitlines() if "error" in line.lower() or "fail" in line.lower()]
        raise _Refused(f"openssl refuses its reply: {one_line(' | '.join(lines) or said, 240)}.")
    return said


def _der(tag: int, body: bytes) -> bytes:
    """One DER value shorter than 128 bytes: all that a request holds."""
    if len(body) > 127:
        raise ValueError(f"{len(body)} bytes need a longer length")
    return bytes((tag, len(body))) + body
