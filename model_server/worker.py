"""The worker: `python -m model_server.worker FD LEVEL`, the process that holds the model.

FD is its end of a socket, LEVEL what it logs. It is told over the socket what to load, says when it
is ready, then steps the engine while there is work and sends what each step gave in one write. It
ends when the socket closes, so it cannot outlive the server; backends/engine.py starts it, watches
it and starts it anew.

Nothing here looks inside a request, and nothing of one is logged.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import BinaryIO, Protocol

from model_server.engine.requests import Event, Generate, Request, Score
from model_server.link import Cancel, FromWorker, Ready, Setup, Stats, Unloadable, read, write

log = logging.getLogger(__name__)

STATS_EVERY_S = 0.25
WARM_UP_TOKENS = 32
Inbox = SimpleQueue[Request | Cancel | None]
"""None: the front is gone."""


class Steps(Protocol):
    """What the loop needs of an engine; model_server.engine.engine.Engine is one."""

    def submit(self, request: Request) -> None: ...

    def cancel(self, id: int, index: int | None = None) -> None: ...

    @property
    def busy(self) -> bool: ...

    def step(self) -> list[Event]: ...

    def stats(self) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class Loaded:
    engine: Steps
    ready: Ready
    close: Callable[[], None]


class LoadError(Exception):
    """What is to be loaded cannot be; the message says why and what is allowed."""


Load = Callable[[Setup], Loaded]


def load(setup: Setup) -> Loaded:
    """The model and an engine on it. Raises LoadError."""
    # Here and not above: the front imports this module too, and must not load torch.
    from model_server.checkpoints.adapter import AdapterError  # noqa: PLC0415
    from model_server.checkpoints.checkpoint import CheckpointError  # noqa: PLC0415
    from model_server.checkpoints.tokenizer import TokenizerError  # noqa: PLC0415
    from model_server.engine.engine import Engine  # noqa: PLC0415
    from model_server.engine.runner import Options, RunnerError, load  # noqa: PLC0415

    options = Options(
        weights=setup.weights,
        adapter=setup.merged,
        adapters=setup.adapters,
        device=setup.device,
        dtype=setup.dtype,
        threads=setup.threads,
        max_context=setup.max_context,
        kv_cache_tokens=setup.kv_cache_tokens,
    )
    try:
        runner = load(options)
    except (CheckpointError, AdapterError, TokenizerError, RunnerError) as error:
        raise LoadError(str(error)) from error
    engine = Engine(runner, setup.max_running, setup.prefill_tokens, setup.max_drafts)
    ready = Ready(
        device=runner.device,
        dtype=runner.dtype,
        threads=runner.threads,
        max_context=runner.config.max_context,
        adapters=tuple(runner.adapters),
    )
    return Loaded(engine, ready, runner.close)


def warm_up(engine: Steps, max_context: int) -> None:
    """Compile what is compiled on first use and touch every weight, before anybody waits."""
    prompt = tuple(range(3, min(WARM_UP_TOKENS, max_context // 2)))
    engine.submit(Generate(id=-1, prompt=prompt, max_new=4, stop=(), references=(prompt,)))
    while engine.busy:
        engine.step()


def run(engine: Steps, inbox: Inbox, send: Callable[[list[FromWorker]], None]) -> None:
    """Step while there is work, sleep while there is none; return when the front is gone."""
    told_at_s = 0.0
    while True:
        if not _take_in(engine, inbox):
            return
        messages: list[FromWorker] = list(engine.step())
        now_s = time.monotonic()
        if not engine.busy or now_s - told_at_s > STATS_EVERY_S:
            messages.append(Stats(dict(engine.stats())))
            told_at_s = now_s
        if messages:
            send(messages)


def _take_in(engine: Steps, inbox: Inbox) -> bool:
    """Hand everything that has come to the engine; an idle engine waits for something to come."""
    wait = not engine.busy
    with suppress(Empty):
        while True:
            match inbox.get(block=wait):
                case None:
                    return False
                case Cancel(id=number, index=index):
                    engine.cancel(number, index)
                case request:
                    engine.submit(request)
            wait = False
    return True


def serve(sock: socket.socket, load: Load, gone: Callable[[], None] = lambda: None) -> None:
    """All of a worker's life: set up, load, run. `gone` is called when the other end closes."""
    with sock, sock.makefile("rb") as lines:
        try:
            if line := lines.readline():
                setup = read(line)
                assert isinstance(setup, Setup)
                _serve(sock, lines, setup, load, gone)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the front is gone


def _serve(
    sock: socket.socket, lines: BinaryIO, setup: Setup, load: Load, gone: Callable[[], None]
) -> None:
    inbox: Inbox = SimpleQueue()
    reader = threading.Thread(target=_listen, args=(lines, inbox, gone), daemon=True)
    reader.start()
    try:
        loaded = load(setup)
        warm_up(loaded.engine, loaded.ready.max_context)
    except Exception as error:
        how = str(error)
        if not isinstance(error, LoadError):  # whatever it is, /readyz must not say "wait" for ever
            log.exception("model not loaded")
            how = f"{setup.weights}: loading ended with {type(error).__name__}; see the log"
        sock.sendall(write([Unloadable(how)]))
    else:
        try:
            sock.sendall(write([loaded.ready, Stats(dict(loaded.engine.stats()))]))
            run(loaded.engine, inbox, lambda messages: sock.sendall(write(messages)))
        except OSError:
            raise  # the front is gone
        except Exception:
            log.exception("the engine broke")  # its requests fail with this process
            raise
        finally:
            loaded.close()
    finally:
        with suppress(OSError):  # wakes the reader
            sock.shutdown(socket.SHUT_RDWR)
        reader.join()


def _listen(lines: BinaryIO, inbox: Inbox, gone: Callable[[], None]) -> None:
    try:
        with suppress(OSError):
            for line in lines:
                message = read(line)
                assert isinstance(message, (Generate, Score, Cancel))
                inbox.put(message)
    finally:
        inbox.put(None)
        gone()


def main() -> None:
    from services.chassis.logs import configure_logging  # noqa: PLC0415 - loads FastAPI

    # Before torch is loaded: its threads spin for milliseconds at the end of every product, while
    # the one they wait for has no core; on a busy machine a prompt then takes seconds. So many
    # rounds are a few microseconds, which is as fast on a quiet one.
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the front's, which ends this process
    configure_logging("model_server", sys.argv[2])
    # Not a return: loading, or a step, would first have to come to its end.
    serve(socket.socket(fileno=int(sys.argv[1])), load, gone=lambda: os._exit(0))


if __name__ == "__main__":
    main()
