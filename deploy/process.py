"""One child process of the stack: started in a session of its own, stopped by its process id.

Covers: start, exit status, and stopping it with everything it started. Does not cover: readiness
(deploy.readiness), or the order in which the stack stops its children (deploy.stack).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from deploy.logs import ChildLog
from deploy.plan import Service


class Child:
    def __init__(self, service: Service, log_dir: Path, environ: Mapping[str, str]) -> None:
        """Start it. What `environ` already sets wins over the plan's addresses."""
        self.service = service
        self.log = ChildLog(log_dir / f"{service.name}.log")
        with self.log.path.open("ab") as log:
            self._process = subprocess.Popen(
                _command(service),
                stdin=subprocess.PIPE,  # never written to: its end tells the child we are gone
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**service.environment, "PYTHONUNBUFFERED": "1", **environ},
                start_new_session=True,  # the terminal's Ctrl-C comes to the stack alone
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: ended by that signal."""
        return self._process.poll()

    @property
    def how_it_ended(self) -> str:
        code = self.exit_code
        if code is None:
            return "still running"
        if code < 0:
            return f"ended by signal {-code} ({signal.strsignal(-code)})"
        return f"exit code {code}"

    def terminate(self) -> None:
        if self.exit_code is None:
            self._process.terminate()

    def wait(self, timeout_s: float) -> bool:
        """Whether it ended within the time."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill_group(self) -> None:
        """End whatever is left of its session, itself included."""
        # Nothing left: ProcessLookupError; on macOS PermissionError when only zombies are.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def _command(service: Service) -> list[str]:
    return [sys.executable, "-m", "deploy.serve", service.app, service.host, str(service.port)]
