"""How fast exchanges come in, with every derived column, and how much memory that takes.

    .venv/bin/python benchmarks/bench_ingest.py [--rows 200000]

Reads, derives, admits and writes as a pull does, into a folder of its own; only Postgres is left out. Beside it stands
the least that anybody could do: orjson on every line and its SHA-256, on one core.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

WORDS = [
    "the",
    "a",
    "of",
    "to",
    "and",
    "in",
    "for",
    "with",
    "on",
    "by",
    "from",
    "order",
    "invoice",
    "customer",
    "garden",
    "river",
    "price",
    "table",
    "letter",
    "team",
    "school",
    "report",
    "water",
    "music",
    "train",
    "village",
    "winter",
    "summer",
    "meeting",
    "plan",
    "route",
    "budget",
    "recipe",
    "bread",
    "engine",
    "window",
    "market",
    "paper",
    "colour",
    "please",
    "write",
    "explain",
    "compare",
    "list",
    "translate",
    "describe",
    "find",
    "check",
    "make",
    "give",
    "summarise",
    "answer",
    "which",
    "what",
    "how",
    "why",
    "when",
]
OPENINGS = (
    "Write a short reply to this customer: ",
    "Translate the following text into French: ",
    "Classify the message as question, complaint or praise.\n\nMessage: ",
    "Summarise the report in three sentences. ",
    "",
    "",
)
SYSTEMS = tuple(f"You are the assistant of shop {n}. Be brief and friendly." for n in range(40))


def text(draw: random.Random, mean: int) -> str:
    """Neutral prose with numbers, quotes and lines, about `mean` words."""
    words = draw.choices(WORDS, k=max(3, int(draw.lognormvariate(0, 0.8) * mean)))
    for place in range(0, len(words), 17):
        words[place] = draw.choice((str(draw.randrange(10_000)), '"blue door"', "it's", "end.\n"))
    return " ".join(words)


def exchange(draw: random.Random, number: int) -> dict[str, object]:
    """One exchange under the names of the common record."""
    return {
        "exchange_id": f"ex_{number:010x}",
        "account_id": f"acct_{draw.randrange(5_000):05d}",
        "ts": 1_772_323_200 + number * 0.8,
        "model": "quartz-2",
        "endpoint": "/v1/chat/completions",
        "prompt": draw.choice(OPENINGS) + text(draw, 40),
        "response": text(draw, 50),
        "system_prompt": draw.choice(SYSTEMS),
        "n_input_tokens": draw.randrange(20, 900),
        "n_output_tokens": draw.randrange(5, 700),
        "temperature": 0.7,
        "max_tokens": 512,
        "ip": f"198.51.{draw.randrange(256)}.{draw.randrange(256)}",
        "user_agent": "client/1.4",
        "status": 200,
    }


def payload(row: dict[str, object]) -> dict[str, object]:
    """The same exchange as a gateway logs it."""
    return {
        "id": row["exchange_id"], "trace_id": row["exchange_id"], "call_type": "acompletion", "stream": False,
        "status": "success", "startTime": row["ts"], "endTime": row["ts"], "model": row["model"], "model_group": "quartz",
        "api_base": "https://api.quartz.example/v1/chat/completions", "prompt_tokens": row["n_input_tokens"],
        "completion_tokens": row["n_output_tokens"], "response_cost": 0.0004, "end_user": "", "cache_hit": None,
        "metadata": {"user_api_key_hash": hashlib.sha256(str(row["account_id"]).encode()).hexdigest(),
                     "user_api_key_user_id": row["account_id"], "user_api_key_org_id": None,
                     "requester_ip_address": row["ip"], "requester_metadata": {"user_agent": row["user_agent"]}},
        "request_tags": [f"User-Agent: {row['user_agent']}"], "requester_ip_address": row["ip"],
        "messages": [{"role": "system", "content": row["system_prompt"]}, {"role": "user", "content": row["prompt"]}],
        "response": {"id": row["exchange_id"], "object": "chat.completion", "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": row["response"]}}]},
        "model_parameters": {"temperature": 0.7, "max_tokens": 512}, "hidden_params": {},
    }  # fmt: skip


def generate(folder: Path, rows: int) -> None:
    """The two input files."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = random.Random(7)
    found = [exchange(draw, number) for number in range(rows)]
    with (folder / "lines.jsonl").open("wb") as handle:
        handle.writelines(orjson.dumps(payload(row)) + b"\n" for row in found)
    table = pa.Table.from_pylist(found)
    times = pa.array([round(float(str(row["ts"])) * 1e6) for row in found], pa.timestamp("us", "UTC"))
    pq.write_table(table.set_column(2, "ts", times), folder / "rows.parquet", compression="zstd", row_group_size=50_000)


def least(path: Path) -> int:
    """orjson and SHA-256 of every line, nothing else."""
    count = 0
    with path.open("rb") as handle:
        for line in handle:
            orjson.loads(line)
            hashlib.sha256(line).digest()
            count += 1
    return count


def make_ready(lake: Path) -> None:
    """What a worker does once, before its first pull."""
    from django.conf import settings

    settings.configure(LAKE_DIR=lake, INSTALLED_APPS=["accounts", "traffic"], DATABASES={}, USE_TZ=True)
    import django

    django.setup()
    import traffic.pulls  # noqa: F401  # with all that it needs


def ingest(path: Path, lake: Path) -> int:
    """Read, derive, admit and write, as a pull does it."""
    from traffic.admission import admit
    from traffic.enums import FileKind
    from traffic.lake import write_beside, write_exchanges
    from traffic.pulls import derive_ahead
    from traffic.reading import read_exchanges

    count = 0
    exchanges: list[str] = []
    origins: list[str] = []
    for _, derived in derive_ahead(read_exchanges(path)):
        made = admit(derived, source="bench", pull_id=1, exchange_files=exchanges, origin_files=origins)
        exchanges += [str(lake / file.path) for file in write_exchanges(made.exchanges, stem="b")]
        write_beside(made.skeletons, FileKind.SKELETONS, stem="b")
        count += made.exchanges.num_rows
    return count


def derive_all(path: Path) -> tuple[int, float]:
    """Deriving alone: exchanges, and the seconds without reading."""
    from traffic.derivation import derive
    from traffic.reading import read_exchanges

    count, seconds = 0, 0.0
    for batch in read_exchanges(path):
        started = time.perf_counter()
        count += derive(batch.table).num_rows
        seconds += time.perf_counter() - started
    return count, seconds


def measure(step: str, path: Path, lake: Path) -> None:
    """One step in a process of its own, as JSON: rows, seconds, CPU seconds and peak memory of it and its children."""
    if step != "least":
        make_ready(lake)
    started, before = time.perf_counter(), time.process_time()
    if step == "derive":
        count, seconds = derive_all(path)
    else:
        count = least(path) if step == "least" else ingest(path, lake)
        seconds = time.perf_counter() - started
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    unit = 1 if sys.platform == "darwin" else 1024
    peaks = [each.ru_maxrss * unit for each in used]
    cpu = sum(each.ru_utime + each.ru_stime for each in used) - before
    print(json.dumps({"rows": count, "seconds": seconds, "cpu": cpu, "peaks": peaks}))


def main() -> None:
    """Generate, measure each step, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--measure", nargs=3, metavar=("STEP", "FILE", "LAKE"), help=argparse.SUPPRESS)
    parser.add_argument("--generate", help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()  # script/bench leaves the names of benches in the arguments
    if options.generate:
        generate(Path(options.generate), options.rows)
        return
    if options.measure:
        step, path, lake = options.measure
        measure(step, Path(path), Path(lake))
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as room:
        folder = Path(room)
        # in a process of its own: what this one holds would count as the peak of those that it starts
        subprocess.run([sys.executable, __file__, "--generate", room, "--rows", str(options.rows)], check=True)
        sizes = {path.name: path.stat().st_size / 1e6 for path in folder.iterdir()}
        print(
            f"{options.rows:,} exchanges: "
            + ", ".join(f"{name} {size:,.0f} MB" for name, size in sorted(sizes.items()))
        )
        base = None
        for label, step, name in (
            ("orjson + SHA-256, one core", "least", "lines.jsonl"),
            ("LiteLLM lines, ingested", "ingest", "lines.jsonl"),
            ("Parquet, ingested", "ingest", "rows.parquet"),
            ("Parquet, deriving alone", "derive", "rows.parquet"),
        ):
            command = [sys.executable, __file__, "--measure", step, str(folder / name), str(folder / f"lake-{name}")]
            said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            assert said["rows"] == options.rows, f"{label}: {said['rows']} of {options.rows} rows"
            rate = said["rows"] / said["seconds"]
            base = base or rate
            own, child = (peak / 1e6 for peak in said["peaks"])
            print(
                f"{label:30} {rate:10,.0f} exchanges/s  {rate / base:5.2f}x  "
                f"{said['cpu'] / said['rows'] * 1e6:5.1f} CPU s per million  peak {own:,.0f} + {child:,.0f} MB"
            )


if __name__ == "__main__":
    main()
