"""Whatever is done to a really exported bag is caught by `verify.py`, and by the shell steps where they apply."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from investigations.casefile import sealing, services
from investigations.casefile.verifying import steps
from tests.support.tampering import FOLDER_TAMPERS, SIG, ZIP_TAMPERS, Bench, other_case

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_every_tampered_bag_is_caught(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    lines = steps.verify_bag(bench.bag, bench.given())
    assert steps.verdict(lines) == 0 and all(line.outcome == steps.HOLDS for line in lines), [*map(str, lines)]
    assert (bench.verdict(bench.zip), bench.shell(bench.bag)) == (0, 0)
    missed, by_shell = [], 0
    for name, tamper in FOLDER_TAMPERS.items():
        folder = bench.copy()
        tamper(bench, folder)
        if bench.verdict(folder) != 1:
            missed.append(f"verify.py: {name}")
        if bench.shell(folder) == 0:
            missed.append(f"shell: {name}")
        by_shell += 1
    for name, make in ZIP_TAMPERS.items():
        if bench.verdict(make(bench, bench.folder / f"{name.replace(' ', '-')}.zip")) != 1:
            missed.append(f"verify.py: {name}")
    elsewhere = bench.copy()
    elsewhere = elsewhere.rename(elsewhere.with_name(elsewhere.name.replace(elsewhere.name[:14], "CASE-2099-0001")))
    other_case(bench, elsewhere)
    if bench.verdict(elsewhere) != 1 or bench.shell(elsewhere) == 0:
        missed.append("the trail of another case")
    other = sealing.public_pem(bytes(Ed25519PrivateKey.generate().public_key().public_bytes_raw()))
    if steps.verdict(steps.verify_bag(bench.bag, bench.given(key=other))) != 1:
        missed.append("verify.py: wrong key")
    if bench.verdict(bench.zip, zip_sha256="0" * 64) != 1:
        missed.append("verify.py: another zip than the one that was told")
    total, by_shell = len(FOLDER_TAMPERS) + len(ZIP_TAMPERS) + 3, by_shell + 1
    with capsys.disabled():
        print(
            f"\n{total - len(missed)} of {total} tampered bags caught by verify.py, {by_shell} of them by the shell too"
        )
    assert not missed


def test_the_script_in_the_bag_needs_nothing_but_python_and_a_partial_file_at_rest_is_not_handed_over(
    bench: Bench,
) -> None:
    key = bench.folder / "key.pem"
    key.write_text(bench.key)
    script = bench.bag / "data/verify.py"
    command = [sys.executable, "-I", "-S", str(script), str(bench.zip), "--key", str(key), "--tsa-ca", bench.authority]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not checked" not in done.stdout and "FAILED" not in done.stdout
    alone = subprocess.run([sys.executable, "-I", "-S", script], capture_output=True, text=True, check=False)
    assert alone.returncode == 3 and "compare it with one got by another road" in alone.stdout
    fingerprint = steps.verify_bag(bench.bag, steps.Given(fingerprint=bench.sealer.fingerprint))
    assert steps.verdict(fingerprint) == 0

    export = services.CaseExport.objects.get()
    whole = bench.zip.read_bytes()
    for name, data in {"cut": whole[:-1], "flipped": whole[:99] + bytes([whole[99] ^ 1]) + whole[100:]}.items():
        bench.zip.write_bytes(data)
        with pytest.raises(services.Unavailable, match="changed"):
            services.open_export(export=export, actor=export.requested_by)
        assert bench.verdict(bench.zip) == 1, name


def test_two_bags_of_one_state_differ_in_nothing_but_time_stamps(bench: Bench) -> None:
    export = services.CaseExport.objects.get()
    folders = []
    for name in ("a", "b"):  # the second writing takes the checkpoint of the first: the chain did not grow
        services._build(export, bench.folder / name)
        folders.append(bench.folder / name / export.name)
    found = [{p.relative_to(f).as_posix(): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in folders]
    assert found[0].keys() == found[1].keys()
    assert {name for name in found[0] if found[0][name] != found[1][name]} <= {f"{SIG}.tsr"}
    assert json.loads(found[0]["data/case.json"])["seal"] == "signed and time-stamped"
