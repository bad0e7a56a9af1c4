"""Case files that earlier versions wrote: each later version must still verify them, with the key of that time."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from investigations.casefile.verifying import steps

GOLDEN = sorted(Path(__file__).with_name("golden").glob("*/*.zip"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_it_still_verifies_by_this_version_and_by_its_own(path: Path, tmp_path: Path) -> None:
    key = path.parent / "signer.pub.pem"
    lines = list(steps.verify_each(path, steps.Given(key=key.read_text())))
    assert steps.verdict(lines) == 0 and {line.step for line in lines if line.outcome == steps.HOLDS} > {"signature"}
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    (script,) = tmp_path.glob("*/data/verify.py")
    command = [sys.executable, "-I", "-S", script, path, "--key", key]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_there_is_one_of_each_form() -> None:
    assert len(GOLDEN) >= 2
