"""The model server and the three tools as one stubbed process: answers that are always the same.

Covers: HTTP/1.1 over kept connections, plain and streamed, each call answered after a fixed delay;
what each call took here, from its last byte read to its answer's last byte written; holding a
stage; and when a caller closed its connection in the middle of a call. The server is asyncio's
protocols and httptools' parser alone, so that it takes little of the machine it is measured on.
Does not cover: what is said (bench/gateway_answers.py) or any check of the request.

    POST /v1/base, /v1/research, /<tool>/v1/query    as the real ones
    POST /control/take         what each turn's calls took, in seconds, by X-Request-ID; forgets it
    POST /control/hold/STAGE   calls of this stage wait from now on
    POST /control/release      they are answered, and no stage is held
    POST /control/state        open calls, and when callers left (time.monotonic)

Prints its port; ends when its standard input does.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import httptools
import uvloop

from bench.gateway_answers import MODEL_STAGES, STAGES, TOOLS, json_response, plain, streamed

HOST = "127.0.0.1"
_TOOL_PATHS = {f"/{tool}/v1/query".encode(): tool for tool in TOOLS}


@dataclass(slots=True)
class Taken:
    """What the calls of one turn took here, in seconds."""

    model_s: float = 0.0
    tools_s: float = 0.0
    """The slowest tool: they are asked at the same time."""

    def add(self, stage: str, took_s: float) -> None:
        if stage in MODEL_STAGES:
            self.model_s += took_s
        else:
            self.tools_s = max(self.tools_s, took_s)


@dataclass(slots=True)
class Stubs:
    delays_s: dict[str, float]
    deltas: int
    record: bool
    taken: dict[str, Taken] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    waiting: list[Callable[[], None]] = field(default_factory=list)
    open: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    left: list[tuple[str, float]] = field(default_factory=list)
    whole: dict[str, bytes] = field(init=False)
    pieces: dict[str, list[bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self.whole = {stage: plain(stage) for stage in STAGES}
        self.pieces = {stage: streamed(stage, self.deltas) for stage in MODEL_STAGES}

    def control(self, path: str) -> Any:
        _, _, action, *stage = path.split("/")
        if action == "take":
            taken, self.taken = self.taken, {}
            return {turn: one.model_s + one.tools_s for turn, one in taken.items()}
        if action == "hold":
            self.held.update(stage)
        if action == "release":
            self.held.clear()
            waiting, self.waiting = self.waiting, []
            for answer in waiting:
                answer()
        return {"open": self.open, "left": self.left}


class Connection(asyncio.Protocol):
    """One kept connection, one call at a time."""

    def __init__(self, stubs: Stubs) -> None:
        self.stubs = stubs
        self.stage: str | None = None
        """Of the call being served."""
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by class

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, _: Exception | None) -> None:
        if self.stage is not None:
            self.stubs.open[self.stage] -= 1
            self.stubs.left.append((self.stage, time.monotonic()))
            self.stage = None

    # What the parser calls:

    def on_url(self, url: bytes) -> None:
        self._url, self._body, self._turn = url, b"", ""

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"x-request-id":
            self._turn = value.decode("ascii")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._url.startswith(b"/control/"):
            said = self.stubs.control(self._url.decode("ascii"))
            self._transport.write(json_response(json.dumps(said).encode()))
        elif self._url.endswith(b"/readyz"):
            self._transport.write(json_response(b"{}"))
        else:
            self._serve(_stage(self._url, self._body), b'"stream":true' in self._body)

    def _serve(self, stage: str, stream: bool) -> None:
        self.stage, self._since = stage, time.monotonic()
        self.stubs.open[stage] += 1
        pieces = self.stubs.pieces[stage] if stream else [self.stubs.whole[stage]]
        if stage in self.stubs.held:
            self.stubs.waiting.append(partial(self._write, pieces, 0))
        elif self.stubs.delays_s[stage]:
            self._write_later(pieces, 0)
        else:
            self._write([b"".join(pieces)], 0)

    def _write_later(self, pieces: list[bytes], number: int) -> None:
        """The pieces are spread evenly over the delay; the last comes at its end."""
        due = self._since + self.stubs.delays_s[self.stage or ""] * (number + 1) / len(pieces)
        wait_s = max(0.0, due - time.monotonic())
        asyncio.get_running_loop().call_later(wait_s, self._write, pieces, number)

    def _write(self, pieces: list[bytes], number: int) -> None:
        if self.stage is None:  # the caller has left
            return
        self._transport.write(pieces[number])
        if number + 1 < len(pieces):
            self._write_later(pieces, number + 1)
            return
        stage, self.stage = self.stage, None
        self.stubs.open[stage] -= 1
        if self.stubs.record:
            taken = self.stubs.taken.setdefault(self._turn, Taken())
            taken.add(stage, time.monotonic() - self._since)


def _stage(url: bytes, body: bytes) -> str:
    if url == b"/v1/research":
        return "query" if b'"steps":[]' in body else "rewrite"
    return "base" if url == b"/v1/base" else _TOOL_PATHS[url]


async def serve(stubs: Stubs) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(stubs), HOST, 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("base", 20.0), ("research", 15.0), ("tool", 5.0)):
        parser.add_argument(f"--{name}-ms", type=float, default=default)
    parser.add_argument("--deltas", type=int, default=8, help="pieces of a streamed text")
    parser.add_argument("--forget", action="store_true", help="do not record what calls took")
    options = parser.parse_args()
    delays_ms = {"base": options.base_ms, "query": options.research_ms}
    delays_ms |= {"rewrite": options.research_ms, **dict.fromkeys(TOOLS, options.tool_ms)}
    delays_s = {stage: ms / 1000 for stage, ms in delays_ms.items()}
    gc.disable()  # nothing here is cyclic, and a pause would look like the gateway's
    uvloop.run(serve(Stubs(delays_s, options.deltas, not options.forget)))


if __name__ == "__main__":
    main()
