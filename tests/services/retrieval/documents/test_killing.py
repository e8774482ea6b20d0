"""kill -9 at any moment loses nothing acknowledged and leaves nothing half done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
ROUNDS = 30


def test_killed_thirty_times_nothing_acknowledged_is_lost_and_nothing_is_half_there(
    tmp_path: Path,
) -> None:
    program = Path(__file__).with_name("killing.py")
    run = subprocess.run(
        [sys.executable, str(program), str(tmp_path / "kept"), str(ROUNDS), "3"],
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr.decode()
    told = json.loads(run.stdout)
    # Otherwise the kills would all have come too early or between changes.
    assert told["acknowledged"] >= ROUNDS
    assert told["in_flight"] >= 3
