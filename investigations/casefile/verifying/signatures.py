"""Who signed, and when a time-stamping authority saw it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from investigations.casefile.verifying.bags import AnyBag, read_all
from investigations.casefile.verifying.chains import CHECKPOINT
from investigations.casefile.verifying.contents import LISTS, Facts, Failed
from investigations.casefile.verifying.ed25519 import signature_holds
from investigations.casefile.verifying.envelopes import fingerprints, read_key, read_stamp, ssh_signature_holds

NAMESPACE = "casefile"
SIGNED = LISTS[0]
SIG, SSHSIG = f"signatures/{SIGNED}.sig", f"signatures/{SIGNED}.sshsig"
KEY = "data/signer.pub.pem"


class NotChecked(Exception):
    """A check that could not be made; the words say what it needs."""


def find_key(bag: AnyBag, facts: Facts, given: str, told: str) -> str:
    """The key to check with: the one given by another road, or the bag's own if it has the fingerprint that was told."""
    named = facts.info.get("Signed-By", "nobody")
    if given:
        facts.key, facts.trusted = read_key(given), True
    elif named != "nobody" and KEY in bag.names:
        facts.key = read_key(read_all(bag, KEY).decode("ascii"))
        facts.trusted = told.strip() in fingerprints(facts.key)
    if facts.key is None or named == "nobody":
        if given or told:
            raise Failed("a key was given, but this bag says that it is not signed")
        raise NotChecked("this bag is not signed: its digests show that it fits together, not who made it")
    found = fingerprints(facts.key)[0]
    if told and not facts.trusted:
        raise Failed(f"the bag's key has the fingerprint {found}, not the one that was told")
    if named != found:
        raise Failed(f"bag-info.txt names {named!a} as signer; the key is {found}")
    if not facts.trusted:
        raise NotChecked(
            f"only the bag's own key {found} is here: compare it with one got by another road (--fingerprint)"
        )
    return f"{found}, got by another road"


def check_signature(bag: AnyBag, facts: Facts, signed: str, signature: str) -> str:
    """The raw Ed25519 signature over a file, checked with the key."""
    key = _key(facts)
    if signature not in bag.names:
        raise Failed(f"{signature} is missing")
    if not signature_holds(key, read_all(bag, signed), read_all(bag, signature)):
        raise Failed(f"{signature} is not this key's signature of {signed}")
    return f"Ed25519 over {signed}"


def check_ssh_signature(bag: AnyBag, facts: Facts) -> str:
    """The same key's SSH signature in the namespace `casefile`; with `ssh-keygen` too where there is one."""
    key = _key(facts)
    if SSHSIG not in bag.names:
        raise Failed(f"{SSHSIG} is missing")
    armoured = read_all(bag, SSHSIG).decode("ascii")
    if not ssh_signature_holds(key, read_all(bag, SIGNED), armoured, NAMESPACE):
        raise Failed(f"{SSHSIG} is not this key's signature of {SIGNED}")
    return f"SSHSIG, namespace {NAMESPACE}"


def check_stamp(bag: AnyBag, facts: Facts, signature: str, authority: str, *, expected: bool = False) -> str:
    """The time stamp is of the signature's bytes; with the authority's certificate, `openssl` checks who stamped."""
    _key(facts)
    name = f"{signature}.tsr"
    if name not in bag.names:
        if expected:
            raise Failed("an authority's certificate was given, but this file is not time-stamped")
        raise NotChecked("this file is not time-stamped: when it was signed rests on the signer's word")
    reply, stamped = read_all(bag, name), read_all(bag, signature)
    stamp = read_stamp(reply)
    if not stamp.covers(stamped):
        raise Failed(f"{name} stamps other bytes than {signature}")
    if not authority:
        raise NotChecked(f"says {stamp.at}; who says so needs the authority's certificate (--tsa-ca) and openssl")
    since = _ask_openssl(stamped, reply, authority, name, stamp.moment)
    return f"{stamp.at}, checked by openssl against {Path(authority).name}{since}"


def _ask_openssl(stamped: bytes, reply: bytes, authority: str, name: str, moment: int) -> str:
    """Ask for now; if a certificate expired meanwhile, for the moment of the stamp, and say so."""
    program = shutil.which("openssl")
    if program is None:
        raise NotChecked("openssl is not installed here")
    with tempfile.TemporaryDirectory() as folder:
        data, answer = Path(folder, "data"), Path(folder, "reply")
        data.write_bytes(stamped)
        answer.write_bytes(reply)
        command = [program, "ts", "-verify", "-data", str(data), "-in", str(answer), "-CAfile", authority]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = " ".join((done.stderr or done.stdout).split())
        if done.returncode == 0:
            return ""
        then = [*command, "-attime", str(moment)]
        if "certificate has expired" in said and not subprocess.run(then, capture_output=True, check=False).returncode:
            return "; a certificate of the authority has expired since, and was valid then"
    raise Failed(f"openssl refuses {name}: {said[-200:]!a}")


def check_checkpoint(bag: AnyBag, facts: Facts) -> str:
    """The checkpoint is signed by the same key."""
    return check_signature(bag, facts, CHECKPOINT, f"{CHECKPOINT}.sig")


def _key(facts: Facts) -> bytes:
    if facts.key is None:
        raise NotChecked("this bag is not signed")
    return facts.key
