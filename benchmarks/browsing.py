"""How long a page takes in Chromium with an empty cache: until it can be used, and until its first chart is drawn."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_LIMIT_S = 60
CHART_LIMIT_MS = 60_000
# Usable: the first paint is there and the page's own scripts have run.
USABLE = """() => Math.max(
    performance.getEntriesByName("first-contentful-paint")[0].startTime,
    performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd)"""
PAINTED = """() => performance.getEntriesByName("first-contentful-paint").length > 0
    && performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd > 0"""
DRAWN = """() => document.querySelector("figure.chart .main-svg") && performance.now()"""

Row = tuple[str, object, str]


def browse(pages: Sequence[tuple[str, str, bool]], session: str, visits: int) -> list[Row]:
    """The middle and the slowest of `visits` to each page (name, address, whether it has charts), in milliseconds."""
    from tests.support import chromium

    rows: list[Row] = []
    with served() as address, chromium.launched() as browser:
        for name, path, charts in pages:
            taken = [_visit(browser, address + path, session, charts) for _ in range(visits)]
            for what, times in zip(("usable", "first chart"), zip(*taken, strict=True), strict=False):
                rows.append((f"{name}, cold: {what}, middle of {visits}", statistics.median(times), "ms"))
                rows.append((f"{name}, cold: {what}, slowest", max(times), "ms"))
    return rows


def _visit(browser: Any, address: str, session: str, charts: bool) -> tuple[float, ...]:
    """One visit in a context of its own, so that nothing is cached; its milliseconds since the navigation began."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    page = context.new_page()
    try:
        page.goto(address, wait_until="domcontentloaded")
        page.wait_for_function(PAINTED)
        usable = page.evaluate(USABLE)
        if not charts:
            return (usable,)
        return (usable, page.wait_for_function(DRAWN, timeout=CHART_LIMIT_MS).json_value())
    finally:
        context.close()


@contextmanager
def served() -> Iterator[str]:
    """The desk's web server on the benchmark's database, as `script/server` runs it; its address."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"STATIC_FORM": "hashed", "ALLOWED_HOSTS": f"{HOST},localhost"}
    python = [sys.executable, "-W", "ignore"]
    collect = [*python, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=ROOT, env=environment, check=True)
    web = ["--bind", f"{HOST}:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload"]
    command = [*python, "-m", "gunicorn", "config.wsgi", *web, "--no-control-socket"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_until_it_answers(port, server)
            yield f"http://{HOST}:{port}"
        finally:
            server.terminate()


def _wait_until_it_answers(port: int, server: subprocess.Popen[bytes]) -> None:
    from core.preparation import answers

    ends = time.monotonic() + START_LIMIT_S
    while not answers(port):
        if server.poll() is not None or time.monotonic() > ends:
            raise SystemExit(f"the web server did not answer on port {port} within {START_LIMIT_S} s")
        time.sleep(0.2)
