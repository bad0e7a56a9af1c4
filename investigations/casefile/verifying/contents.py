"""The exact list of files, both pairs of manifests, every digest."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field

from investigations.casefile.verifying.bags import AnyBag, read_all

SIZES = {"sha256": 64, "sha512": 128}
TAGS = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt")
AS_RECEIVED = "data/records/raw/as-received.jsonl"
LISTS = ("tagmanifest-sha256.txt", "tagmanifest-sha512.txt")
FIRST_LINES = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
SHOWN = 5


class Failed(Exception):
    """A check that did not hold; the words say what was found."""


@dataclass
class Facts:
    """What one check leaves for the next."""

    info: dict[str, str] = field(default_factory=dict)
    case: str = ""
    key: bytes | None = None
    trusted: bool = False
    head: tuple[str, int, str] | None = None
    leaf: tuple[str, str, int, str] | None = None

    @property
    def outside(self) -> list[str]:
        """Files that no manifest lists: the tag manifests and what the bag itself announces."""
        return [*LISTS, *self.info.get("Files-Outside-Manifests", "").split()]


def some(names: list[str] | set[str]) -> str:
    """The first names of a list, made harmless to a terminal."""
    listed = sorted(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(ascii(name) for name in listed[:SHOWN]) + more


def read_manifest(bag: AnyBag, name: str) -> dict[str, str]:
    """A manifest: hash, two spaces, name; sorted, each name once."""
    size = SIZES[name.rpartition("-")[2].removesuffix(".txt")]
    line_form = re.compile(rf"([0-9a-f]{{{size}}})  ([!-~]+)")
    if name not in bag.names:
        raise Failed(f"{name} is missing")
    text = read_all(bag, name).decode("ascii", "replace")
    lines = [line_form.fullmatch(line) for line in text.split("\n")[:-1]]
    if not text.endswith("\n") or None in lines:
        raise Failed(f"{name} holds a line that is not `hash, two spaces, name`")
    found = [(line.group(2), line.group(1)) for line in lines if line]
    names = [pair[0] for pair in found]
    if names != sorted(set(names)):
        raise Failed(f"{name} is not sorted or names a file twice")
    return dict(found)


def read_info(bag: AnyBag) -> dict[str, str]:
    """bag-info.txt as labels and values; each label once."""
    if "bag-info.txt" not in bag.names:
        raise Failed("bag-info.txt is missing")
    found: dict[str, str] = {}
    for line in read_all(bag, "bag-info.txt").decode("utf-8", "replace").splitlines():
        label, colon, value = line.partition(": ")
        if not colon or label in found:
            raise Failed(f"bag-info.txt has a line that is not `label: value`, or a label twice: {line!a}")
        found[label] = value
    return found


def check_structure(bag: AnyBag, facts: Facts) -> str:
    """Files only, with names that the product writes; a bag of version 1.0 that fetches nothing."""
    if bag.faults:
        raise Failed("; ".join(bag.faults[:SHOWN]))
    if "fetch.txt" in bag.names:
        raise Failed("fetch.txt would have files fetched from elsewhere")
    if "bagit.txt" not in bag.names or read_all(bag, "bagit.txt") != FIRST_LINES:
        raise Failed("bagit.txt is missing or does not say BagIt 1.0, UTF-8")
    facts.info = read_info(bag)
    if facts.info.get("External-Identifier") != bag.label:
        raise Failed(f"bag-info.txt is of {facts.info.get('External-Identifier', 'nothing')!a}, not of {bag.label!a}")
    return f"{len(bag.names):,} files, no links, no foreign names, nothing to fetch"


def check_tags(bag: AnyBag, facts: Facts) -> str:
    """Both tag manifests list exactly the four tag files, with the right digests."""
    for name in LISTS:
        listed = read_manifest(bag, name)
        if tuple(listed) != TAGS:
            raise Failed(f"{name} lists {some(list(listed))} instead of {some(list(TAGS))}")
        compare(bag, {tag: (listed[tag],) for tag in TAGS}, (name.rpartition("-")[2].removesuffix(".txt"),))
    return "both tag manifests match the four tag files"


def check_list(bag: AnyBag, facts: Facts) -> str:
    """The files are those of the manifests and those that bag-info.txt announces: none more, none less."""
    first, second = (set(read_manifest(bag, name)) for name in TAGS[2:])
    if first != second:
        raise Failed(f"the two manifests differ: {some(first ^ second)}")
    expected = first | set(TAGS) | set(facts.outside)
    added, gone = bag.names - expected, expected - bag.names
    if added:
        raise Failed(f"not announced: {some(added)}")
    if gone:
        raise Failed(f"missing: {some(gone)}")
    if any(not name.startswith("data/") for name in first):
        raise Failed("a manifest lists a file outside data/")
    return f"exactly the {len(expected):,} files that are announced"


def check_payload(bag: AnyBag, facts: Facts) -> str:
    """Every payload file has the SHA-256 and the SHA-512 of the manifests, and all have the announced size."""
    both = [read_manifest(bag, name) for name in TAGS[2:]]
    total = sum(bag.size(name) for name in both[0] if name in bag.names)
    if facts.info.get("Payload-Oxum") != f"{total}.{len(both[0])}":
        raise Failed(f"Payload-Oxum is {facts.info.get('Payload-Oxum')!a}; found {total}.{len(both[0])}")
    compare(bag, {name: (both[0][name], both[1].get(name, "")) for name in both[0]}, ("sha256", "sha512"))
    return f"{len(both[0]):,} files of {total:,} bytes, SHA-256 and SHA-512"


def compare(bag: AnyBag, expected: dict[str, tuple[str, ...]], algorithms: tuple[str, ...]) -> None:
    """Raise Failed unless every file has these digests; each is read once, in pieces."""
    wrong = []
    for name, digests in expected.items():
        hashes = [hashlib.new(algorithm) for algorithm in algorithms]
        if name not in bag.names:
            wrong.append(name)
            continue
        with bag.open(name) as handle:
            while block := handle.read(1 << 20):
                for one in hashes:
                    one.update(block)
        if tuple(one.hexdigest() for one in hashes) != digests:
            wrong.append(name)
    if wrong:
        raise Failed(f"changed or missing: {some(wrong)}")


def check_face(bag: AnyBag, facts: Facts) -> str:
    """What the file says of itself: one case, one form, one seal, by its name, in bag-info.txt and in case.json alike."""
    told = json.loads(read_all(bag, "data/case.json"))
    code, number = told["case"]["code"], int(told["export"]["number"])
    if bag.label != f"{code}_export-{number:02d}":
        raise Failed(f"case.json is of export {number} of {code!a}, the bag's name is {bag.label!a}")
    form = "produced" if "Derived-From" in facts.info else "sealed"
    signed, stamped = facts.info.get("Signed-By", "nobody") != "nobody", f"signatures/{LISTS[0]}.sig.tsr" in bag.names
    seal = "signed and time-stamped" if stamped else f"{'' if signed else 'not '}signed, not time-stamped"
    if (told["form"], told["seal"]) != (form, seal):
        raise Failed(f"case.json says {told['form']!a} and {told['seal']!a}; the bag is {form!a} and {seal!a}")
    if facts.info.get("External-Description") != f"Case file, {form} form; {seal}":
        raise Failed(f"bag-info.txt describes it as {facts.info.get('External-Description')!a}; it is {form}, {seal}")
    facts.case = code
    return f"export {number} of {code!a}, {form} form, {seal}"


def check_as_received(bag: AnyBag, facts: Facts) -> str:
    """Each record as received has the digest that its line, and the exchange made from it, names."""
    held: set[str] = set()
    with bag.open(AS_RECEIVED) as lines:
        for number, line in enumerate(lines, 1):
            row = json.loads(line)
            raw = base64.b64decode(row["base64"]) if "base64" in row else row["text"].encode("utf-8")
            if hashlib.sha256(raw).hexdigest() != row["raw_sha256"]:
                raise Failed(f"line {number} of {AS_RECEIVED} has not the bytes that it names")
            held.add(row["raw_sha256"])
    with bag.open("data/records/exchanges.jsonl") as lines:
        named = [json.loads(line)["raw_sha256"] for line in lines]
    if stray := held - set(named):
        raise Failed(f"{len(stray):,} records as received belong to no exchange of the file")
    return f"{sum(name in held for name in named):,} of {len(named):,} exchanges have their record byte for byte"
