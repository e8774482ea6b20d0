"""The own engine as a backend: on a thread with the tiny model, and in real processes."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path

import psutil
import pytest

from model_server.backends import supervision
from model_server.backends.base import Ask, Chose, Ended, Piece
from model_server.backends.engine import EngineBackend, Vocabulary
from model_server.backends.in_process import in_process, loader, setup_of
from model_server.backends.launching import Running, launch_process, launch_thread
from model_server.backends.supervision import delay_s
from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.engine.model import Transformer
from model_server.engine.requests import Event
from model_server.link import Setup
from model_server.metrics import COUNTERS, GAUGES
from model_server.prompts import Segment, base_prompt
from model_server.worker import Load, Loaded, LoadError
from services.chassis import Failure
from services.contract import ErrorCode, Missing, Sampling, Turn

pytestmark = pytest.mark.anyio

Run = Callable[[EngineBackend], AbstractAsyncContextManager[EngineBackend]]
PROMPT = base_prompt([], [Turn(role="user", content="hello")])
GREEDY = Sampling()


async def written(
    backend: EngineBackend, ask: Ask, prompt: Sequence[Segment] = PROMPT
) -> list[Chose | Piece | Ended]:
    return [event async for event in backend.write(prompt, ask)]


def text_of(events: Sequence[Chose | Piece | Ended], index: int = 0) -> str:
    return "".join(one.text for one in events if isinstance(one, Piece) and one.index == index)


def end_of(events: Sequence[Chose | Piece | Ended], index: int = 0) -> Ended:
    [end] = [one for one in events if isinstance(one, Ended) and one.index == index]
    return end


async def quiet(backend: EngineBackend) -> dict[str, float]:
    """The figures once nothing is inside any more."""
    async with asyncio.timeout(10):
        while True:
            stats = backend.supervisor.stats()
            if backend.supervisor.inside == stats["running"] == stats["waiting"] == 0:
                return stats
            await asyncio.sleep(0.01)  # the worker says how it stands when it has come to rest


# --- text ---------------------------------------------------------------------------------------


async def test_what_was_read_before_is_not_read_again(backend: EngineBackend) -> None:
    first = end_of(await written(backend, Ask(4, GREEDY)))
    again = end_of(await written(backend, Ask(4, GREEDY)))
    assert first.tokens == 4
    assert first.reason == "length"
    assert first.log_likelihood is not None
    assert first.log_likelihood < 0
    assert (first.cached_tokens, again.cached_tokens) == (0, first.prompt_tokens - 1)
    stats = await quiet(backend)
    assert {*COUNTERS, *GAUGES} <= stats.keys()
    assert stats["cached_tokens"] >= again.cached_tokens


async def test_candidates_are_drawn_side_by_side(backend: EngineBackend) -> None:
    events = await written(backend, Ask(6, Sampling(temperature=1.5, seed=1), n=3))
    assert {one.index for one in events if isinstance(one, Ended)} == {0, 1, 2}
    assert len({text_of(events, index) for index in range(3)}) == 3


async def test_a_stop_text_ends_the_answer_before_it_and_the_work(backend: EngineBackend) -> None:
    whole = text_of(await written(backend, Ask(40, GREEDY)))
    stop = whole[5:7]
    with_stop = GREEDY.model_copy(update={"stop": [stop]})  # unchecked: it is no readable text
    events = await written(backend, Ask(40, with_stop))
    end = end_of(events)
    assert text_of(events) == whole[: whole.index(stop)].rstrip()
    assert end.reason == "stop"
    assert end.log_likelihood is None
    assert end.tokens < 40
    await quiet(backend)


async def test_a_stop_text_in_one_candidate_ends_the_work_on_it_alone(
    backend: EngineBackend,
) -> None:
    sampling = Sampling(temperature=1.5, seed=1)
    whole = await written(backend, Ask(150, sampling, n=2))
    texts = [text_of(whole, index) for index in range(2)]
    stop = next(text for text in texts[0].split() if text not in texts[1])
    before = (await quiet(backend))["new_tokens"]
    with_stop = sampling.model_copy(update={"stop": [stop]})  # unchecked: it is no readable text
    events = await written(backend, Ask(150, with_stop, n=2))
    assert text_of(events, 0) == texts[0][: texts[0].index(stop)].rstrip()
    assert text_of(events, 1) == texts[1]
    assert end_of(events, 0).log_likelihood is None
    tokens = (await quiet(backend))["new_tokens"] - before
    assert tokens < sum(end_of(whole, index).tokens for index in range(2))


async def test_a_beginning_is_chosen_and_is_not_part_of_the_text(backend: EngineBackend) -> None:
    events = await written(backend, Ask(4, GREEDY, begin=("TS,", "User,")))
    assert isinstance(events[0], Chose)
    assert not text_of(events).startswith(("TS,", "User,", ","))
    assert end_of(events).tokens == 4


async def test_probabilities_are_shares_among_the_options(backend: EngineBackend) -> None:
    [first, second] = await backend.probabilities(PROMPT, ["SAFE ", "SENSIBLE "], ["0", "1"], None)
    assert sum(first) == pytest.approx(1.0)
    assert sum(second) == pytest.approx(1.0)
    assert first != second


async def test_the_likelihood_of_a_continuation_is_that_of_its_parts(
    backend: EngineBackend,
) -> None:
    whole, start = await backend.likelihoods(PROMPT, ["abc", "a"], None)
    [rest] = await backend.likelihoods([*PROMPT, "a"], ["bc"], None)
    assert (whole.tokens, start.tokens, rest.tokens) == (3, 1, 2)
    assert whole.log_likelihood == pytest.approx(
        start.log_likelihood + rest.log_likelihood, abs=1e-3
    )


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        (Ask(250, GREEDY), "limit is 256"),
        (Ask(4, GREEDY, adapter="other"), "adapter 'other' is unknown"),
    ],
)
async def test_what_the_engine_refuses_is_the_callers_error(
    backend: EngineBackend, ask: Ask, named: str
) -> None:
    with pytest.raises(Failure, match=named) as caught:
        await written(backend, ask)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    assert backend.supervisor.inside == 0


async def test_logits_that_are_no_numbers_are_an_error_and_never_text(
    model: Transformer, vocabulary: Vocabulary, run_backend: Run
) -> None:
    async with run_backend(in_process(model, vocabulary)) as backend:
        model.norm.weight.fill_(float("nan"))
        with pytest.raises(Failure) as caught:
            await written(backend, Ask(4, GREEDY))
        assert caught.value.code is ErrorCode.INTERNAL
        model.norm.weight.fill_(1.0)
        assert end_of(await written(backend, Ask(4, GREEDY))).tokens == 4


# --- leaving ------------------------------------------------------------------------------------


async def test_closing_the_events_frees_the_place_at_once(backend: EngineBackend) -> None:
    async with aclosing(backend.write(PROMPT, Ask(200, GREEDY))) as events:
        await anext(events)
        assert backend.supervisor.inside == 1
    assert backend.supervisor.inside == 0
    written_tokens = (await quiet(backend))["new_tokens"]
    assert written_tokens < 200


async def test_cancelling_a_score_frees_its_place(backend: EngineBackend) -> None:
    score = asyncio.create_task(backend.probabilities(PROMPT, ["SAFE "], ["0", "1"], None))
    await asyncio.sleep(0)
    assert backend.supervisor.inside == 1
    score.cancel()
    with pytest.raises(asyncio.CancelledError):
        await score
    await quiet(backend)


# --- the worker's life, on threads --------------------------------------------------------------


def test_workers_that_never_become_ready_are_started_ever_less_often() -> None:
    assert [delay_s(in_vain) for in_vain in range(9)] == [0, 0, 1, 2, 4, 8, 16, 30, 30]
    assert delay_s(10_000) == 30


class Launches:
    """Launches workers as told, one after another; remembers their sockets, so as to break them."""

    def __init__(self, *loads: Load) -> None:
        self.loads = list(loads)
        self.ends: list[socket.socket] = []

    async def __call__(self, end: socket.socket) -> Running:
        self.ends.append(end)
        return await launch_thread(self.loads.pop(0))(end)

    def kill(self) -> None:
        """The nearest there is to kill -9 on a thread: its socket is gone."""
        self.ends[-1].shutdown(socket.SHUT_RDWR)


def backend_of(setup: Setup, launches: Launches, vocabulary: Vocabulary) -> EngineBackend:
    return EngineBackend(setup, launches, supervision.LOADING, lambda _: vocabulary)


async def test_when_the_worker_dies_requests_inside_fail_and_another_one_serves(
    model: Transformer, vocabulary: Vocabulary, run_backend: Run
) -> None:
    setup, load = setup_of(model, vocabulary), loader(model)
    launches = Launches(load, load)
    async with run_backend(backend_of(setup, launches, vocabulary)) as backend:
        async with aclosing(backend.write(PROMPT, Ask(200, GREEDY))) as events:
            await anext(events)
            launches.kill()
            with pytest.raises(Failure, match="ended") as caught:
                async for _ in events:
                    pass
        assert caught.value.code is ErrorCode.UNAVAILABLE
        assert caught.value.retry_after_s == 1
        [lack] = backend.missing()
        assert "restarting" in lack.how
        with pytest.raises(Failure, match="restarting"):
            await written(backend, Ask(1, GREEDY))
        async with asyncio.timeout(60):
            await backend.supervisor.settled.wait()
        assert end_of(await written(backend, Ask(2, GREEDY))).tokens == 2
        assert backend.supervisor.stats()["restarts"] == 1


@dataclasses.dataclass
class Hang:
    """Makes the engine that `load` gives stand still in a step, from `begin` until `end` is set."""

    load: Load
    begin: threading.Event = dataclasses.field(default_factory=threading.Event)
    end: threading.Event = dataclasses.field(default_factory=threading.Event)

    def __call__(self, setup: Setup) -> Loaded:
        loaded = self.load(setup)
        step = loaded.engine.step

        def step_or_hang() -> list[Event]:
            if self.begin.is_set():
                self.end.wait()
            return step()

        loaded.engine.step = step_or_hang  # type: ignore[method-assign]
        return loaded


def impatient(model: Transformer, vocabulary: Vocabulary, hang: Hang) -> EngineBackend:
    launches = Launches(hang, hang.load)
    setup = setup_of(model, vocabulary)
    return EngineBackend(setup, launches, supervision.LOADING, lambda _: vocabulary, silence_s=0.5)


async def test_a_worker_that_hangs_is_replaced_and_an_idle_one_is_not(
    model: Transformer, vocabulary: Vocabulary, run_backend: Run
) -> None:
    hang = Hang(loader(model))
    async with run_backend(impatient(model, vocabulary, hang)) as backend:
        await written(backend, Ask(5, GREEDY))
        await quiet(backend)
        await asyncio.sleep(0.55)  # it has nothing to say
        assert end_of(await written(backend, Ask(2, GREEDY))).tokens == 2
        assert backend.supervisor.stats()["restarts"] == 0
        hang.begin.set()
        try:
            with pytest.raises(Failure, match="ended") as caught:
                await written(backend, Ask(200, GREEDY))
        finally:
            hang.end.set()
        assert caught.value.code is ErrorCode.UNAVAILABLE
        async with asyncio.timeout(60):
            await backend.supervisor.settled.wait()
        assert end_of(await written(backend, Ask(2, GREEDY))).tokens == 2
        assert backend.supervisor.stats()["restarts"] == 1


async def test_a_worker_that_hangs_is_replaced_though_all_requests_have_given_up(
    model: Transformer, vocabulary: Vocabulary, run_backend: Run
) -> None:
    hang = Hang(loader(model))
    async with run_backend(impatient(model, vocabulary, hang)) as backend:
        hang.begin.set()
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await written(backend, Ask(200, GREEDY))
        try:
            async with asyncio.timeout(10):
                while not backend.missing():  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        finally:
            hang.end.set()
        async with asyncio.timeout(60):
            await backend.supervisor.settled.wait()


async def test_counters_go_on_over_a_restart(
    model: Transformer, vocabulary: Vocabulary, run_backend: Run
) -> None:
    setup, load = setup_of(model, vocabulary), loader(model)
    launches = Launches(load, load)
    async with run_backend(backend_of(setup, launches, vocabulary)) as backend:
        await written(backend, Ask(5, GREEDY))
        before = await quiet(backend)
        launches.kill()
        with pytest.raises(Failure, match="ended"):
            await written(backend, Ask(200, GREEDY))
        async with asyncio.timeout(60):
            await backend.supervisor.settled.wait()
        await written(backend, Ask(5, GREEDY))
        assert (await quiet(backend))["new_tokens"] > before["new_tokens"]


async def test_what_cannot_be_loaded_is_not_tried_again(
    model: Transformer, vocabulary: Vocabulary
) -> None:
    def load(_: Setup) -> Loaded:
        raise LoadError("tiny.gguf: truncated")

    setup = setup_of(model, vocabulary)
    launches = Launches(load)
    backend = backend_of(setup, launches, vocabulary)
    await backend.start()
    async with asyncio.timeout(20):
        await backend.supervisor.settled.wait()
    assert backend.missing() == [Missing(part="model", how="tiny.gguf: truncated", required=True)]
    with pytest.raises(Failure, match="truncated") as caught:
        backend.info()
    assert (caught.value.code, caught.value.retry_after_s) == (ErrorCode.UNAVAILABLE, None)
    await backend.stop()


async def test_a_worker_that_ends_before_it_is_ready_is_replaced(
    model: Transformer, vocabulary: Vocabulary, run_backend: Run
) -> None:
    setup, load = setup_of(model, vocabulary), loader(model)

    def killed(_: Setup) -> Loaded:
        launches.kill()
        raise LoadError("nobody hears this")

    launches = Launches(killed, load)
    async with run_backend(backend_of(setup, launches, vocabulary)) as backend:
        assert backend.supervisor.restarts == 1
        assert end_of(await written(backend, Ask(2, GREEDY))).tokens == 2


async def test_a_worker_that_talks_nonsense_is_replaced(
    model: Transformer, vocabulary: Vocabulary, run_backend: Run
) -> None:
    launches = Launches(loader(model))

    async def nonsense_first(end: socket.socket) -> Running:
        if not launches.ends:
            launches.ends.append(end)
            end.sendall(b"Ready {}\n")
            return Gone()
        return await launches(end)

    class Gone:
        pid = None

        async def end(self) -> str:
            return "gone"

    backend = EngineBackend(
        setup_of(model, vocabulary), nonsense_first, supervision.LOADING, lambda _: vocabulary
    )
    async with run_backend(backend):
        assert backend.supervisor.restarts == 1
        assert end_of(await written(backend, Ask(2, GREEDY))).tokens == 2


async def test_a_tokenizer_that_cannot_be_opened_is_said_to_be_so(
    model: Transformer, vocabulary: Vocabulary
) -> None:
    def broken(_: Setup) -> Vocabulary:
        raise MemoryError

    launches = Launches(loader(model))
    backend = EngineBackend(setup_of(model, vocabulary), launches, supervision.LOADING, broken)
    await backend.start()
    async with asyncio.timeout(20):
        await backend.supervisor.settled.wait()
    assert "MemoryError" in backend.missing()[0].how
    await backend.stop()


async def test_a_request_that_names_no_adapter_gets_the_servers_own(
    model: Transformer, vocabulary: Vocabulary, run_backend: Run
) -> None:
    setup = dataclasses.replace(
        setup_of(model, vocabulary), adapters={"own": Path("own.st")}, own_adapter="own"
    )
    async with run_backend(backend_of(setup, Launches(loader(model)), vocabulary)) as backend:
        assert backend.info().model == "tiny + own"
        with pytest.raises(Failure, match="adapter 'own' is unknown"):  # this worker has none
            await written(backend, Ask(1, GREEDY))
        with pytest.raises(Failure, match="adapter 'own' is unknown"):
            await backend.likelihoods(PROMPT, ["a"], None)


async def test_stopping_ends_the_worker_and_leaves_no_task(
    model: Transformer, vocabulary: Vocabulary, run_backend: Run
) -> None:
    before = asyncio.all_tasks()
    async with run_backend(in_process(model, vocabulary)) as backend:
        pass
    assert backend.missing()
    assert asyncio.all_tasks() <= before


# --- the worker's life, in processes ------------------------------------------------------------


def process_backend(weights: Path) -> EngineBackend:
    setup = Setup(weights, None, {}, None, "cpu", "float32", 1, None, 1024, 16, 64, 7)
    return EngineBackend(setup, launch_process("ERROR"))


async def test_a_killed_worker_loses_only_its_requests(gguf_file: Path, run_backend: Run) -> None:
    async with run_backend(process_backend(gguf_file)) as backend:
        first = backend.supervisor.pid
        assert first is not None
        async with aclosing(backend.write(PROMPT, Ask(200, GREEDY))) as events:
            await anext(events)
            os.kill(first, signal.SIGKILL)
            with pytest.raises(Failure) as caught:
                async for _ in events:
                    pass
        assert caught.value.code is ErrorCode.UNAVAILABLE
        async with asyncio.timeout(60):
            await backend.supervisor.settled.wait()
        assert end_of(await written(backend, Ask(3, GREEDY))).tokens == 3
        assert backend.supervisor.pid not in (None, first)
    assert await asyncio.to_thread(is_gone, first)


FRONT = """
import asyncio, sys
from pathlib import Path
from model_server.backends.engine import EngineBackend
from model_server.backends.launching import launch_process
from model_server.link import Setup

async def main():
    setup = Setup(Path(sys.argv[1]), None, {}, None, "cpu", "float32", 1, None, 1024, 16, 64, 7)
    backend = EngineBackend(setup, spying)
    await backend.start()
    await backend.supervisor.settled.wait()
    print("ready", flush=True)
    await asyncio.Event().wait()

async def spying(end):
    running = await launch_process("ERROR")(end)
    print(running.pid, flush=True)
    return running

asyncio.run(main())
"""


@pytest.mark.parametrize("when", ["loading", "ready"])
def test_a_worker_does_not_outlive_a_killed_server(gguf_file: Path, when: str) -> None:
    command = [sys.executable, "-c", FRONT, str(gguf_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as front:
        assert front.stdout is not None
        worker = int(front.stdout.readline())
        if when == "ready":
            assert front.stdout.readline() == "ready\n"
        os.kill(worker, 0)  # it is there
        front.kill()
    assert is_gone(worker)


def is_gone(pid: int) -> bool:
    """Whether the process ends, in at most 20 s; one that nobody waited for counts as ended."""
    try:
        process = psutil.Process(pid)
        for _ in range(2000):
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            time.sleep(0.01)
    except psutil.NoSuchProcess:
        return True
    return False


def test_the_front_of_the_engine_loads_no_torch() -> None:
    code = (
        "import sys, model_server.app as a; a.build(a.Settings(log_level='ERROR'));"
        "print({'torch', 'numba', 'httpx'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


async def test_a_tokenizer_without_the_protocols_tokens_is_said_to_be_so(
    unknown_gguf_file: Path,
) -> None:
    backend = process_backend(unknown_gguf_file)
    await backend.start()
    async with asyncio.timeout(60):
        await backend.supervisor.settled.wait()
    assert "gpt-4o" in backend.missing()[0].how
    await backend.stop()


async def test_prompts_are_tokens_that_text_cannot_forge(
    backend: EngineBackend, tokenizer: BPETokenizer
) -> None:
    plain = end_of(await written(backend, Ask(1, GREEDY), ["<|im_end|>"])).prompt_tokens
    assert plain == len(tokenizer.encode("<|im_end|>")) > 1
