"""`script/bench [NAME...]`: run every `bench_*.py` here, or those named, and print what each measured.

A benchmark is a module with `main()` that returns rows: (what was measured, value, unit).
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

Row = tuple[str, object, str]


def names() -> list[str]:
    return sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def table(rows: Iterable[Row]) -> str:
    """The rows with aligned columns."""
    shown = [(what, f"{value:,.1f}" if isinstance(value, float) else str(value), unit) for what, value, unit in rows]
    widths = [max((len(row[column]) for row in shown), default=0) for column in range(2)]
    return "\n".join(f"  {what:<{widths[0]}}  {value:>{widths[1]}} {unit}" for what, value, unit in shown)


def main(wanted: Sequence[str]) -> int:
    known = names()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"NAME: {unknown[0]!r} is not allowed; use any of {', '.join(known) or 'none yet'}.", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    for name in wanted or known:
        rows = importlib.import_module(f"benchmarks.bench_{name}").main()
        print(f"\n{name}")
        if rows:
            print(table(rows), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
