"""This project's engine as bench/engine.py and bench/turn.py measure it: in process, no HTTP."""

from __future__ import annotations

import time

from bench.engine_work import Setup, Timing, Work
from model_server.engine.engine import Engine
from model_server.engine.requests import (
    Began,
    Event,
    Failed,
    Finished,
    Generate,
    SamplingParameters,
    Tokens,
)
from model_server.engine.runner import Options, load

MAX_DRAFTS = 7


class Groundling:
    def __init__(self, setup: Setup) -> None:
        options = Options(
            weights=setup.weights,
            adapter=setup.adapter,
            device="cpu",
            threads=setup.threads,
        )
        self._runner = load(options)
        self._drafts = MAX_DRAFTS if setup.speculate else 0
        self._renew()

    def _renew(self) -> None:
        """An engine that has read nothing."""
        self._engine = Engine(
            self._runner, max_running=16, prefill_tokens=256, max_drafts=self._drafts
        )

    def run(self, work: Work) -> Timing:
        if not work.keep:
            self._renew()
        started = time.perf_counter()
        for index in range(len(work.prompts)):
            self._engine.submit(_request(work, index))
        tokens, first_s = 0, 0.0
        while self._engine.busy:
            tokens += sum(_counted(event, work) for event in self._engine.step())
            if tokens and not first_s:
                first_s = time.perf_counter() - started
        return Timing(first_s, time.perf_counter() - started, tokens)


def _request(work: Work, index: int) -> Generate:
    return Generate(
        id=index,
        prompt=tuple(work.prompts[index]),
        max_new=work.new,
        stop=() if work.stop is None else (work.stop,),
        n=work.candidates,
        sampling=SamplingParameters(temperature=float(work.sampled)),
        begin=tuple(tuple(one) for one in work.begin or ()),
        references=tuple(tuple(one) for one in work.references or ()),
    )


def _counted(event: Event, work: Work) -> int:
    """Tokens that the event is about, the one that stopped a candidate included."""
    match event:
        case Failed():
            raise RuntimeError(f"the engine failed: {event.message}")
        case Began():
            return len((work.begin or [])[event.choice])
        case Tokens():
            return len(event.ids)
        case Finished():
            return int(event.reason == "stop")
    return 0
