"""The worker's loop, on a fake engine, at the other end of a socket."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from model_server.engine.requests import Event, Finished, Generate, Request, Tokens
from model_server.link import (
    Cancel,
    FromWorker,
    Message,
    Ready,
    Setup,
    Stats,
    Unloadable,
    read,
    write,
)
from model_server.worker import Load, Loaded, LoadError, serve

SETUP = Setup(Path("w.gguf"), None, {}, None, "cpu", "float32", 1, None, 64, 4, 8, 0)
READY = Ready(device="cpu", dtype="float32", threads=1, max_context=64, adapters=())


class FakeEngine:
    """Gives back a prompt, one token a step; remembers what it was asked."""

    def __init__(self) -> None:
        self.history: list[Request | tuple[int, int | None]] = []
        self.steps = 0
        self.closed = False
        self._left: dict[int, deque[int]] = {}

    def submit(self, request: Request) -> None:
        if request.id < 0:
            return  # the warm-up
        self.history.append(request)
        self._left[request.id] = deque(request.prompt)

    def cancel(self, id: int, index: int | None = None) -> None:
        self.history.append((id, index))
        self._left.pop(id, None)

    @property
    def busy(self) -> bool:
        return bool(self._left)

    def step(self) -> list[Event]:
        self.steps += 1
        events: list[Event] = []
        for number, left in list(self._left.items()):
            token = left.popleft()
            if token == 13:
                raise RuntimeError("a step broke")
            events.append(Tokens(number, 0, (token,)))
            if not left:
                events.append(Finished(number, 0, "length", -1.0, 0))
                del self._left[number]
        return events

    def stats(self) -> dict[str, int]:
        return {"steps": self.steps}

    def close(self) -> None:
        self.closed = True


class Front:
    """The server's end."""

    def __init__(self, load: Load) -> None:
        self.socket, end = socket.socketpair()
        self.socket.settimeout(10)
        self.lines = self.socket.makefile("rb")
        self.thread = threading.Thread(target=self._serve, args=(end, load), daemon=True)
        self.thread.start()
        self.broke: Exception | None = None
        self.send(SETUP)

    def _serve(self, end: socket.socket, load: Load) -> None:
        try:
            serve(end, load)
        except Exception as error:
            self.broke = error

    def send(self, *messages: Message) -> None:
        self.socket.sendall(write(messages))

    def receive(self, but: type[FromWorker] = Stats) -> Message | None:
        """The next message, leaving some out; None when the worker is gone."""
        while line := self.lines.readline():
            message = read(line)
            if not isinstance(message, but):
                return message
        return None

    def leave(self) -> None:
        self.lines.close()
        self.socket.close()


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def front(engine: FakeEngine) -> Iterator[Front]:
    front = Front(lambda _: Loaded(engine, READY, engine.close))
    assert front.receive() == READY
    yield front
    front.leave()
    front.thread.join(10)
    assert not front.thread.is_alive()


def test_what_a_step_gives_is_sent_on(front: Front) -> None:
    front.send(Generate(id=1, prompt=(5, 6), max_new=2, stop=()))
    assert [front.receive() for _ in range(3)] == [
        Tokens(1, 0, (5,)),
        Tokens(1, 0, (6,)),
        Finished(1, 0, "length", -1.0, 0),
    ]


def test_with_nothing_to_do_it_takes_no_steps_and_says_how_it_stands(
    front: Front, engine: FakeEngine
) -> None:
    front.send(Generate(id=1, prompt=(5,), max_new=1, stop=()))
    while not isinstance(front.receive(but=Tokens), Stats):
        pass
    steps = engine.steps
    front.send(Generate(id=2, prompt=(5,), max_new=1, stop=()))
    while front.receive() != Finished(2, 0, "length", -1.0, 0):
        pass
    assert engine.steps == steps + 1


def test_requests_and_cancellations_reach_the_engine_in_order(
    front: Front, engine: FakeEngine
) -> None:
    requests = [Generate(id=number, prompt=(5,) * 1000, max_new=1, stop=()) for number in (1, 2)]
    last = Generate(id=3, prompt=(7,), max_new=1, stop=())
    front.send(*requests, Cancel(1), Cancel(2), Cancel(3, 1), last)
    while front.receive() != Finished(3, 0, "length", -1.0, 0):
        pass
    assert engine.history == [*requests, (1, None), (2, None), (3, 1), last]
    assert engine.steps < 1000


def test_it_ends_when_the_front_leaves_even_in_the_middle_of_work(
    front: Front, engine: FakeEngine
) -> None:
    front.send(Generate(id=1, prompt=(5,) * 10**6, max_new=1, stop=()))
    assert front.receive() == Tokens(1, 0, (5,))
    front.leave()
    front.thread.join(10)
    assert not front.thread.is_alive()
    assert engine.closed


def test_it_ends_when_the_engine_breaks(front: Front, engine: FakeEngine) -> None:
    front.send(Generate(id=1, prompt=(13,), max_new=1, stop=()))
    assert front.receive() is None
    front.thread.join(10)
    assert isinstance(front.broke, RuntimeError)
    assert engine.closed


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (LoadError("w.gguf: truncated"), "w.gguf: truncated"),
        (MemoryError("secret"), "w.gguf: loading ended with MemoryError; see the log"),
    ],
)
def test_what_cannot_be_loaded_is_said_and_that_is_the_end(error: Exception, said: str) -> None:
    def load(_: Setup) -> Loaded:
        raise error

    front = Front(load)
    assert front.receive() == Unloadable(said)
    assert front.receive() is None
    front.thread.join(10)
    assert not front.thread.is_alive()
    front.leave()
