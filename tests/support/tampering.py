"""A sealed bag, what the other side and an insider hold, and what either may do to it: one function an attack."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.signing import keys
from investigations.casefile import bag, sealing
from investigations.casefile.verifying import steps
from investigations.casefile.verifying.chains import withheld
from investigations.services import record_case_view
from tests.factories.investigations import (
    CaseAccountFactory,
    DecisionFactory,
    FlaggedSessionFactory,
    NoteFactory,
    SamplePromptFactory,
)
from tests.factories.staff import UserFactory
from tests.support.exports import unpacked, written
from tests.support.tsa import running_authority

RECORDS = "data/records/exchanges.jsonl"
SIG = "signatures/tagmanifest-sha256.txt.sig"


@dataclass
class Bench:
    """One sealed bag, what the other side got by another road, and what an insider holds."""

    bag: Path
    zip: Path
    folder: Path
    key: str
    authority: str
    sealer: Any
    count: int = 0

    def copy(self) -> Path:
        self.count += 1
        return Path(shutil.copytree(self.bag, self.folder / str(self.count) / self.bag.name))

    def given(self, **more: Any) -> steps.Given:
        return steps.Given(**{"key": self.key, "authority": self.authority} | more)

    def verdict(self, path: Path, **more: Any) -> int:
        return steps.verdict(steps.verify_bag(path, self.given(**more)))

    def shell(self, folder: Path) -> int:
        key = self.folder / "signer.pub.pem"
        key.write_text(self.key)
        script = self.folder / "verify.sh"  # the published copy, not the one in the bag
        shutil.copyfile(self.bag / "data/verify.sh", script)
        done = subprocess.run(["sh", script, key, self.authority], cwd=folder, capture_output=True, check=False)
        return done.returncode

    def rehash(self, folder: Path) -> None:
        """Manifests made anew, as an editor of the bag would."""
        info = dict(line.split(": ", 1) for line in (folder / "bag-info.txt").read_text().splitlines())
        bag.seal_bag(folder, info)

    def resign(self, folder: Path, *, stamp: bool) -> None:
        """The insider: holds the desk's key, and may ask the authority for a stamp."""
        old = (folder / f"{SIG}.tsr").read_bytes()
        shutil.rmtree(folder / "signatures")
        sealing.seal(folder, self.sealer)
        if not stamp:
            (folder / f"{SIG}.tsr").write_bytes(old)


@contextmanager
def sealed_bag(tmp_path: Path, settings: Any) -> Iterator[Bench]:
    """A case file that was really exported and time-stamped."""
    member = CaseAccountFactory()
    for _ in range(2):
        SamplePromptFactory(session=FlaggedSessionFactory(account=member.account))
    DecisionFactory(case=member.case)
    NoteFactory(case=member.case)
    for _ in range(3):
        record_case_view(case=member.case, actor=UserFactory())
    with running_authority(tmp_path / "tsa") as (authority, url):
        settings.TIME_STAMP_URLS, settings.TIME_STAMP_CA_FILE = [url], str(authority.ca_file)
        export = written(member.case)
        sealer = sealing.DeskSealer()
        path = Path(settings.EXPORT_DIR) / f"{export.name}.zip"
        folder = unpacked(export, tmp_path / "bag")
        yield Bench(folder, path, tmp_path, sealer.public_pem, str(authority.ca_file), sealer)


def _edit(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def _edited_and_rehashed(b: Bench, f: Path) -> None:
    _edit(f / RECORDS, lambda data: data.replace(b"Explain", b"Forget!"))
    b.rehash(f)


def _resigned(b: Bench, f: Path, *, stamp: bool) -> None:
    _edited_and_rehashed(b, f)
    b.resign(f, stamp=stamp)


def _altered_payload(b: Bench, f: Path) -> None:
    _edit(f / "data/audit/payloads.jsonl", lambda data: data.replace(b"casefile.requested", b"casefile.Requested"))
    b.rehash(f)
    b.resign(f, stamp=True)


def _withheld_payload(b: Bench, f: Path) -> None:
    """As a produced form may have it; this form claims to be sealed."""
    digest = (f / "data/audit/chain.tsv").read_text().splitlines()[0].split("\t")[5]
    _edit(
        f / "data/audit/payloads.jsonl",
        lambda data: b"".join([withheld(digest), *data.splitlines(keepends=True)[1:]]),
    )
    b.rehash(f)
    b.resign(f, stamp=True)


def _cut_chain(b: Bench, f: Path, *, head_too: bool) -> None:
    """The last entry is taken out everywhere, and the bag is signed and stamped anew."""
    for name in ("chain.tsv", "payloads.jsonl"):
        _edit(f / "data/audit" / name, lambda data: b"".join(data.splitlines(keepends=True)[:-1]))
    if head_too:
        last = (f / "data/audit/chain.tsv").read_text().splitlines()[-1].split("\t")
        info = (f / "bag-info.txt").read_text().splitlines()
        lines = [f"Audit-Head: {last[1]} {last[6]}" if line.startswith("Audit-Head") else line for line in info]
        (f / "bag-info.txt").write_text("\n".join(lines) + "\n")
    b.rehash(f)
    b.resign(f, stamp=True)


def _other_checkpoint(b: Bench, f: Path) -> None:
    """A true checkpoint of the desk, made for another chain's sake after this one was cut."""
    other = b.sealer.checkpoint("system", purpose="another")
    (f / "data/audit/checkpoint-leaf.txt").write_bytes(other.leaf)
    b.rehash(f)
    b.resign(f, stamp=True)


def _no_checkpoint(b: Bench, f: Path) -> None:
    for path in (f / "data/audit").glob("checkpoint*"):
        path.unlink()
    b.rehash(f)
    b.resign(f, stamp=True)


def _info(f: Path, **changed: str) -> None:
    """bag-info.txt with other values; an underscore stands for a hyphen."""
    new = {name.replace("_", "-"): value for name, value in changed.items()}
    pairs = [line.split(": ", 1) for line in (f / "bag-info.txt").read_text().splitlines()]
    (f / "bag-info.txt").write_text("".join(f"{name}: {new.get(name, value)}\n" for name, value in pairs))


def _stamp_taken_out(b: Bench, f: Path) -> None:
    """An insider who waits until the face is trusted: it says "time-stamped", and no stamp is there to hold against it."""
    (f / f"{SIG}.tsr").unlink()
    _info(f, Files_Outside_Manifests=f"{SIG} {SIG.removesuffix('.sig')}.sshsig")
    b.rehash(f)
    shutil.rmtree(f / "signatures")
    sealing.seal(f, SimpleNamespace(sign=b.sealer.sign, stamps=False))


def other_case(b: Bench, f: Path) -> None:
    """The records of one case under the trail of another; the folder has the new name already."""
    _edit(f / "data/case.json", lambda data: data.replace(b.bag.name[:14].encode(), b"CASE-2099-0001"))
    _info(f, External_Identifier=f.name)
    b.rehash(f)
    b.resign(f, stamp=True)


def _form_turned(b: Bench, f: Path) -> None:
    _edit(f / "data/case.json", lambda data: data.replace(b'"form":"sealed"', b'"form":"produced"'))
    b.rehash(f)
    b.resign(f, stamp=True)


def _link(f: Path) -> None:
    (f / RECORDS).rename(f.parent / "elsewhere")
    (f / RECORDS).symlink_to(f.parent / "elsewhere")


def _signature_of_another_key(f: Path) -> None:
    other = Ed25519PrivateKey.generate()
    public = other.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    message = (f / "tagmanifest-sha256.txt").read_bytes()
    armoured = keys.ssh_signature(public, other.sign(keys.ssh_message(message)))
    (f / "signatures/tagmanifest-sha256.txt.sshsig").write_text(armoured)


def _unsigned(b: Bench, f: Path) -> None:
    shutil.rmtree(f / "signatures")
    info = [line for line in (f / "bag-info.txt").read_text().splitlines() if not line.startswith("Files-Outside")]
    lines = ["Signed-By: nobody" if line.startswith("Signed-By") else line for line in info]
    (f / "bag-info.txt").write_text("\n".join(lines) + "\n")
    b.rehash(f)


FOLDER_TAMPERS: dict[str, Callable[[Bench, Path], object]] = {
    "one byte flipped": lambda b, f: _edit(f / RECORDS, lambda data: bytes([data[0] ^ 1]) + data[1:]),
    "added payload": lambda b, f: (f / "data/records/more.jsonl").write_text("{}\n"),
    "added tag file": lambda b, f: (f / "note-tag.txt").write_text("Source-Organization: elsewhere\n"),
    "added empty folder's file": lambda b, f: (f / "signatures/more.sig").write_bytes(b""),
    "newline in a file name": lambda b, f: (f / "data/records/a\nb.jsonl").write_text("{}\n"),
    "removed file": lambda b, f: (f / RECORDS).unlink(),
    "symbolic link": lambda b, f: _link(f),
    "pipe among the files": lambda b, f: os.mkfifo(f / "data/records/pipe"),
    "files to be fetched": lambda b, f: (f / "fetch.txt").write_text("http://example.org/x - data/x\n"),
    "edited and hashed again": _edited_and_rehashed,
    "swapped signature": lambda b, f: (f / SIG).write_bytes(bytes(64)),
    "swapped SSH signature": lambda b, f: _signature_of_another_key(f),
    "removed signature": lambda b, f: (f / SIG).unlink(),
    "signatures stripped, bag declared unsigned": _unsigned,
    "time stamp of something else": lambda b, f: (f / f"{SIG}.tsr").write_bytes(b.sealer.time_stamp(b"other")),
    "time stamp cut short": lambda b, f: _edit(f / f"{SIG}.tsr", lambda data: data[:-40]),
    "signed again by an insider, old stamp": lambda b, f: _resigned(b, f, stamp=False),
    "audit payload altered, signed and stamped again": _altered_payload,
    "audit payload withheld in a sealed form, signed and stamped again": _withheld_payload,
    "chain cut, signed and stamped again": lambda b, f: _cut_chain(b, f, head_too=False),
    "chain and head cut, signed and stamped again": lambda b, f: _cut_chain(b, f, head_too=True),
    "checkpoint replaced by another one": lambda b, f: _other_checkpoint(b, f),
    "time stamp taken out by an insider": _stamp_taken_out,
    "form turned on the face, signed and stamped again": _form_turned,
    "checkpoint taken out, signed and stamped again": lambda b, f: _no_checkpoint(b, f),
}


def _zip_with(b: Bench, target: Path, change: Callable[[zipfile.ZipFile], object]) -> Path:
    shutil.copyfile(b.zip, target)
    with zipfile.ZipFile(target, "a") as archive:
        change(archive)
    return target


def _hidden(b: Bench, target: Path) -> Path:
    """Bytes before the first entry: some programs would take them for an entry of their own."""
    target.write_bytes(b"PK\x03\x04 hidden" + b.zip.read_bytes())
    return target


def _patched(b: Bench, target: Path, change: Callable[[bytearray, int, int], object]) -> Path:
    """The zip with some bytes changed; `change` is told where its last entry and that entry's place in the directory begin."""
    data = bytearray(b.zip.read_bytes())
    with zipfile.ZipFile(b.zip) as archive:
        change(data, archive.infolist()[-1].header_offset, data.rindex(b"PK\x01\x02"))
    target.write_bytes(data)
    return target


def _other_name_for_others(data: bytearray, entry: int, directory: int) -> None:
    """A Unicode path field in the directory: Info-ZIP unpacks the file under this name, Python under the other."""
    name = int.from_bytes(data[directory + 28 : directory + 30], "little")
    extra = (
        b"up\x0a\x00\x01" + zlib.crc32(data[directory + 46 : directory + 46 + name]).to_bytes(4, "little") + b"other"
    )
    data[directory + 30 : directory + 32] = len(extra).to_bytes(2, "little")
    data[directory + 46 + name : directory + 46 + name] = extra
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 16] = (int.from_bytes(data[end + 12 : end + 16], "little") + len(extra)).to_bytes(4, "little")


def _commented(archive: zipfile.ZipFile) -> None:
    archive.comment = b"Superseded: rely on the file that follows"


ZIP_TAMPERS: dict[str, Callable[[Bench, Path], Path]] = {
    "duplicate zip entry": lambda b, t: _zip_with(b, t, lambda a: a.writestr(f"{b.bag.name}/{RECORDS}", "{}\n")),
    "traversal name in the zip": lambda b, t: _zip_with(b, t, lambda a: a.writestr(f"{b.bag.name}/../../x", "x")),
    "absolute name in the zip": lambda b, t: _zip_with(b, t, lambda a: a.writestr("/etc/x", "x")),
    "second folder in the zip": lambda b, t: _zip_with(b, t, lambda a: a.writestr("other/x", "x")),
    "hidden bytes in the zip": _hidden,
    "comment that a zip program shows": lambda b, t: _zip_with(b, t, _commented),
    "bytes behind the zip": lambda b, t: _patched(b, t, lambda data, entry, directory: data.extend(b"more")),
    "other name for other zip programs": lambda b, t: _patched(b, t, _other_name_for_others),
    "packed for a program that reads from the front": lambda b, t: _patched(
        b, t, lambda data, entry, directory: data.__setitem__(entry + 8, 8)
    ),
}
