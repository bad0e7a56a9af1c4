"""`manage.py demo`: writes once, registers its folders, refuses to pass one log off as another."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from traffic.demo.writers import FOLDERS
from traffic.models import Source


def run(out: Path, *arguments: str) -> str:
    said = StringIO()
    call_command("demo", "--out", str(out), "--scale", "0.02", *arguments, stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_the_command_writes_and_registers_and_a_second_start_does_neither_twice(tmp_path: Path) -> None:
    run(tmp_path, "--seed", "5")
    stamps = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    assert "there already" in run(tmp_path, "--seed", "5", "--if-absent")
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()} == stamps
    found = {s.slug: (s.kind, s.path, s.watch) for s in Source.objects.all()}
    assert found == {f.slug: (f.kind, str(tmp_path / f.slug), True) for f in FOLDERS}


def test_files_only_asks_no_database(tmp_path: Path) -> None:
    said = run(tmp_path, "--no-register", "--with-truth")
    assert "accounts and" in said and (tmp_path / "truth.jsonl").exists()


def test_another_log_is_not_taken_for_the_one_asked_for(tmp_path: Path) -> None:
    run(tmp_path, "--seed", "5", "--no-register")
    with pytest.raises(CommandError, match="holds another demo log"):
        run(tmp_path, "--seed", "6", "--if-absent", "--no-register")


def test_a_scale_out_of_range_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="scale is 900.0; it must lie between 0.01 and 50"):
        call_command("demo", "--out", str(tmp_path), "--scale", "900", "--no-register")
