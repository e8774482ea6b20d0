"""A gateway's environment whose services are the fakes, and dialogs recorded on it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.cassettes.cassette import Cassette, read_cassette
from gateway.cassettes.dialogs import record
from gateway.cassettes.rehearsal import Script
from gateway.schemas import ChatResponse
from gateway.settings import Settings

Record = Callable[..., Awaitable[Cassette]]
Seen = list[tuple[str, ChatResponse]]


@pytest.fixture
def environ(settings: Settings, tmp_path: Path) -> dict[str, str]:
    return {
        "GROUNDLING_DATA_DIR": str(tmp_path / "everything"),
        "GROUNDLING_GATEWAY_MODEL_URL": settings.model_url,
        "GROUNDLING_GATEWAY_TOOL_URLS": json.dumps(settings.tool_urls),
        "GROUNDLING_GATEWAY_TOOLS_DIR": str(settings.tools_dir),
        "GROUNDLING_GATEWAY_RETRY_BASE_MS": "1",
    }


@pytest.fixture
def seen() -> Seen:
    """What was shown."""
    return []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "dialog.json"


@pytest.fixture
def recorded(world: Any, environ: dict[str, str], tmp_path: Path, file: Path, seen: Seen) -> Record:
    """`await recorded("message", …)` on what the world has been told to answer."""

    async def make(*messages: str, streamed: bool = True) -> Cassette:
        script = Script(messages, None, streamed)
        await record(
            file, script, environ, tmp_path / "own", lambda *turn: seen.append(turn), inner=world
        )
        return read_cassette(file)

    return make
