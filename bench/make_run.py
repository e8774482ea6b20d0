"""How long `make run` takes until groundling is ready, in a fresh clone of what is committed.

Covers: wall time from the command to the line that says ready; the first time with everything that
set-up does, the second with all of it done. Does not cover: a turn (bench.turn).
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.data_dir import VARIABLE
from deploy.plan import ROOT

START_TIMEOUT_S = 3600.0
"""Two gigabytes over a slow line take their time."""
STOP_TIMEOUT_S = 60.0
READY = "groundling is ready"


def time_make_run(arguments: Sequence[str]) -> tuple[float, float]:
    """Seconds until ready, first and second time. `arguments` are those of `groundling up`."""
    with tempfile.TemporaryDirectory(prefix="groundling-bench-") as folder:
        clone = Path(folder) / "groundling"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        return _seconds_until_ready(clone, arguments), _seconds_until_ready(clone, arguments)


def _seconds_until_ready(clone: Path, arguments: Sequence[str]) -> float:
    command = ["make", "run", f"ARGS={' '.join(['--free-ports', *arguments])}"]
    # Called by `make bench`, the outer make's variables would be the inner one's.
    ours = (VARIABLE, "GROUNDLING_RETRIEVAL_DATA_DIR", "VENV", "ARGS", "MAKEFLAGS", "MAKELEVEL")
    started = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=clone,
        env={name: value for name, value in os.environ.items() if name not in ours},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        limit = threading.Timer(START_TIMEOUT_S, os.killpg, (process.pid, signal.SIGTERM))
        limit.start()
        try:
            return _wait(process) - started
        finally:
            limit.cancel()
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
            process.communicate(timeout=STOP_TIMEOUT_S)


def _wait(process: subprocess.Popen[str]) -> float:
    said: list[str] = []
    for line in process.stdout or ():
        said.append(line)
        if line.startswith(READY):
            return time.monotonic()
    raise RuntimeError("make run did not come up:\n" + "".join(said[-40:]))
