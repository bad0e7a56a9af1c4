"""Signatures and stamps: good for the other side's tools, refused when anything about them is off."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from audit import keys
from audit.models import AuditEvent, SigningKey
from core import clock
from core.errors import Conflict
from core.signing.signers import SigningUnavailable, key_path
from core.signing.stamps import StampUnavailable
from tests.support.tsa import TestAuthority, running_authority

DATA = b"a manifest\n"


@pytest.fixture
def authority(tmp_path: Path, settings: object) -> Iterator[tuple[TestAuthority, str]]:
    with running_authority(tmp_path / "tsa") as (running, url):
        settings.TIME_STAMP_URLS, settings.TIME_STAMP_CA_FILE = [url], str(running.ca_file)  # type: ignore[attr-defined]
        settings.TIME_STAMP_TIMEOUT_S = 0.5  # type: ignore[attr-defined]
        yield running, url


def accepted_by_openssl(folder: Path, signature: keys.Signature, data: bytes) -> bool:
    (folder / "k.pem").write_text(signature.public_pem)
    (folder / "d").write_bytes(data)
    (folder / "s").write_bytes(signature.raw)
    command = "openssl pkeyutl -verify -pubin -inkey k.pem -rawin -in d -sigfile s"
    return subprocess.run(command.split(), cwd=folder, capture_output=True, check=False).returncode == 0


def accepted_by_ssh_keygen(folder: Path, signature: keys.Signature, data: bytes) -> bool:
    (folder / "signers").write_text(keys.public_list())
    (folder / "s.sig").write_text(signature.sshsig)
    command = "ssh-keygen -Y verify -f signers -I exports@stillwatch -n casefile -s s.sig"
    return subprocess.run(command.split(), cwd=folder, input=data, capture_output=True, check=False).returncode == 0


@pytest.mark.django_db
def test_stock_tools_accept_the_data_and_nothing_else(tmp_path: Path) -> None:
    signature = keys.sign(DATA, actor="user:1 ines", purpose="test")
    assert accepted_by_openssl(tmp_path, signature, DATA) and accepted_by_ssh_keygen(tmp_path, signature, DATA)
    assert not accepted_by_openssl(tmp_path, signature, b"A manifest\n")
    assert not accepted_by_ssh_keygen(tmp_path, signature, b"A manifest\n")
    used = AuditEvent.objects.get(action="key.used")
    assert (used.actor, used.facts["purpose"]) == ("user:1 ines", "test")


@pytest.mark.django_db
def test_a_first_key_is_private_and_stays_until_it_is_rotated(tmp_path: Path, settings: object) -> None:
    first = keys.sign(DATA, actor="x", purpose="test")
    path = key_path(settings.SIGNING_DIR, first.fingerprint)  # type: ignore[attr-defined]
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.sign(DATA, actor="x", purpose="test").fingerprint == first.fingerprint
    keys.rotate_key(actor="x", reason="yearly")
    second = keys.sign(DATA, actor="x", purpose="test")
    assert second.fingerprint != first.fingerprint
    assert accepted_by_ssh_keygen(tmp_path, first, DATA), "a retired key's signatures stay good"
    keys.revoke_key(fingerprint=first.fingerprint, actor="x", reason="laptop lost")
    assert not accepted_by_ssh_keygen(tmp_path, first, DATA) and accepted_by_ssh_keygen(tmp_path, second, DATA)
    assert (
        f"REVOKED {keys.utc_z(SigningKey.objects.get(fingerprint=first.fingerprint).revoked_at)}" in keys.public_list()
    )
    keys.revoke_key(fingerprint=second.fingerprint, actor="x", reason="also lost")
    with pytest.raises(SigningUnavailable, match="rotate"):
        keys.sign(DATA, actor="x", purpose="test")
    path.chmod(0o644)
    with pytest.raises(Conflict):
        keys.revoke_key(fingerprint=first.fingerprint, actor="x", reason="again")


@pytest.mark.django_db
def test_a_command_signs_for_its_own_key_alone(tmp_path: Path, settings: object) -> None:
    """The stand-in for an HSM is OpenSSL, which wants the data in a file as a PKCS#11 tool does."""
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "hsm.pem"], cwd=tmp_path, check=True)
    subprocess.run(["openssl", "pkey", "-in", "hsm.pem", "-pubout", "-out", "hsm.pub"], cwd=tmp_path, check=True)
    script = tmp_path / "sign.sh"
    sign = "openssl pkeyutl -sign -inkey hsm.pem -rawin -in d.$$ -out s.$$"
    script.write_text(f"#!/bin/sh\nset -e; cd {tmp_path}; cat >d.$$; {sign}; cat s.$$\n")
    script.chmod(0o700)
    settings.SIGNING_COMMAND, settings.SIGNING_PUBLIC_KEY = str(script), str(tmp_path / "hsm.pub")  # type: ignore[attr-defined]
    signature = keys.sign(DATA, actor="x", purpose="test")
    assert accepted_by_openssl(tmp_path, signature, DATA) and accepted_by_ssh_keygen(tmp_path, signature, DATA)
    for command, why in (
        (f"{shlex.quote(sys.executable)} -c 'import os; os.write(1, bytes(64))'", "no signature"),
        ("false", "status 1"),
        ("/nowhere/sign", "could not be run"),
    ):
        settings.SIGNING_COMMAND = command  # type: ignore[attr-defined]
        with pytest.raises(SigningUnavailable, match=why):
            keys.sign(DATA, actor="x", purpose="test")


def test_without_an_authority_nothing_is_stamped() -> None:
    assert keys.time_stamp(DATA) is None


def test_a_good_stamp_verifies_for_the_other_side(authority: tuple[TestAuthority, str], tmp_path: Path) -> None:
    stamp = keys.time_stamp(DATA)
    assert stamp is not None and abs((clock.now() - stamp.attested_at).total_seconds()) < 60
    (tmp_path / "d").write_bytes(DATA)
    (tmp_path / "r").write_bytes(stamp.reply)
    command = f"openssl ts -verify -data d -in r -CAfile {authority[0].ca_file}"
    assert subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [("error", "HTTP 500"), ("slow", "within 0.5 s"), ("other-nonce", "nonce"), ("other-hash", "imprint mismatch")],
)
def test_a_bad_reply_is_refused(authority: tuple[TestAuthority, str], behaviour: str, why: str) -> None:
    authority[0].behaviour = behaviour
    with pytest.raises(StampUnavailable, match=why):
        keys.time_stamp(DATA)


def test_an_old_time_and_a_strange_root_are_refused(
    authority: tuple[TestAuthority, str], tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = clock.now
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: real() + timedelta(days=2))
        with pytest.raises(StampUnavailable, match="away from ours"):
            keys.time_stamp(DATA)
    (tmp_path / "other").mkdir()
    settings.TIME_STAMP_CA_FILE = str(TestAuthority(tmp_path / "other").ca_file)  # type: ignore[attr-defined]
    with pytest.raises(StampUnavailable, match="openssl refuses"):
        keys.time_stamp(DATA)


def test_the_next_authority_is_asked_when_one_fails(authority: tuple[TestAuthority, str], settings: object) -> None:
    running, url = authority
    settings.TIME_STAMP_URLS = ["http://127.0.0.1:9/", url]  # type: ignore[attr-defined]
    stamp = keys.time_stamp(DATA)
    assert stamp is not None and (stamp.authority, running.asked) == (url, 1)
