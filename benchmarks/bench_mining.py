"""How long the map of near-duplicates takes over distinct skeletons, from nothing and for one more day, and its memory.

    .venv/bin/python benchmarks/bench_mining.py [--rows 2000000]

Seven in ten skeletons are free text of their own; the others reword one word in ten of a template: one template with a
twentieth of all rows, the rest with two to two hundred variants each. Printed beside the time: how many variants of one
template ended up in one group, and how many texts of their own were wrongly put into any.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

WORDS = 30_000
CHANGED = 0.1


def generate(path: Path, rows: int) -> None:
    """Skeletons with the number of their template (-1: their own), words drawn as often as in a natural language."""
    draw = np.random.default_rng(3)
    letters = draw.integers(97, 123, (WORDS, 9), dtype=np.uint8)
    words = np.array([bytes(row[: 2 + number % 8]).decode() for number, row in enumerate(letters)], dtype=object)
    weights = 1 / np.arange(2, WORDS + 2)
    weights /= weights.sum()
    with pq.ParquetWriter(path, pa.schema([("skeleton_h", pa.int64()), ("skeleton", pa.string()), ("n", pa.int64()), ("template", pa.int64())])) as out:  # fmt: skip
        done, template = 0, 0
        while done < rows:
            texts: list[str] = []
            marks: list[int] = []
            while len(texts) < min(20_000, rows - done):
                length = int(np.clip(draw.lognormal(3.5, 0.6), 8, 300))
                base = draw.choice(WORDS, length, p=weights)
                variants = _variants(draw, done, rows)
                texts += [" ".join(words[row]) for row in _reworded(draw, base, variants, weights)]
                marks += [template if variants > 1 else -1] * variants
                template += variants > 1
            hashes = draw.integers(-(2**63), 2**63 - 1, len(texts))
            out.write_table(pa.table({"skeleton_h": hashes, "skeleton": texts, "n": [1] * len(texts), "template": marks}, schema=out.schema))  # fmt: skip
            done += len(texts)


def _variants(draw: np.random.Generator, done: int, rows: int) -> int:
    if done == 0:
        return rows // 20
    return int(draw.integers(2, 200)) if draw.random() < 0.003 else 1


def _reworded(draw: np.random.Generator, base: np.ndarray, variants: int, weights: np.ndarray) -> np.ndarray:
    rows = np.repeat(base[None, :], variants, axis=0)
    if variants > 1:
        changes = max(1, round(CHANGED * len(base)))
        places = np.argsort(draw.random(rows.shape, dtype=np.float32), axis=1)[:, :changes]
        np.put_along_axis(rows, places, draw.choice(WORDS, places.shape, p=weights), axis=1)
    return rows


def measure(path: Path) -> None:
    """Sketch and group in a process of its own; figures as JSON."""
    from detection.clustering.near_duplicates import group, sketch

    started = time.perf_counter()
    file = pq.ParquetFile(path)
    parts = [sketch(pa.Table.from_batches([batch])) for batch in file.iter_batches(100_000, columns=["skeleton_h", "skeleton"])]  # fmt: skip
    sketched = time.perf_counter()
    found = group(pa.concat_tables(parts))
    grouped = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    marks = pq.read_table(path, columns=["skeleton_h", "template"])
    print(json.dumps({"sketch": sketched - started, "group": grouped - sketched, "peak": peak} | quality(found, marks)))


def quality(found: pa.Table, marks: pa.Table) -> dict[str, float]:
    """Share of a template's variants in its largest group, over all variants; texts of their own put into a group."""
    both = found.join(marks, "skeleton_h")
    own = both.filter(pc.equal(both["template"], -1))
    rest = both.filter(pc.greater_equal(both["template"], 0))
    sizes = rest.filter(pc.is_valid(rest["near_h"])).group_by(["template", "near_h"]).aggregate([("near_h", "count")])
    largest = sizes.group_by("template").aggregate([("near_h_count", "max")])
    together = pc.sum(largest["near_h_count_max"]).as_py() / rest.num_rows
    return {"rows": both.num_rows, "together": together, "wrong": own.num_rows - own["near_h"].null_count}


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--generate", help=argparse.SUPPRESS)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    if options.generate:
        generate(Path(options.generate), options.rows)
    elif options.measure:
        measure(Path(options.measure))
    else:
        with tempfile.TemporaryDirectory(prefix="bench-") as room:
            path, own = str(Path(room) / "skeletons.parquet"), [sys.executable, __file__]
            # in processes of their own: what one holds would count as the peak of the next
            subprocess.run([*own, "--generate", path, "--rows", str(options.rows)], check=True)
            said = json.loads(subprocess.run([*own, "--measure", path], check=True, capture_output=True).stdout)
        print(
            f"{said['rows']:,} distinct skeletons: sketched in {said['sketch']:.0f} s, grouped in {said['group']:.0f} s, "
            f"peak {said['peak'] / 1e9:.2f} GB; {said['together']:.1%} of the variants with their template, "
            f"{said['wrong']:,.0f} texts of their own in a group"
        )


if __name__ == "__main__":
    main()
