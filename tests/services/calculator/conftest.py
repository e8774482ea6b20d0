"""A worker of the tests' own: the real protocol loop over a computation made to hang or break."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import hypothesis
import pytest

# How fast examples come says how busy the machine is, nothing about the code.
hypothesis.settings.register_profile(
    "any-load", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any-load")

_SCRIPT = '''
import functools, os, pathlib, sys, time
from services.calculator.decline import NoValue
from services.calculator.worker import serve, serve_in_children

def calculate(text):
    """Upper-cases; "hang PATH" goes on until PATH exists, and leaves its process's id at .taken."""
    if text.startswith("hang "):
        gate = pathlib.Path(text.removeprefix("hang "))
        gate.with_suffix(".taken").write_text(str(os.getpid()))
        while not gate.exists():
            time.sleep(0.005)
    if text == "decline":
        raise NoValue("declined")
    if text == "fault":
        raise ValueError(text)
    if text == "die":
        os._exit(3)
    if text == "nonsense":
        sys.stdout.buffer.write(b"{nonsense\\n")  # unbuffered or not, it goes before the answer
    return [text.upper()]

inputs, answers = sys.stdin.buffer, sys.stdout.buffer
time_limit_s = float(sys.argv[2]) if sys.argv[1:] else 0  # --time-limit-s, as the real one
serve_in_children(functools.partial(serve, calculate, inputs, answers, time_limit_s), answers)
'''


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    script = tmp_path / "worker_for_tests.py"
    script.write_text(_SCRIPT, encoding="utf-8")
    return [sys.executable, str(script)]


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """`await until(condition)`: polls; fails the test when nothing happens for 20 s."""

    async def wait(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - nothing signals a process's end to the test
                await asyncio.sleep(0.005)

    return wait
