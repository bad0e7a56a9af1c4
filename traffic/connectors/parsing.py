"""A block of JSON lines as common records, parsed here or in a process of its own.

`python -m traffic.connectors.parsing` reads blocks from standard input and answers with Arrow streams, until its parent
closes the pipe or dies. Parsing holds the interpreter lock, derivation does not: two processes use two cores.
"""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import orjson
import pyarrow as pa

from core.text import replace_surrogates
from traffic.connectors import table
from traffic.connectors.base import LineConnector, Reject, RejectedRecord, records_table
from traffic.connectors.litellm import LiteLLM
from traffic.connectors.otel import OpenTelemetry

LINE_CONNECTORS: dict[str, LineConnector] = {"litellm": LiteLLM(), "otel": OpenTelemetry()}
MAX_DEPTH = 500
_ROOT = Path(__file__).resolve().parents[2]
_LENGTH = struct.Struct("<Q")


@dataclass(slots=True)
class Parsed:
    """The records of a block and its rejected lines."""

    table: pa.Table
    rejects: list[Reject]
    n_received: int


def parse_block(connector: str, settings: Mapping[str, Any], data: bytes, first: int) -> Parsed:
    """Parse complete lines; `first` is the number of the first one in its file. Blank lines are passed over."""
    if connector == "table":
        return _parse_table_lines(settings, data, first)
    reader = LINE_CONNECTORS[connector]
    records: list[dict[str, Any]] = []
    rejects: list[Reject] = []
    received = 0
    for position, line in enumerate(data.split(b"\n"), first):
        if not line or line.isspace():
            continue
        raw = hashlib.sha256(line).digest()
        try:
            found = list(reader.records(load_line(line), settings))
        except RejectedRecord as error:
            rejects.append(Reject.of(position, line, str(error)))
            received += 1
            continue
        for part, record in enumerate(found):
            record["raw_sha256"], record["position"] = raw, position
            if record["record_id"] is None:
                record["record_id"] = f"sha-{raw.hex()[:32]}" + (f"-{part}" if part else "")
        received += len(found)
        records += found
    return Parsed(records_table(records), rejects, received)


def load_line(line: bytes) -> Any:
    """One JSON document. A lone surrogate, which no Unicode text can hold, is written out and the record kept."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        if b"\\ud" in line or b"\\uD" in line:
            try:
                return _without_surrogates(json.loads(line, parse_constant=_refuse), 0)
            except (ValueError, RecursionError):
                pass
        raise RejectedRecord(f"the line is not JSON: {error}") from None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _without_surrogates(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        return replace_surrogates(value)
    if isinstance(value, list):
        return [_without_surrogates(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {replace_surrogates(key): _without_surrogates(item, depth + 1) for key, item in value.items()}
    return value


def _parse_table_lines(settings: Mapping[str, Any], data: bytes, first: int) -> Parsed:
    rows: list[dict[str, Any]] = []
    raws, positions, rejects = [], [], []
    for position, line in enumerate(data.split(b"\n"), first):
        if not line or line.isspace():
            continue
        try:
            row = load_line(line)
            if type(row) is not dict:
                raise RejectedRecord("the line is not a JSON object")
        except RejectedRecord as error:
            rejects.append(Reject.of(position, line, str(error)))
            continue
        rows.append(row)
        raws.append(hashlib.sha256(line).digest())
        positions.append(position)
    if not rows:
        return Parsed(records_table([]), rejects, len(rejects))
    made, refused = rows_table(rows, raws, positions, settings)
    rejects = sorted([*rejects, *refused], key=lambda reject: reject.position)
    return Parsed(made, rejects, len(rows) + len(rejects) - len(refused))


def rows_table(
    rows: list[dict[str, Any]], raws: list[bytes], positions: list[int], settings: Mapping[str, Any]
) -> tuple[pa.Table, list[Reject]]:
    """Rows of JSON or CSV values as common records. A name that only later rows carry is seen too."""
    present = list(dict.fromkeys(name for row in rows for name in row))
    if "account_id" not in (settings.get("columns") or {}):
        present += [
            name for name in ("account_id", "ts") if name not in present
        ]  # missing in a row is that row's fault
    chosen = table.choose_columns(present, {"columns": _there(settings, present)})
    plain = pa.table({name: pa.array([_plain(row.get(name)) for row in rows], pa.string()) for name in chosen.values()})
    return table.map_table(plain, chosen, pa.array(positions, pa.int64()), pa.array(raws, pa.binary(32)))


def _there(settings: Mapping[str, Any], present: list[str]) -> dict[str, str]:
    return {ours: theirs for ours, theirs in (settings.get("columns") or {}).items() if theirs in present}


def _plain(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    return orjson.dumps(value).decode()


class ParserProcess:
    """A parser on another core. A parser that dies takes nothing with it: its block was not yet stored."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "traffic.connectors.parsing"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=None,
        )

    def parse(self, connector: str, settings: Mapping[str, Any], data: bytes, first: int) -> Parsed:
        """The same as `parse_block`, over the pipe."""
        ask, answer = self._process.stdin, self._process.stdout
        assert ask is not None and answer is not None
        head = orjson.dumps({"connector": connector, "settings": dict(settings), "first": first})
        try:
            for part in (head, data):
                ask.write(_LENGTH.pack(len(part)))
                ask.write(part)
            ask.flush()
            facts, stream = orjson.loads(_read(answer)), _read(answer)
        except (BrokenPipeError, EOFError):
            raise RuntimeError(f"the parser process ended with {self._process.wait()}") from None
        if "error" in facts:
            raise _remade(facts)
        rejects = [Reject(**{**item, "raw": bytes.fromhex(item["raw"])}) for item in facts["rejects"]]
        return Parsed(pa.ipc.open_stream(stream).read_all(), rejects, facts["n_received"])

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _remade(facts: dict[str, Any]) -> Exception:
    from core.errors import InvalidInput

    if facts["error"] == "InvalidInput":
        return InvalidInput(*facts["args"])
    return RuntimeError(f"the parser process failed: {facts['error']} {facts['args']}")


def _read(pipe: IO[bytes]) -> bytes:
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    body = pipe.read(length)
    if len(body) < length:
        raise EOFError
    return body


def _serve() -> None:
    """Answer blocks until the pipe closes."""
    ask, answer = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            head, data = orjson.loads(_read(ask)), _read(ask)
        except EOFError:
            return
        try:
            parsed = parse_block(head["connector"], head["settings"], data, head["first"])
        except Exception as error:  # noqa: BLE001  # the parent raises it again
            facts = getattr(error, "facts", None)
            args = [facts["argument"], facts["value"], facts["allowed"]] if facts else [str(error)]
            parts: tuple[bytes, bytes] = (orjson.dumps({"error": type(error).__name__, "args": args}), b"")
        else:
            rejects = [
                {"position": r.position, "raw": r.raw.hex(), "size": r.size, "sha256": r.sha256, "reason": r.reason}
                for r in parsed.rejects
            ]
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, parsed.table.schema) as writer:
                writer.write_table(parsed.table)
            parts = (orjson.dumps({"rejects": rejects, "n_received": parsed.n_received}), sink.getvalue())
        for part in parts:
            answer.write(_LENGTH.pack(len(part)))
            answer.write(part)
        answer.flush()


if __name__ == "__main__":
    _serve()
