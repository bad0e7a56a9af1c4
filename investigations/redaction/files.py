"""The files of a sealed bag without the values that are taken out. What cannot be looked into is left behind, and listed."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from core.canonical import canonical_json
from investigations.redaction.purging import Purge, Removal

DIGEST_CODE, DIGEST_TOKEN = "digest", "[DIGEST-WITHHELD]"
RECORDS = ("records", "decisions")  # whose lines carry plain digests of the texts beside them
PAYLOADS = "audit/payloads.jsonl"
UNCHANGED = ("audit/chain.tsv", "audit/checkpoint", "audit/earlier-leaves.jsonl")  # or the chain would not verify
VERBATIM = "records/raw/"
PIECE = 1 << 22  # characters
AT_ONCE = 200  # lines that are searched together
_DIGEST = re.compile(r"[0-9a-f]{64}")
csv.field_size_limit(1 << 31)  # a sampled text may be longer than the 128 KiB that a cell may have otherwise
_ESCAPED_SPACE = re.compile(r"\\[nrt]")


class Leak(ValueError):
    """A value that should be gone would stand in the produced form. Names the file and the redaction, never the value."""


@dataclass(slots=True)
class Outcome:
    """What was taken out of which file, and what was left behind."""

    places: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    withheld: list[dict[str, Any]] = field(default_factory=list)

    def count(self, name: str, purge: Purge) -> bool:
        """Note what was taken since the last file; whether it was anything."""
        taken = purge.taken()
        for code, number in taken.items():
            self.places[code][name] += number
        return bool(taken)

    def leave(self, name: str, why: str, **facts: Any) -> None:
        """Note something that stays behind whole."""
        self.withheld.append({"file": f"data/{name}", "why": why, **facts})


def digests_over(sealed: Path, purge: Purge) -> Iterator[Removal]:
    """Plain digests in lines that hold a value: whoever has the rest of the text could find the value by trying."""
    found: set[str] = set()
    for part in RECORDS:
        for path in sorted((sealed / part).rglob("*.jsonl")):
            with path.open(encoding="utf-8") as lines:
                for line, holds in _searched(lines, purge):
                    if holds:
                        found |= set(_digests(json.loads(line)))
    for digest in sorted(found):
        yield Removal(DIGEST_CODE, digest, DIGEST_TOKEN)


def _digests(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key.endswith("sha256") and isinstance(item, str) and _DIGEST.fullmatch(item):
                yield item
            else:
                yield from _digests(item)
    elif isinstance(value, list):
        for item in value:
            yield from _digests(item)


def line_holds(line: str, purge: Purge) -> bool:
    """Whether any string of a JSON line may hold a value; may say yes once too often, never no."""
    return purge.holds(line) or ("\\" in line and purge.holds_plain(_ESCAPED_SPACE.sub(" ", line)))


def _searched(lines: Iterable[str], purge: Purge) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it may hold a value; lines are searched many at a time, and one by one where some may."""
    rest = iter(lines)
    while some := list(islice(rest, AT_ONCE)):
        may = line_holds("".join(some), purge)
        for line in some:
            yield line, may and line_holds(line, purge)


def produce_files(sealed: Path, out: Path, purge: Purge, *, left_to_caller: Iterable[str]) -> Outcome:
    """Write each file of `sealed` (a bag's data folder) to `out` without the values; names beginning with one of
    `left_to_caller` are made anew by the caller."""
    outcome, skip = Outcome(), tuple(left_to_caller)
    for path in sorted(path for path in sealed.rglob("*") if path.is_file()):
        name = path.relative_to(sealed).as_posix()
        if name.startswith(skip):
            continue
        _produce(path, name, out, purge, outcome)
        outcome.count(name, purge)
    return outcome


def _produce(path: Path, name: str, out: Path, purge: Purge, outcome: Outcome) -> None:
    if name.startswith(VERBATIM):
        if path.stat().st_size:
            outcome.leave(name, "bytes as received: fields that nobody has looked through may hold third persons' data")
        return
    target = out / re.sub(r"[\[\]]", "", purge.text(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    if name == PAYLOADS:
        _payloads(path, target, name, purge, outcome)
    elif name.startswith(UNCHANGED):
        if purge.holds(path.read_bytes().decode("utf-8", "replace")):
            raise Leak(
                f"A value to be taken out stands in data/{name}, which cannot be changed without breaking the chain."
            )
        shutil.copyfile(path, target)
    elif (write := _WRITERS.get(path.suffix)) is not None:
        write(path, target, purge)
    else:
        outcome.leave(name, f"a file of the kind {path.suffix or 'without suffix'} cannot be looked into")


def _lines(path: Path, target: Path, purge: Purge) -> None:
    with path.open(encoding="utf-8", newline="\n") as lines, target.open("wb") as sink:
        for line, holds in _searched(lines, purge):
            same = "…" not in line and not holds
            sink.write(line.encode() if same else canonical_json(purge.value(json.loads(line))) + b"\n")


def _document(path: Path, target: Path, purge: Purge) -> None:
    target.write_bytes(canonical_json(purge.value(json.loads(path.read_bytes()))) + b"\n")


def _table(path: Path, target: Path, purge: Purge) -> None:
    with (
        path.open(encoding="utf-8", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as sink,
    ):
        _cells(source, sink, purge)


def table_text(text: str, purge: Purge) -> str:
    """A CSV, cell by cell."""
    sink = io.StringIO()
    _cells(io.StringIO(text, newline=""), sink, purge)
    return sink.getvalue()


def _cells(source: TextIO, sink: TextIO, purge: Purge) -> None:
    """Quoted as it was: where every cell is, another separator guessed on opening splits none."""
    all_quoted = source.read(1) == '"'
    source.seek(0)
    writer = csv.writer(sink, lineterminator="\n", quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL)
    rows = csv.reader(source)
    while some := list(islice(rows, AT_ONCE)):
        joined = ["\x01".join(row) for row in some]
        may = purge.holds("\x01".join(joined))
        for row, whole in zip(some, joined, strict=True):
            clean = "…" not in whole and not (may and purge.holds(whole))
            writer.writerow(row if clean else [purge.text(cell) for cell in row])


def _text(path: Path, target: Path, purge: Purge) -> None:
    target.write_bytes(purge.text(path.read_bytes().decode("utf-8")).encode("utf-8"))


def _payloads(path: Path, target: Path, name: str, purge: Purge, outcome: Outcome) -> None:
    """An audit payload cannot lose a part and keep its digest: one that holds a value is withheld whole."""
    chain = (path.parent / "chain.tsv").read_text(encoding="utf-8").splitlines()
    with path.open(encoding="utf-8", newline="\n") as lines, target.open("wb") as sink:
        for number, line in enumerate(lines):
            if not line_holds(line, purge):
                sink.write(line.encode())
                continue
            digest = chain[number].split("\t")[5]
            sink.write(withheld_payload(digest) + b"\n")
            outcome.leave(name, "holds a value that is taken out", entry=number + 1, payload_sha256=digest)


def withheld_payload(digest: str) -> bytes:
    """What stands for an audit payload that stays behind; the chain goes on by its salted digest."""
    return canonical_json({"payload_sha256": digest, "withheld": "redacted"})


_WRITERS: dict[str, Callable[[Path, Path, Purge], None]] = {
    ".jsonl": _lines,
    ".json": _document,
    ".jsonld": _document,
    ".csv": _table,
    ".txt": _text,
    ".md": _text,
}


def check_gone(folder: Path, purge: Purge, *, drawings: Iterable[str] = (".png", ".svg", ".pdf")) -> int:
    """Search every file and name of the produced form once more. Raises Leak; returns how many files were searched.

    Drawings are left out: they are made from data that is searched.
    """
    count = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if purge.holds(name):
            raise Leak("A value that was taken out stands in the name of a file; nothing was produced.")
        if path.suffix not in tuple(drawings):
            count += 1
            if any(line_holds(piece, purge) for piece in _pieces(path, purge.longest)):
                raise Leak(f"{name} still holds a value that was taken out; nothing was produced.")
    return count


def _pieces(path: Path, overlap: int) -> Iterator[str]:
    """The text of a file in pieces of a few million characters, each beginning with the end of the one before."""
    kept = ""
    with path.open(encoding="utf-8", errors="replace", newline="") as source:
        while block := source.read(PIECE):
            yield kept + block
            kept = (kept + block)[-overlap:] if overlap else ""
