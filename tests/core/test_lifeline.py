"""Who hangs on a lifeline ends with its owner, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.waiting import wait_for
from tests.support.worker import ROOT, alive

OWNER = """
import subprocess, sys, time
from core.lifeline import Lifeline
lifeline = Lifeline.start()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
lifeline.hold(child.pid)
lifeline.hold(other.pid)
lifeline.release(other.pid)
print(child.pid, other.pid, lifeline.process.pid, flush=True)
time.sleep(600)
"""


def test_held_processes_end_when_the_owner_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    held, released, watcher = map(int, owner.stdout.readline().split())
    try:
        assert alive(held) and alive(released) and alive(watcher)
        owner.kill()
        owner.wait()
        wait_for(lambda: not alive(held) and not alive(watcher), 10, "the held process or the watcher lives on")
        assert alive(released)
    finally:
        os.kill(released, signal.SIGKILL)
