"""Every check in order, each told in a line; whatever goes wrong counts as failed."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from investigations.casefile.verifying.bags import AnyBag, open_bag
from investigations.casefile.verifying.chains import (
    CHECKPOINT,
    check_against,
    check_chain,
    check_head,
    check_outside,
)
from investigations.casefile.verifying.contents import (
    AS_RECEIVED,
    Facts,
    Failed,
    check_as_received,
    check_face,
    check_list,
    check_payload,
    check_structure,
    check_tags,
)
from investigations.casefile.verifying.signatures import (
    SIG,
    SIGNED,
    NotChecked,
    check_checkpoint,
    check_signature,
    check_ssh_signature,
    check_stamp,
    find_key,
)

HOLDS, FAILS, OPEN = "ok", "FAILED", "not checked"
VERDICTS = {
    0: "VERIFIED: unchanged since it was signed with the key given. That says nothing about whether its content is true.",
    1: "NOT VERIFIED: do not rely on this file.",
    3: "INCOMPLETE: nothing wrong was found, but who made this file was not established (see `not checked`).",
}


@dataclass(frozen=True)
class Given:
    """What the verifier brings along, got by another road than the bag."""

    key: str = ""
    fingerprint: str = ""
    authority: str = ""
    checkpoints: tuple[str, ...] = ()
    earlier: tuple[Path, ...] = ()
    zip_sha256: str = ""
    stamped: bool = False  # told that it is: then a missing stamp is a fault


@dataclass(frozen=True)
class Line:
    """The outcome of one check."""

    step: str
    outcome: str
    words: str

    def __str__(self) -> str:
        return f"{self.outcome:<11} {self.step}: {self.words}"


def verify_bag(path: Path, given: Given) -> list[Line]:
    """Every check of a bag. A check that breaks counts as failed, and so does a bag that cannot be opened."""
    return list(verify_each(path, given))


def verify_each(path: Path, given: Given) -> Iterator[Line]:
    """The same, one at a time as they are done."""
    if given.zip_sha256:
        yield _one("digest of the zip", partial(check_zip, path, given))
    try:
        bag = open_bag(path)
    except Exception as error:  # noqa: BLE001 whatever goes wrong, the check failed
        yield Line("open", FAILS, f"{type(error).__name__}: {error}"[:300])
        return
    yield from (_one(name, check) for name, check in steps(bag, Facts(), given))


def steps(bag: AnyBag, facts: Facts, given: Given) -> Iterator[tuple[str, Callable[[], str]]]:
    """Name and check, in the order in which one leans on the other."""
    yield "structure", partial(check_structure, bag, facts)
    yield "list of files", partial(check_list, bag, facts)
    yield "tag manifests", partial(check_tags, bag, facts)
    yield "payload manifests", partial(check_payload, bag, facts)
    yield "what it says it is", partial(check_face, bag, facts)
    if AS_RECEIVED in bag.names:
        yield "records as received", partial(check_as_received, bag, facts)
    yield "key", partial(find_key, bag, facts, given.key, given.fingerprint)
    yield "signature", partial(check_signature, bag, facts, SIGNED, SIG)
    yield "SSH signature", partial(check_ssh_signature, bag, facts)
    yield "time stamp", partial(check_stamp, bag, facts, SIG, given.authority, expected=given.stamped)
    yield "audit chain", partial(check_chain, bag, facts)
    if CHECKPOINT in bag.names or facts.info.get("Signed-By", "nobody") != "nobody":
        yield "checkpoint signature", partial(check_checkpoint, bag, facts)
        stamp = partial(check_stamp, bag, facts, f"{CHECKPOINT}.sig", given.authority, expected=given.stamped)
        yield "checkpoint time stamp", stamp
        yield "end of the chain", partial(check_head, bag, facts)
    for text in given.checkpoints:
        yield "checkpoint held elsewhere", partial(check_outside, bag, text)
    for other in given.earlier:
        yield "earlier case file", partial(_check_earlier, bag, other)


def check_zip(path: Path, given: Given) -> str:
    """The zip has the digest that was told by another road."""
    with path.open("rb") as handle:
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    if found != "".join(given.zip_sha256.lower().split()):
        raise Failed(f"it is {found}")
    return found


def _check_earlier(bag: AnyBag, path: Path) -> str:
    return check_against(open_bag(path), bag)


def _one(step: str, check: Callable[[], str]) -> Line:
    try:
        return Line(step, HOLDS, check())
    except NotChecked as error:
        return Line(step, OPEN, str(error))
    except Failed as error:
        return Line(step, FAILS, str(error))
    except Exception as error:  # noqa: BLE001 whatever goes wrong, the check failed
        return Line(step, FAILS, f"{type(error).__name__}: {str(error)!a}"[:300])


def verdict(lines: list[Line]) -> int:
    """0: verified; 1: something failed; 3: nothing failed but the key or the signature was not established."""
    if any(line.outcome == FAILS for line in lines):
        return 1
    firm = {line.step for line in lines if line.outcome == HOLDS}
    return 0 if {"key", "signature"} <= firm else 3


def add_arguments(parser: argparse.ArgumentParser, *, path_needed: bool) -> None:
    """What may be said on the command line."""
    say = parser.add_argument
    say("path", nargs=None if path_needed else "?", type=Path, help="The zip or the unpacked folder")
    say("--key", type=Path, help="The signer's public key (PEM or OpenSSH), got by another road")
    say("--fingerprint", default="", help="Its fingerprint, if that is what was got")
    say("--tsa-ca", default="", help="The time-stamping authority's certificates (PEM); needs openssl")
    say("--checkpoint", type=Path, action="append", default=[], help="A copy of the checkpoint held elsewhere")
    say("--earlier", type=Path, action="append", default=[], help="An earlier case file of the same case")
    say("--sha256", default="", help="The digest of the zip that was told")


def run(options: dict[str, Any], say: Callable[[str], object] = print) -> int:
    """Check as the command line asks; prints a line a check and the verdict, returns the exit status."""
    given = Given(
        key=options["key"].read_text(encoding="utf-8") if options["key"] else "",
        fingerprint=options["fingerprint"],
        authority=options["tsa_ca"],
        checkpoints=tuple(copy.read_text(encoding="utf-8") for copy in options["checkpoint"]),
        earlier=tuple(options["earlier"]),
        zip_sha256=options["sha256"],
        stamped=bool(options["tsa_ca"]),
    )
    path = options["path"] or Path(__file__).resolve().parent.parent
    lines = verify_bag(path, given)
    for line in lines:
        say(str(line))
    status = verdict(lines)
    say(VERDICTS[status])
    return status


def main() -> int:
    """The command line of verify.py; without a path it checks the bag that it lies in."""
    parser = argparse.ArgumentParser(prog="verify.py", description="Check a case file.")
    add_arguments(parser, path_needed=False)
    return run(vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
