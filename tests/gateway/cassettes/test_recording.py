"""Recording: every exchange is kept as it was, or nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.cassettes.cassette import CassetteError
from gateway.cassettes.rehearsal import TurnFailed

pytestmark = pytest.mark.anyio
HELLO = '{"index": 0, "text": "Grüße"}'


def is_written(file: Path) -> bool:
    return file.exists()


async def test_a_stream_is_kept_in_its_pieces_and_no_character_is_torn(
    world: Any, recorded: Any
) -> None:
    done = (
        '{"response": "Grüße", "candidates": [{"text": "Grüße", "scores": null}],'
        ' "usage": {"prompt_tokens": 1, "completion_tokens": 1}, "model": "fake"}'
    )
    sent = f"event: delta\ndata: {HELLO}\n\nevent: done\ndata: {done}\n\n".encode()
    at = sent.index(b"\xc3") + 1  # in the middle of the ü
    pieces = [sent[:at], sent[at : at + 20], sent[at + 20 :]]
    world.model.extend([world.stream_of(*pieces), "User, Grüße"])
    cassette = await recorded("Hi")
    kept = cassette.exchanges[0].chunks
    assert "".join(kept) == sent.decode()
    assert kept[0] + "ü" == (sent[: at + 1]).decode()
    assert len(kept) == len(pieces)


async def test_a_plain_dialog_is_kept_as_json_and_goes_on_in_one_session(
    world: Any, recorded: Any, seen: Any
) -> None:
    world.model.extend(["Hello.", "User, Hello."] * 2)
    cassette = await recorded("Hi", "Hi again", streamed=False)
    assert cassette.exchanges[0].response["response"] == "Hello."
    assert cassette.exchanges[0].chunks is None
    context = cassette.exchanges[2].request["context"]
    assert [turn["content"] for turn in context] == ["Hi", "Hello.", "Hi again"]
    assert [message for message, _ in seen] == ["Hi", "Hi again"]


async def test_what_was_asked_again_is_kept_both_times(world: Any, recorded: Any) -> None:
    detail = {"code": "unavailable", "message": "wait", "request_id": "r"}
    busy = httpx.Response(503, json={"error": detail}, headers={"retry-after": "0"})
    world.model.extend([busy, "Hello.", "User, Hello."])
    cassette = await recorded("Hi")
    assert [one.status for one in cassette.exchanges] == [503, 200, 200]
    assert cassette.exchanges[0].retry_after == "0"


async def test_settings_that_shape_what_is_asked_are_kept(
    world: Any, recorded: Any, environ: dict[str, str]
) -> None:
    environ["GROUNDLING_GATEWAY_SNIPPETS_PER_TOOL"] = "1"
    world.model.extend(["Hello.", "User, Hello."])
    assert (await recorded("Hi")).settings == {"snippets_per_tool": 1}


async def test_a_service_that_is_not_ready_stops_it_before_anything_is_said(
    world: Any, recorded: Any, file: Path
) -> None:
    world.ready["translator"] = 503
    with pytest.raises(CassetteError, match="translator is not ready: its /readyz answers 503"):
        await recorded("Hi")
    assert world.requests == []
    assert not is_written(file)


async def test_a_failed_turn_writes_nothing(world: Any, recorded: Any, file: Path) -> None:
    world.model.append(httpx.Response(500, json={}))
    with pytest.raises(TurnFailed, match="500"):
        await recorded("Hi")
    assert not is_written(file)


async def test_a_tool_that_went_away_writes_nothing(world: Any, recorded: Any, file: Path) -> None:
    async def gone(_: Any) -> httpx.Response:
        raise httpx.ReadError("gone")

    world.model.extend(["Hello.", "TS, hello", "User, Hello."])
    world.tools["retrieval"] = gone
    with pytest.raises(CassetteError, match="retrieval /v1/query did not answer"):
        await recorded("Hi")
    assert not is_written(file)
