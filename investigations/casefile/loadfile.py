"""The load file of a production: Concordance DAT and Opticon OPT, NATIVES/ and TEXT/. A convention, so the fields are set.

A document is the report, a figure, or the sampled exchanges of one account. Field separator 0x14, qualifier U+00FE, new
line U+00AE, UTF-8 with BOM, CRLF. These three characters may occur in what an attacker wrote: they are written out here,
and here alone; natives and records keep them.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import orjson

from core.canonical import file_sha256
from core.errors import InvalidInput
from core.text import one_line, visible
from investigations.casefile.records import reading_cell

SEPARATOR, QUALIFIER, NEW_LINE = "\x14", "\u00fe", "\u00ae"
VOLUME = "VOL001"
FIELDS = (
    "BEGBATES",
    "ENDBATES",
    "BEGATTACH",
    "ENDATTACH",
    "CUSTODIAN",
    "DATETIME_UTC",
    "DOCTYPE",
    "TITLE",
    "ACCOUNT",
    "SHA256",
    "NATIVEPATH",
    "TEXTPATH",
    "CONFIDENTIALITY",
    "REDACTED",
)
CELL_LIMIT = 400
_HARMLESS = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.:,\\-]*(?: [A-Za-z0-9_][A-Za-z0-9_.:,\\-]*)*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bates:
    """Numbers of one production: prefix, case, export, seven digits.

    >>> Bates("SW", "CASE-2026-0001", 3).number(12)
    'SW-CASE-2026-0001-E03-0000012'
    """

    prefix: str
    case: str
    export: int

    @property
    def stem(self) -> str:
        """All but the digits."""
        return f"{self.prefix}-{self.case}-E{self.export:02d}-"

    def number(self, page: int) -> str:
        """The number of one page."""
        return f"{self.stem}{page:07d}"


@dataclass(frozen=True, slots=True)
class Document:
    """One row of the load file."""

    kind: str
    title: str
    native: str
    pages: int = 1
    image: bool = False
    at: str = ""
    account: str = ""
    custodian: str = ""
    confidentiality: str = "CONFIDENTIAL"
    redacted: bool = False
    native_sha256: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


def check_fields(fields: Sequence[str]) -> None:
    """Raise InvalidInput for a field that no document has."""
    for name in fields:
        if name not in FIELDS:
            raise InvalidInput("LOADFILE_FIELDS", name, f"known are {', '.join(FIELDS)}")


def cell(value: str) -> str:
    """A value between qualifiers: hidden characters and the format's own three visible, on one line, no formula.

    >>> cell("a\\u00feb\\x14")
    'þa\\\\u{00FE}b\\\\u{0014}þ'
    >>> cell("=1+1")
    "þ'=1+1þ"
    """
    if len(value) <= CELL_LIMIT and _HARMLESS.fullmatch(value):
        return f"{QUALIFIER}{value}{QUALIFIER}"
    shown = reading_cell(one_line(value, CELL_LIMIT))
    for sign in (SEPARATOR, QUALIFIER, NEW_LINE):
        shown = shown.replace(sign, f"\\u{{{ord(sign):04X}}}")
    return f"{QUALIFIER}{shown}{QUALIFIER}"


def dat_line(values: Iterable[str]) -> bytes:
    """One row of a DAT."""
    return (SEPARATOR.join(map(cell, values)) + "\r\n").encode("utf-8")


class LoadFile:
    """Writes one volume, document by document."""

    def __init__(self, folder: Path, bates: Bates, fields: Sequence[str] = FIELDS) -> None:
        check_fields(fields)
        self.folder, self.bates, self.fields, self.next = folder, bates, fields, 1
        for name in ("NATIVES", "TEXT"):
            (folder / name).mkdir(parents=True)
        self._dat = (folder / f"{VOLUME}.dat").open("wb")
        self._dat.write("\ufeff".encode() + dat_line(fields))
        self._opt = (folder / f"{VOLUME}.opt").open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._dat.close()
        self._opt.close()

    def path_for(self, suffix: str) -> Path:
        """Where the native of the next document is written."""
        return self.folder / "NATIVES" / f"{self.bates.number(self.next)}{suffix}"

    def _text(self) -> Path:
        return self.folder / "TEXT" / f"{self.bates.number(self.next)}.txt"

    def add(self, document: Document, text: str | None) -> str:
        """Write the document's rows, and its text unless that is there; returns its first number. Its native is there."""
        first, last = self.bates.number(self.next), self.bates.number(self.next + document.pages - 1)
        if text is not None:
            self._text().write_text(text, encoding="utf-8", newline="")
        native = f"NATIVES\\{document.native}"
        row = {
            "BEGBATES": first,
            "ENDBATES": last,
            "BEGATTACH": "",
            "ENDATTACH": "",
            "CUSTODIAN": document.custodian,
            "DATETIME_UTC": document.at,
            "DOCTYPE": document.kind,
            "TITLE": document.title,
            "ACCOUNT": document.account,
            "SHA256": document.native_sha256,
            "NATIVEPATH": native,
            "TEXTPATH": f"TEXT\\{first}.txt",
            "CONFIDENTIALITY": document.confidentiality,
            "REDACTED": "Y" if document.redacted else "N",
        }
        self._dat.write(dat_line(row[name] for name in self.fields))
        if document.image:
            self._opt.write(f"{first},{VOLUME},{native},Y,,,{document.pages}\r\n".encode("ascii"))
        self.next += document.pages
        return first

    def add_file(self, source: Path, text: str, **facts: Any) -> str:
        """A file that is shown as it is: the report, a figure."""
        native = self.path_for(source.suffix)
        shutil.copyfile(source, native)
        document = Document(native=native.name, native_sha256=file_sha256(native), image=True, **facts)
        return self.add(document, text)

    def add_accounts(self, records: Path, whole: Path | None = None, **facts: Any) -> int:
        """One document an account, from the lines of exchanges.jsonl in their order; the native holds these very lines.

        `whole` is the file that `records` was made from, line by line: a document of which no line differs is not redacted.
        """
        count = 0
        with records.open("rb") as lines, (whole or records).open("rb") as before:
            rows = ((line, line != old, orjson.loads(line)) for line, old in zip(lines, before, strict=True))
            for account, found in groupby(rows, key=lambda row: str(row[2]["account_id"])):
                self._add_account(account, found, facts)
                count += 1
        return count

    def _add_account(
        self, account: str, found: Iterator[tuple[bytes, bool, dict[str, Any]]], facts: dict[str, Any]
    ) -> None:
        native, digest, at, n, redacted = self.path_for(".jsonl"), hashlib.sha256(), "", 0, False
        with native.open("wb") as lines, self._text().open("w", encoding="utf-8", newline="") as text:
            for line, differs, row in found:
                lines.write(line)
                digest.update(line)
                text.write(_as_text(row))
                at, n, redacted = min(at or row["occurred_at"], row["occurred_at"]), n + 1, redacted or differs
        document = Document(
            kind="sampled exchanges of an account",
            title=f"{n:,} sampled exchanges of {account}",
            native=native.name,
            native_sha256=digest.hexdigest(),
            at=at,
            account=account,
            redacted=redacted,
            **facts,
        )
        self.add(document, None)


def _as_text(row: Mapping[str, Any]) -> str:
    parts = [f"Exchange {row['exchange_id']}, account {row['account_id']}, {row['occurred_at']}\n"]
    texts = [(name.replace("_", " "), row.get(name)) for name in ("system_prompt", "prompt", "response")]
    parts += [f"--- {name}\n{text}\n" for name, text in texts if text]
    return visible("".join(parts)) + "\n"


def facts_as_text(facts: Mapping[str, Any]) -> str:
    """The report's content as lines, for the text of its document."""
    return "".join(f"{line}\n" for line in _lines(facts))


def _lines(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield f"[{name}]"
            yield from _lines(item)
    elif isinstance(value, str):
        yield visible(value)
    elif isinstance(value, Sequence):
        flat = all(isinstance(item, str) or item is None for item in value)
        if flat:
            yield " | ".join(visible(item or "not known").replace("\n", " ") for item in value)
        else:
            for item in value:
                yield from _lines(item)
    elif value is not None:
        yield str(value)
