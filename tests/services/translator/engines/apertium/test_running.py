"""services.translator.engines.apertium.running: which modes run, with small programs as modes."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from services.contract import ErrorCode
from services.translator.engines.apertium.modes import Mode
from services.translator.engines.apertium.running import RunningModes
from services.translator.engines.interface import EngineError

pytestmark = pytest.mark.anyio


def mode(folder: Path, name: str, pipeline: str) -> Mode:
    """A mode file; its commands are given -z first, as Apertium's are."""
    path = folder / f"{name}.mode"
    path.write_text(pipeline, encoding="utf-8")
    return Mode(name, name[:3], name[-3:], path)


def script(folder: Path, name: str, text: str) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def modes(max_modes: int, *, start_timeout_s: float = 20) -> RunningModes:
    return RunningModes(
        max_modes=max_modes, max_waiting=64, start_timeout_s=start_timeout_s, idle_s=600
    )


def soon() -> float:
    return time.monotonic() + 20


async def test_more_modes_at_once_than_may_run_wait_for_each_other(tmp_path: Path) -> None:
    running = modes(2)
    several = [mode(tmp_path, f"eng-{end}", f"sed -u s/x/x{end}/") for end in ("spa", "cat", "fra")]
    answers = await asyncio.gather(*(running.send(one, "x", soon()) for one in several * 3))
    assert answers == ["xspa", "xcat", "xfra"] * 3
    assert len(running.names()) <= 2
    await running.stop()


async def test_a_text_that_finds_no_place_in_time_is_refused(tmp_path: Path) -> None:
    deaf = script(tmp_path, "deaf", "exec sleep 600")
    running = modes(1)
    first = mode(tmp_path, "eng-spa", str(deaf))
    waiting = asyncio.create_task(running.send(first, "x", soon()))
    while not running.names():  # noqa: ASYNC110  two turns of the loop
        await asyncio.sleep(0)
    other = mode(tmp_path, "eng-cat", "sed -u s/x/y/")
    with pytest.raises(EngineError) as caught:
        await running.send(other, "x", time.monotonic() + 0.2)
    assert caught.value.code is ErrorCode.OVERLOADED
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await running.stop()


async def test_modes_needed_later_start_meanwhile(tmp_path: Path) -> None:
    here = tmp_path / "here"
    waits = script(
        tmp_path, "waits", f"until test -e {here}; do sleep 0.01; done; exec sed -zu s/a/b/"
    )
    comes = script(tmp_path, "comes", f"touch {here}; exec sed -zu s/b/c/")
    route = [mode(tmp_path, "eng-spa", str(waits)), mode(tmp_path, "spa-fra", str(comes))]
    running = modes(2)
    running.start_ahead(route)
    assert await running.send(route[0], "a", soon()) == "b"
    assert await running.send(route[1], "b", soon()) == "c"
    await running.stop()


async def test_starting_ahead_takes_no_other_modes_place(tmp_path: Path) -> None:
    running = modes(1)
    first, second = (mode(tmp_path, f"eng-{end}", "sed -u s/x/y/") for end in ("spa", "cat"))
    assert await running.send(first, "x", soon()) == "y"
    running.start_ahead([second])
    assert running.names() == ["eng-spa"]
    await running.stop()
