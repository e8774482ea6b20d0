"""Many streams held open, and clients that leave in the middle of a turn.

Covers: what open streams cost while the model is silent, whether each gets its heartbeats and its
end; and how soon the upstream call is closed when the client's connection is, plain and streamed,
at each stage. Does not cover: streams that are busy (bench/gateway_added.py).
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.gateway_answers import TOOLS, chat_body
from bench.gateway_load import Connection
from bench.gateway_processes import Process, Stubs

LIMIT_S = 25.0
POLL_S = 0.01
IDLE_S = 10.0
"""Until the gateway has closed the connections that it keeps for other turns: it looks for those
idle for 4 s as often."""


@dataclass(frozen=True, slots=True)
class Held:
    streams: int
    mb_per_stream: float
    threads: tuple[int, int]
    """Before and with all streams open."""
    files: tuple[int, int, int]
    """Before, with all open, and after."""
    heartbeats: int
    """Streams that got one."""
    done: int
    """Streams that ended with the whole turn."""
    opened_s: float
    ended_s: float


async def _until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LIMIT_S
    while not true():
        if time.monotonic() > end:
            raise RuntimeError(f"after {LIMIT_S:.0f} s still not so: {what}")
        await asyncio.sleep(POLL_S)  # nothing signals it


async def hold(process: Process, stub: Stubs, streams: int) -> Held:
    before = process.resident_mb(), process.threads(), process.files()
    stub.tell("hold/query")
    since = time.monotonic()
    connections = [await Connection.open(process.port) for _ in range(streams)]
    quiet = set[int]()

    def listener(number: int) -> Callable[[bytes], None]:
        def seen(piece: bytes) -> None:
            if b"\n:" in b"\n" + piece:
                quiet.add(number)

        return seen

    body = chat_body(stream=True)
    asked = [
        asyncio.ensure_future(connection.ask(body, uuid.uuid4().hex, listener(number)))
        for number, connection in enumerate(connections)
    ]
    await _until(lambda: _open(stub, "query") == streams, "every stream waits for its query")
    opened_s = time.monotonic() - since
    await _until(lambda: len(quiet) == streams, "every stream has had a heartbeat")
    during = process.resident_mb(), process.threads(), process.files()
    since = time.monotonic()
    stub.tell("release")
    answers = await asyncio.wait_for(asyncio.gather(*asked), LIMIT_S)
    ended_s = time.monotonic() - since
    for connection in connections:
        connection.close()
    await asyncio.sleep(IDLE_S)
    return Held(
        streams,
        (during[0] - before[0]) / streams,
        (before[1], during[1]),
        (before[2], during[2], process.files()),
        len(quiet),
        sum(b"event: done\n" in answer for _, answer in answers),
        opened_s,
        ended_s,
    )


def _open(stub: Stubs, stage: str) -> int:
    return int(stub.tell("state")["open"][stage])


@dataclass(frozen=True, slots=True)
class Left:
    stage: str
    stream: bool
    noticed_ms: list[float]
    """From the client's closing its connection to the upstream call's being closed."""


async def leave(process: Process, stub: Stubs, stage: str, stream: bool, times: int) -> Left:
    """A client leaves while the turn waits at this stage, several times; "tools" are all three."""
    calls = TOOLS if stage == "tools" else (stage,)
    noticed_ms = [await _leave(process, stub, calls, stream) for _ in range(times)]
    return Left(stage, stream, noticed_ms)


async def _leave(process: Process, stub: Stubs, calls: Sequence[str], stream: bool) -> float:
    for call in calls:
        stub.tell(f"hold/{call}")
    connection = await Connection.open(process.port)
    asked = asyncio.ensure_future(connection.ask(chat_body(stream=stream), uuid.uuid4().hex))
    await _until(lambda: all(_open(stub, call) == 1 for call in calls), f"it waits for {calls}")
    already = len(_left_s(stub))
    since = time.monotonic()
    connection.close()
    await asyncio.wait({asked})
    asked.exception()  # it is that the connection broke
    await _until(lambda: len(_left_s(stub)) == already + len(calls), f"{calls} are closed")
    stub.tell("release")
    return (max(_left_s(stub)[already:]) - since) * 1000


def _left_s(stub: Stubs) -> list[float]:
    return [at_s for _, at_s in stub.tell("state")["left"]]
