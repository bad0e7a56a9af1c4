"""The audit chain of the case, and the checkpoint that holds its end."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from investigations.casefile.verifying.bags import AnyBag, read_all
from investigations.casefile.verifying.contents import Facts, Failed

CHAIN, PAYLOADS = "data/audit/chain.tsv", "data/audit/payloads.jsonl"
CHECKPOINT, LEAF = "data/audit/checkpoint.txt", "data/audit/checkpoint-leaf.txt"
EARLIER = "data/audit/earlier-leaves.jsonl"
GENESIS = "0" * 64
HEX = re.compile(r"[0-9a-f]{64}")


def unescaped(cell: str) -> str:
    """A field as it was hashed: tab and backslash written back.

    >>> unescaped("a\\\\tb\\\\\\\\")
    'a\\tb\\\\'
    """
    return re.sub(r"\\(.)", lambda found: "\t" if found.group(1) == "t" else found.group(1), cell)


def withheld(digest: str) -> bytes:
    """What stands in a produced form for a payload that is withheld; the entry holds its salted digest all the same."""
    return f'{{"payload_sha256":"{digest}","withheld":"redacted"}}\n'.encode()


def count_withheld(bag: AnyBag) -> int:
    """How many payloads of the bag are withheld."""
    with bag.open(PAYLOADS) as payloads:
        return sum(b'"withheld":"redacted"}' in line and line.startswith(b'{"payload_sha256"') for line in payloads)


def chain_entries(bag: AnyBag) -> Iterator[tuple[str, int, str]]:
    """Chain, number and hash of each entry, after it was recomputed. Raises Failed at the first bad one."""
    before, name = GENESIS, ""
    with bag.open(CHAIN) as lines, bag.open(PAYLOADS) as payloads:
        for seq, line in enumerate(lines, 1):
            cells = [unescaped(cell) for cell in line.decode("utf-8").removesuffix("\n").split("\t")]
            payload = payloads.readline()
            if len(cells) != 7 or not line.endswith(b"\n"):
                raise Failed(f"line {seq} of chain.tsv has not seven fields")
            name = name or cells[0]
            digest = hashlib.sha256(payload.removesuffix(b"\n")).hexdigest()
            if payload == withheld(cells[5]):
                digest = cells[5]
            if cells[5] != digest or not payload.endswith(b"\n"):
                raise Failed(f"entry {seq}: the payload was altered or is missing")
            if (cells[0], cells[1], cells[4]) != (name, str(seq), before):
                raise Failed(f"entry {seq}: does not follow the entry before it")
            before = hashlib.sha256(("\n".join(["casefile-audit-v1", *cells[:6]]) + "\n").encode()).hexdigest()
            if cells[6] != before:
                raise Failed(f"entry {seq}: the entry was altered")
            yield name, seq, before
        if payloads.readline():
            raise Failed("payloads.jsonl goes on behind the last entry of chain.tsv")


def check_chain(bag: AnyBag, facts: Facts) -> str:
    """Each entry recomputed from its payload; the last one is the head that bag-info.txt names."""
    for entry in chain_entries(bag):
        facts.head = entry
    if facts.head is None:
        raise Failed("chain.tsv is empty")
    name, seq, head = facts.head
    if facts.case and name != f"case:{facts.case}":
        raise Failed(f"the chain is that of {name!a}, the bag is of {facts.case!a}")
    if facts.info.get("Audit-Head") != f"{seq} {head}":
        raise Failed(f"bag-info.txt names the head {facts.info.get('Audit-Head')!a}; the chain ends at {seq} {head}")
    left_out = count_withheld(bag)
    if left_out and "Derived-From" not in facts.info:
        raise Failed(f"{left_out:,} payloads are withheld; only a produced form may withhold any")
    words = f", the payloads of {left_out:,} withheld as redacted" if left_out else ""
    return f"{seq:,} entries of {name!a} recomputed{words}; head {head[:16]}…"


def read_leaf(bag: AnyBag) -> tuple[str, tuple[str, str, int, str]]:
    """The leaf's hash, and what it was made of: salt, chain, number, head."""
    data = read_all(bag, LEAF)
    lines = data.decode("utf-8").split("\n")
    if len(lines) != 6 or lines[0] != "casefile-leaf-v1" or lines[5] or not lines[3].isdigit():
        raise Failed("checkpoint-leaf.txt is no leaf: casefile-leaf-v1, salt, chain, number, head, one a line")
    return hashlib.sha256(data).hexdigest(), (lines[1], lines[2], int(lines[3]), lines[4])


def leaves_of(text: str) -> set[str]:
    """The leaves of a checkpoint: its lines of 64 hexadecimal digits."""
    return {line for line in text.split("\n") if HEX.fullmatch(line)}


def check_head(bag: AnyBag, facts: Facts) -> str:
    """The checkpoint holds the leaf of exactly this chain's end, so that no entry at the end is missing."""
    leaf, (_, chain, seq, head) = read_leaf(bag)
    if facts.head != (chain, seq, head):
        raise Failed(f"the checkpoint holds {chain!a} up to {seq} {head[:16]}…; the chain of this bag ends otherwise")
    if leaf not in leaves_of(read_all(bag, CHECKPOINT).decode("utf-8")):
        raise Failed("the checkpoint does not hold the leaf of this chain")
    return f"the checkpoint holds entry {seq:,} as the end of the chain"


def check_outside(bag: AnyBag, text: str) -> str:
    """A copy of a checkpoint that somebody else holds has a leaf of this chain, and the chain still says what it said then."""
    held = leaves_of(text)
    leaf, (_, _, seq, head) = read_leaf(bag)
    known = {leaf: (seq, head)}
    if EARLIER in bag.names:
        for line in read_all(bag, EARLIER).decode("utf-8").splitlines():
            known |= _opened(json.loads(line), bag)
    found = [known[one] for one in held & known.keys()]
    if not found:
        raise Failed(
            "the copy held elsewhere has no leaf of this chain: the trail was rewritten or restored from an older state, or "
            "the copy is older than the case"
        )
    entries = {number: own for _, number, own in chain_entries(bag)}
    if any(entries.get(number) != own for number, own in found):
        raise Failed("the chain does not say at that entry what the copy held elsewhere says")
    return f"holds entry {max(found)[0]:,} of this chain"


def _opened(row: dict[str, Any], bag: AnyBag) -> dict[str, tuple[int, str]]:
    """A leaf made again from what it says it was made of."""
    chain = read_leaf(bag)[1][1]
    lines = ("casefile-leaf-v1", row["salt"], chain, str(row["seq"]), row["head"])
    return {hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest(): (int(row["seq"]), row["head"])}


def check_against(earlier: AnyBag, bag: AnyBag) -> str:
    """An earlier file of the same case: its chain must be the beginning of this one's."""
    old, new = list(chain_entries(earlier)), list(chain_entries(bag))
    if old[0][0] != new[0][0]:
        raise Failed(f"{earlier.label!a} is of another case")
    if new[: len(old)] != old:
        raise Failed(
            f"the {len(old):,} entries of {earlier.label!a} are not the beginning of this chain ({len(new):,})"
        )
    return f"the {len(old):,} entries of {earlier.label!a} are the beginning of this chain"
