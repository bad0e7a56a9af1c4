"""Looking for secrets and personal data in texts: with the quick no of `core.screening`, and with every pattern put to every text.

    .venv/bin/python -m benchmarks.bench_masking [--texts 5000]

Three kinds of texts of 1,200 characters: prose (this project's documentation), code (its sources), and letters as keys have them
(digests one after the other, where least can be left out). Both ways run in one process on the same texts, and must find the same.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.screening import Glance
from investigations.redaction.finding import Found, find

Row = tuple[str, object, str]
N_TEXTS, N_CHARS = 5_000, 1_200
ROOMS = ("accounts", "audit", "core", "detection", "investigations", "sharing", "traffic")


def main(n_texts: int = N_TEXTS) -> list[Row]:
    """Processor time a text of each kind, and how many times as much without the quick no."""
    drawn = random.Random(20_260_501)
    written = {
        "prose": "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").rglob("*.md"))),
        "code": "\n".join(path.read_text("utf-8") for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))),
        "digests": " ".join(hashlib.sha256(b"%d" % n).hexdigest()[:32] for n in range(20_000)),
    }
    find("the patterns are read once")
    rows: list[Row] = []
    for kind, whole in written.items():
        starts = [drawn.randrange(len(whole) - N_CHARS) for _ in range(n_texts)]
        texts = [whole[start : start + N_CHARS] for start in starts]
        quick, found = _measured(texts)
        with mock.patch.object(Glance, "allows", lambda self, needs: True):
            slow, everywhere = _measured(texts)
        if found != everywhere:
            raise SystemExit(f"{kind}: not the same was found with and without screening")
        rows += [
            (f"{kind}: a text of {N_CHARS:,} characters", quick / n_texts * 1e6, "us"),
            (f"{kind}: with every pattern put to every text", slow / quick, "times as much"),
        ]
    return rows


def _measured(texts: list[str]) -> tuple[float, list[list[Found]]]:
    began = time.process_time()
    found = [find(text) for text in texts]
    return time.process_time() - began, found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=N_TEXTS)
    for what, value, unit in main(parser.parse_args().texts):
        print(f"{what}: {value:.1f} {unit}")
