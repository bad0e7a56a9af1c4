"""A receiver of enforcement calls, standard library only: checks signature and time, takes each delivery and key once.

ENFORCEMENT_WEBHOOK_SECRET=... python docs/examples/receiver.py 9000
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WINDOW_S = 300
LIMIT = 64 * 1024


class Receiver(ThreadingHTTPServer):
    """`applied` holds one body for each idempotency key; `calls` counts every accepted delivery, repeats too.

    `seen` holds the ids of deliveries of the last minutes: one that comes twice is a replay, since every new attempt
    has a new id. What is older than the window is refused by its time.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], secret: str) -> None:
        super().__init__(address, Handler)
        self.secret, self.calls, self.lock = secret, 0, threading.Lock()
        self.applied: dict[str, dict[str, Any]] = {}
        self.seen: dict[str, float] = {}

    def first_time(self, delivery_id: str) -> bool:
        """Whether this delivery was not taken before; those beyond the window are forgotten."""
        now = time.time()
        with self.lock:
            while self.seen and now - next(iter(self.seen.values())) > 2 * WINDOW_S:
                del self.seen[next(iter(self.seen))]
            if not delivery_id or delivery_id in self.seen:
                return False
            self.seen[delivery_id] = now
            return True

    def apply(self, key: str, body: dict[str, Any]) -> int:
        """Put your control plane here. The answer's status; a repeated key changes nothing."""
        with self.lock:
            self.calls += 1
            self.applied.setdefault(key, body)
        return 200


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LIMIT:
            self.close_connection = True
            return self._answer(413)
        body = self.rfile.read(length)
        if not self._genuine(body) or not self.server.first_time(self.headers.get("X-Stillwatch-Delivery", "")):
            return self._answer(401)
        key = self.headers.get("Idempotency-Key", "")
        return self._answer(self.server.apply(key, json.loads(body)) if key else 400)

    def _genuine(self, body: bytes) -> bool:
        stamp = self.headers.get("X-Stillwatch-Timestamp", "")
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > WINDOW_S:
            return False
        names = ("X-Stillwatch-Timestamp", "X-Stillwatch-Delivery", "Idempotency-Key")
        signed = b".".join([*(self.headers.get(name, "").encode() for name in names), body])
        expected = hmac.new(self.server.secret.encode(), signed, hashlib.sha256).hexdigest()
        given = self.headers.get("X-Stillwatch-Signature", "").removeprefix("sha256=")
        return hmac.compare_digest(expected.encode(), given.encode())

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet; the address line of a request is not ours to print."""


if __name__ == "__main__":
    Receiver(("127.0.0.1", int(sys.argv[1])), os.environ["ENFORCEMENT_WEBHOOK_SECRET"]).serve_forever()
