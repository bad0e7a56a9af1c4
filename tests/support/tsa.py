"""A time-stamping authority on loopback: OpenSSL's own `ts -reply` behind a tiny HTTP server that can be told to misbehave."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical, CA:true
[tsa_cert]
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = ts1
[ts1]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
"""


class TestAuthority:
    """`behaviour`: good, error, slow, other-nonce or other-hash."""

    __test__ = False

    def __init__(self, folder: Path, *, days: int = 30) -> None:
        self.folder, self.behaviour, self.asked = folder, "good", 0
        self.config, self.ca_file = folder / "ts.cnf", folder / "ca.pem"
        self.config.write_text(CONFIG.format(folder=folder))
        (folder / "serial").write_text("01")
        new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days))
        self._run(*new, "-subj", "/CN=Test root", "-keyout", "ca.key", "-out", "ca.pem", "-extensions", "ca")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=Test TSA", "-extensions", "tsa_cert")
        self._run(*new, *signed, "-keyout", "tsa.key", "-out", "tsa.pem")

    def reply(self, query: bytes) -> bytes:
        """What OpenSSL answers to a request, after the request was bent as `behaviour` says."""
        if self.behaviour == "other-nonce":
            query = query[:-4] + bytes([query[-4] ^ 1]) + query[-3:]
        elif self.behaviour == "other-hash":
            query = query[:30] + bytes([query[30] ^ 1]) + query[31:]
        name = self.folder / f"q{self.asked}"
        name.write_bytes(query)
        signer = ("-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "ca.pem")
        self._run("ts", "-reply", "-queryfile", str(name), *signer, "-out", f"{name}.tsr", config=True)
        return Path(f"{name}.tsr").read_bytes()

    def _run(self, *arguments: str, config: bool = False) -> None:
        where = ("-config", str(self.config))
        command = ["openssl", *arguments, *where] if config or arguments[0] == "req" else ["openssl", *arguments]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)


@contextmanager
def running_authority(folder: Path, *, days: int = 30) -> Iterator[tuple[TestAuthority, str]]:
    """The authority and its address."""
    folder.mkdir()
    authority = TestAuthority(folder, days=days)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            authority.asked += 1
            query = self.rfile.read(int(self.headers["Content-Length"]))
            if authority.behaviour == "slow":
                time.sleep(1.5)
            body = b"" if authority.behaviour in ("error", "slow") else authority.reply(query)
            self.send_response(500 if authority.behaviour == "error" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield authority, f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
