"""The call that enforces: signed, repeatable under its key, to the one address of the settings. Knows no tables."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.canonical import canonical_json
from core.text import storable

if TYPE_CHECKING:  # half a second of a start; most processes never send anything
    import httpx

ANSWER_LIMIT = 500
REPEATABLE_4XX = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class Call:
    """One account's change, ready to be sent."""

    idempotency_key: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` is None without an answer, `retry_after_s` where the receiver has no wish."""

    ok: bool
    final: bool
    text: str
    retry_after_s: int | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call as it went, for the delivery log. `answer` is None in a dry run: everything was made, nothing was sent."""

    delivery_id: UUID
    sent_at: datetime
    duration_ms: int
    body_sha256: str
    answer: Answer | None


def signature(secret: str, timestamp: str, delivery_id: str, key: str, body: bytes) -> str:
    """HMAC-SHA256 over `timestamp.delivery.key.body`, in hex.

    The time and the delivery's own id are inside, so that a call can be replayed neither later nor twice; the
    idempotency key is inside, so that it cannot be sent again under another key.

    >>> signature("s", "1", "d", "k", b"{}")[:12]
    'b58bf0e15677'
    """
    signed = b".".join((timestamp.encode(), delivery_id.encode(), key.encode(), body))
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def client(timeout_s: float) -> httpx.Client:
    """A connection that follows no redirect and reads no proxy or netrc from the environment: one address, ours."""
    import httpx

    return httpx.Client(timeout=timeout_s, follow_redirects=False, trust_env=False)


def attempt(
    call: Call, *, http: httpx.Client | None, url: str, secret: str, at: datetime, delivery_id: UUID
) -> Attempt:
    """Make one call and send it once; without `http`, a dry run, all is made but nothing is sent."""
    body, begun = canonical_json(call.body), time.monotonic()
    headers = _headers(call, body, secret, str(int(at.timestamp())), str(delivery_id))
    answer = None if http is None else _send(http, url, body, headers)
    took = round((time.monotonic() - begun) * 1000)
    return Attempt(delivery_id, at, took, hashlib.sha256(body).hexdigest(), answer)


def _headers(call: Call, body: bytes, secret: str, stamp: str, delivery_id: str) -> dict[str, str]:
    signed = signature(secret, stamp, delivery_id, call.idempotency_key, body)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Stillwatch",
        "Idempotency-Key": call.idempotency_key,
        "X-Stillwatch-Delivery": delivery_id,
        "X-Stillwatch-Timestamp": stamp,
        "X-Stillwatch-Signature": f"sha256={signed}",
    }


def _send(http: httpx.Client, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """A refused or lost connection is an answer to be repeated, never an exception."""
    import httpx

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
    said = storable(f"HTTP {status} {text}".strip())[:ANSWER_LIMIT]
    return Answer(ok=ok, final=final, text=said, retry_after_s=wait, status=status)


def _beginning(response: httpx.Response) -> str:
    """The first bytes of the answer; a receiver cannot make us read more."""
    for piece in response.iter_bytes(ANSWER_LIMIT):
        return piece.decode("utf-8", "replace")
    return ""
