"""The call that enforces: signed, repeatable under its key, to the one address of the settings. Knows no tables."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import httpx

from core.canonical import canonical_json
from core.text import storable

ANSWER_LIMIT = 500
REPEATABLE_4XX = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class Call:
    """One account's change, ready to be sent."""

    idempotency_key: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `retry_after_s` is the receiver's wish, None where it has none."""

    ok: bool
    final: bool
    text: str
    retry_after_s: int | None = None


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over `timestamp.body`, in hex. The time is inside, so that an old call cannot be replayed as new.

    >>> signature("s", "1", b"{}")[:12]
    'b253639bcd70'
    """
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def client(timeout_s: float) -> httpx.Client:
    """A connection that follows no redirect and reads no proxy or netrc from the environment: one address, ours."""
    return httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)


def deliver(call: Call, *, http: httpx.Client, url: str, secret: str, timestamp: int) -> Answer:
    """Send one call once. A refused or lost connection is an answer to be repeated, never an exception."""
    body, stamp = canonical_json(call.body), str(timestamp)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Stillwatch",
        "Idempotency-Key": call.idempotency_key,
        "X-Stillwatch-Timestamp": stamp,
        "X-Stillwatch-Signature": f"sha256={signature(secret, stamp, body)}",
    }
    try:
        with http.stream("POST", url, content=body, headers=headers) as response:
            return read_answer(response.status_code, _beginning(response), response.headers.get("Retry-After", ""))
    except httpx.HTTPError as error:
        return Answer(ok=False, final=False, text=storable(f"{type(error).__name__}: {error}")[:ANSWER_LIMIT])


def read_answer(status: int, text: str, retry_after: str = "") -> Answer:
    """2xx is done; 408, 409, 425, 429 and 5xx are tried again; anything else is a refusal for good.

    >>> read_answer(204, "").ok, read_answer(503, "").final, read_answer(404, "").final, read_answer(302, "").final
    (True, False, True, True)
    """
    ok = 200 <= status < 300
    final = ok or (status < 500 and status not in REPEATABLE_4XX)
    wait = int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7 else None
    return Answer(ok=ok, final=final, text=storable(f"HTTP {status} {text}".strip())[:ANSWER_LIMIT], retry_after_s=wait)


def _beginning(response: httpx.Response) -> str:
    """The first bytes of the answer; a receiver cannot make us read more."""
    for piece in response.iter_bytes(ANSWER_LIMIT):
        return piece.decode("utf-8", "replace")
    return ""
