"""Load on a gateway: turns sent on a schedule, or one after another.

Covers: HTTP/1.1 over kept connections with asyncio's protocols and httptools' parser (a client
library takes longer than the gateway); plain and streamed turns; new sessions and continued ones.
Latency counts from when a turn was due, not from when it could be sent, so a gateway that stalls
is not spared the turns it kept waiting ("coordinated omission"). A thread wakes the loop for each
turn, since the loop's own timers are a millisecond coarse.
Does not cover: what the answers say, but for their status and that they are whole.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import httptools

from bench.gateway_answers import chat_body

HOST = "127.0.0.1"
TURN_LIMIT_S = 60.0


class Refused(Exception):
    """A turn was not answered as it should be."""


@dataclass(frozen=True, slots=True)
class Answer:
    turn: str
    """The X-Request-ID that was sent."""
    status: int
    body: bytes
    latency_s: float
    """From when the turn was due."""
    late_s: float
    """Of it, until the turn was sent: the load generator's own part."""


class Connection(asyncio.Protocol):
    """One kept connection, one turn at a time."""

    def __init__(self) -> None:
        self._done: asyncio.Future[bytes] | None = None
        self._body: list[bytes] = []
        self._seen: Callable[[bytes], None] | None = None

    @classmethod
    async def open(cls, port: int) -> Connection:
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(cls, HOST, port))[1]

    def close(self) -> None:
        self._transport.close()

    async def ask(
        self, body: bytes, turn: str, seen: Callable[[bytes], None] | None = None
    ) -> tuple[int, bytes]:
        """Status and whole body. `seen` is shown each piece of the body as it comes."""
        self._done, self._body, self._seen = asyncio.get_running_loop().create_future(), [], seen
        self._parser = httptools.HttpResponseParser(self)
        head = (
            "POST /v1/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"X-Request-ID: {turn}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)
        whole = await self._done
        return self._parser.get_status_code(), whole

    # What asyncio calls:

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by class

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(Refused(f"the connection broke ({error})"))

    # What the parser calls:

    def on_body(self, body: bytes) -> None:
        self._body.append(body)
        if self._seen is not None:
            self._seen(body)

    def on_message_complete(self) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(b"".join(self._body))


@dataclass(slots=True)
class Load:
    """Turns for gateways at these ports, in turn; connections are kept and grow with need."""

    ports: Sequence[int]
    stream: bool = False
    sessions: Sequence[str] = ()
    """Sessions to continue, in turn; empty: every turn begins one."""
    _idle: dict[int, list[Connection]] = field(default_factory=dict)
    _sent: int = 0

    async def one(self, due_s: float | None = None) -> Answer:
        """One turn, due now or at this time.monotonic(); raise Refused unless it is answered."""
        number, self._sent = self._sent, self._sent + 1
        port = self.ports[number % len(self.ports)]
        session = self.sessions[number % len(self.sessions)] if self.sessions else None
        turn = uuid.uuid4().hex
        due_s = time.monotonic() if due_s is None else due_s
        idle = self._idle.setdefault(port, [])
        connection = idle.pop() if idle else await Connection.open(port)
        sent_s = time.monotonic()
        async with asyncio.timeout(TURN_LIMIT_S):
            status, body = await connection.ask(chat_body(session, self.stream), turn)
        answered_s = time.monotonic()
        idle.append(connection)
        if status != 200 or (self.stream and b"event: done\n" not in body):
            raise Refused(f"a turn was answered {status}: {body[-300:].decode()}")
        return Answer(turn, status, body, answered_s - due_s, sent_s - due_s)

    async def scheduled(self, per_second: float, seconds: float) -> list[Answer]:
        """So many turns a second, at random times (a Poisson process), each sent when it is due."""
        draw = random.Random(6)
        dues_s: list[float] = []
        due_s = time.monotonic() + 0.1
        end_s = due_s + seconds
        while (due_s := due_s + draw.expovariate(per_second)) < end_s:
            dues_s.append(due_s)
        loop, tasks = asyncio.get_running_loop(), list[asyncio.Task[Answer]]()
        all_sent = asyncio.Event()

        def send(due: float) -> None:
            tasks.append(loop.create_task(self.one(due)))

        def pace() -> None:
            for due in dues_s:
                time.sleep(max(0.0, due - time.monotonic()))
                loop.call_soon_threadsafe(send, due)
            loop.call_soon_threadsafe(all_sent.set)

        threading.Thread(target=pace, daemon=True).start()
        await all_sent.wait()
        return list(await asyncio.gather(*tasks))

    async def one_after_another(self, clients: int, turns: int) -> list[Answer]:
        """So many clients, each sending its next turn when its last is answered."""
        left = iter(range(turns))

        async def client() -> list[Answer]:
            return [await self.one() for _ in left]

        return [
            one
            for each in await asyncio.gather(*(client() for _ in range(clients)))
            for one in each
        ]

    async def warm(self, connections: int) -> None:
        """Open so many connections to each gateway, and run one turn over each."""
        await asyncio.gather(*(self.one() for _ in range(connections * len(self.ports))))

    def close(self) -> None:
        for idle in self._idle.values():
            for connection in idle:
                connection.close()


def session_of(answer: Answer) -> str:
    """The session of a plain answer."""
    return str(json.loads(answer.body)["session_id"])
