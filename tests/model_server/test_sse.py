"""Streams of events on the wire. A client that leaves is in test_app.py, on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from model_server.sse import Event, stream
from services.chassis import Failure
from services.contract import Delta, ErrorBody, ErrorCode, RecipientChosen, ResearchResponse, Usage

pytestmark = pytest.mark.anyio

DONE = ResearchResponse(
    recipient="User", text="a\nb", usage=Usage(prompt_tokens=1, completion_tokens=2), model="m"
)


class Events:
    """A queue of events to give, or an error to end with; remembers whether it was closed."""

    def __init__(self, *events: Event | Exception) -> None:
        self.events = events
        self.closed = False

    async def __call__(self) -> AsyncGenerator[Event, None]:
        try:
            for event in self.events:
                await asyncio.sleep(0)
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed = True


async def frames(events: Events) -> list[bytes]:
    response = await stream(events())
    return [bytes(chunk) async for chunk in response.body_iterator]  # type: ignore[arg-type]


async def test_each_event_is_named_and_its_data_one_line() -> None:
    shown = await frames(
        Events(RecipientChosen(recipient="User"), Delta(index=0, text="a\n"), DONE)
    )
    assert shown == [
        b'event: recipient\ndata: {"recipient":"User"}\n\n',
        b'event: delta\ndata: {"index":0,"text":"a\\n"}\n\n',
        b"event: done\ndata: " + DONE.model_dump_json().encode() + b"\n\n",
    ]


async def test_what_fails_before_the_first_event_is_raised() -> None:
    events = Events(Failure(ErrorCode.OVERLOADED, "full", retry_after_s=3))
    with pytest.raises(Failure, match="full"):
        await stream(events())
    assert events.closed


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (Failure(ErrorCode.UNAVAILABLE, "the worker ended"), "unavailable", "the worker ended"),
        (TimeoutError(), "deadline", "the work could not finish before its deadline"),
        (KeyError("secret"), "internal", "an unexpected error"),
    ],
)
async def test_what_fails_later_is_the_last_event(
    error: Exception, code: str, message: str
) -> None:
    events = Events(Delta(index=0, text="a"), error, DONE)
    first, last = await frames(events)
    assert first.startswith(b"event: delta\n")
    name, data = last.decode().split("\n", 1)
    assert name == "event: error"
    detail = ErrorBody.model_validate_json(data.removeprefix("data: ")).error
    assert (detail.code, detail.message) == (code, message)
    assert events.closed


async def test_a_stream_that_is_not_read_to_its_end_closes_its_events() -> None:
    events = Events(Delta(index=0, text="a"), Delta(index=0, text="b"), DONE)
    response = await stream(events())

    async def hang(_: object) -> None:
        await asyncio.Event().wait()

    sending = asyncio.create_task(
        response({"type": "http", "asgi": {"spec_version": "2.4"}}, _never, hang)
    )
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert events.closed


async def _never() -> dict[str, object]:
    await asyncio.Event().wait()
    raise AssertionError
