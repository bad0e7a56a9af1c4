"""Case files that earlier versions wrote: each later version must still verify them, with the key of that time."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from investigations.casefile.verifying import signatures, steps
from tests.support.tsa import TestAuthority

GOLDEN = sorted(Path(__file__).with_name("golden").glob("*/*.zip"))

STAMPED = Path(__file__).with_name("golden") / "0.1.0-stamped" / "CASE-2025-0001_export-01.zip"
REAL = shutil.which("openssl")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_it_still_verifies_by_this_version_and_by_its_own(path: Path, tmp_path: Path) -> None:
    key, authority = (path.parent / name for name in ("signer.pub.pem", "tsa-ca.pem"))
    stamped = authority.exists()
    given = steps.Given(key=key.read_text(), authority=str(authority) if stamped else "", stamped=stamped)
    lines = list(steps.verify_each(path, given))
    open_ = {line.step for line in lines if line.outcome != steps.HOLDS}
    assert steps.verdict(lines) == 0 and open_ == (set() if stamped else {"time stamp", "checkpoint time stamp"})
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    (script,) = tmp_path.glob("*/data/verify.py")
    command = [sys.executable, "-I", "-S", script, path, "--key", key, *(["--tsa-ca", authority] if stamped else [])]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_there_is_one_of_each_form_and_a_stamped_one() -> None:
    assert len(GOLDEN) >= 3 and STAMPED.is_file()


def test_a_stamp_holds_after_the_authoritys_certificates_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked as if in the year 2200, when the test authority's certificates are long over; and with another authority."""
    later = tmp_path / "openssl"
    later.write_text(f'#!/bin/sh\ncase "$*" in *-attime*) ;; *) set -- "$@" -attime 7258118400;; esac\n{REAL} "$@"\n')
    later.chmod(0o700)
    monkeypatch.setattr(signatures.shutil, "which", lambda name: str(later))
    given = steps.Given(
        key=(STAMPED.parent / "signer.pub.pem").read_text(), authority=str(STAMPED.parent / "tsa-ca.pem")
    )
    stamps = [line for line in steps.verify_each(STAMPED, given) if line.step.endswith("time stamp")]
    assert [(line.outcome, "has expired since" in line.words) for line in stamps] == [(steps.HOLDS, True)] * 2
    other = TestAuthority(tmp_path)
    refused = steps.verify_bag(STAMPED, steps.Given(key=given.key, authority=str(other.ca_file)))
    assert steps.verdict(refused) == 1
    plain = next(path for path in GOLDEN if path.parent != STAMPED.parent)
    told = steps.Given(key=(plain.parent / "signer.pub.pem").read_text(), authority=given.authority, stamped=True)
    assert steps.verdict(steps.verify_bag(plain, told)) == 1  # told that it is stamped; it is not
