"""What `script/bootstrap` says on a machine that lacks something: one clear sentence and a non-zero exit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.worker import ROOT

TOOLS = ("sh", "env", "dirname", "readlink", "df", "awk", "grep", "rm", "mv", "cat", "id")


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A copy of the scripts and locks in a folder with a space, without an environment."""
    root = tmp_path / "a room"
    shutil.copytree(ROOT / "script", root / "script")
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, root / name)
    return root


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH with a few tools and whatever Python the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(str(shutil.which(tool)))
    return folder


def program(folder: Path, name: str, body: str) -> None:
    # The tools here are links to the machine's own: writing through one would replace the program itself.
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def bootstrap(room: Path, path: Path, *, command: str = "bootstrap", **environment: str) -> tuple[int, str]:
    """Exit status and what it said, called from another folder."""
    done = subprocess.run(
        [str(room / "script" / command)],
        cwd="/",
        env={"PATH": str(path), "HOME": str(room), **environment},
        capture_output=True,
        check=False,
        text=True,
    )
    return done.returncode, done.stderr.strip()


def test_no_python(room: Path, path: Path) -> None:
    status, said = bootstrap(room, path)
    assert status == 1
    assert said.startswith(
        "Stillwatch needs Python 3.11 or newer, and there is no Python here (Debian or Ubuntu: apt-get"
    )


def test_python_too_old(room: Path, path: Path) -> None:
    old = 'case "$2" in *"%d.%d.%d"*) echo 3.9.2 ;; *) exit 1 ;; esac'
    program(path, "python3", old)
    status, said = bootstrap(room, path, command="server")
    assert status == 1
    assert said.startswith("Stillwatch needs Python 3.11 or newer; python3 here is 3.9.2 (")
    assert "\n" not in said


def test_a_newer_python_is_found_behind_an_old_one(room: Path, path: Path) -> None:
    program(path, "python3", 'case "$2" in *"%d.%d.%d"*) echo 3.9.2 ;; *) exit 1 ;; esac')
    program(path, "df", 'echo "Filesystem 1024-blocks Used Available"; echo "disk 9 9 1024000 9% /"')
    program(path, "python3.12", f'exec "{sys.executable}" "$@"')
    _, said = bootstrap(room, path)
    assert said.startswith("Stillwatch needs about 1.5 GB of disk")


def test_no_venv_module(room: Path, path: Path) -> None:
    program(path, "python3", f'case "$2" in *ensurepip*) exit 1 ;; esac; exec "{sys.executable}" "$@"')
    status, said = bootstrap(room, path)
    short = f"{sys.version_info[0]}.{sys.version_info[1]}"
    want = f"Python {short} here cannot make virtual environments: its venv module is missing (Debian or Ubuntu: apt-get install python{short}-venv)."
    assert (status, said) == (1, want)


def test_no_disk(room: Path, path: Path) -> None:
    program(path, "python3", f'exec "{sys.executable}" "$@"')
    program(path, "df", 'echo "Filesystem 1024-blocks Used Available"; echo "disk 9 9 1024000 9% /"')
    status, said = bootstrap(room, path)
    want = f"Stillwatch needs about 1.5 GB of disk for its packages; {room} has 1000 MB free."
    assert (status, said) == (1, want)


def test_no_package_index(room: Path, path: Path) -> None:
    program(path, "python3", f'exec "{sys.executable}" "$@"')
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "UV_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "0",
    }
    status, said = bootstrap(room, path, PIP_CONFIG_FILE=os.devnull, **nowhere)
    assert status == 1
    assert said.splitlines()[-1].startswith("The packages could not be installed: the package index cannot be reached")
    assert not (room / ".venv" / "stillwatch-locks").exists()


def test_nothing_is_done_when_the_locks_are_unchanged(room: Path, path: Path) -> None:
    """The second start neither looks for a Python nor asks an index."""
    import hashlib

    bin_folder = room / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    program(bin_folder, "python", f'exec "{sys.executable}" "$@"')
    lock = "requirements.txt"
    (room / ".venv" / "stillwatch-locks").write_text(
        f"{lock} {hashlib.sha256((room / lock).read_bytes()).hexdigest()}\n"
    )
    assert bootstrap(room, path) == (0, "")
    (room / lock).write_text("# another lock\n")
    assert bootstrap(room, path)[0] == 1


def test_it_works_through_a_symlink(room: Path, path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("a room/script/server")
    done = subprocess.run([str(link)], cwd="/", env={"PATH": str(path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "there is no Python here" in done.stderr


@pytest.mark.parametrize("name", ["bootstrap", "server", "manage", "test", "check", "bench"])
def test_scripts_are_posix_shell(name: str) -> None:
    file = ROOT / "script" / name
    assert os.access(file, os.X_OK)
    assert file.read_text().startswith("#!/bin/sh\n")
    subprocess.run([shutil.which("dash") or "sh", "-n", str(file)], check=True)


def test_locks_name_no_index() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert "--hash=sha256:" in text
        assert not any(
            word in text for word in ("--index-url", "--extra-index-url", "--find-links", "http://", "https://")
        )
