"""llama.cpp as bench/engine.py and bench/turn.py measure it: its C API through llama-cpp-python.

Driven as its own server drives it: every sequence's next token in one llama_decode, a prompt's
known beginning kept, the next token drawn by llama.cpp's own samplers. llama-cpp-python's class
Llama copies a vocabulary's worth of logits per token through Python and runs one sequence; without
it llama.cpp is a little faster and can batch, so it is the harder of the two to beat.

  python -m bench.engine_llama WEIGHTS THREADS     decode a little with its default buffers
"""

from __future__ import annotations

import ctypes
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

try:
    import llama_cpp as api
except ImportError as missing:
    raise ImportError('llama.cpp is not installed: pip install -e ".[bench]"') from missing

from bench.engine_work import Ids, Setup, Timing, Work

Sampler = Any

CONTEXT_TOKENS = 8192
MAX_SEQUENCES = 16
BATCH_TOKENS = 512
PROBE_TIMEOUT_S = 120


@api.llama_log_callback  # type: ignore[untyped-decorator]
def _silent(level: int, text: bytes, data: ctypes.c_void_p) -> None:
    """llama.cpp reports its loading on stderr at length."""


def default_buffers_work(weights: Path, threads: int) -> bool:
    """Whether llama.cpp survives its own fastest weight layout for this machine and these weights.

    Version 0.3.36 dies of a segmentation fault in its AMX path with Q4_1; a process of its own
    tries.
    """
    command = [sys.executable, "-m", "bench.engine_llama", str(weights), str(threads)]
    tried = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=PROBE_TIMEOUT_S
    )
    if tried.returncode > 0:  # an error; a signal that ended it is negative
        raise RuntimeError(f"llama.cpp: {tried.stderr.strip()}")
    return tried.returncode == 0


Row = tuple[int, int, int, bool]
"""A token, its position, its sequence, and whether the token after it is wanted."""


class LlamaCpp:
    def __init__(self, setup: Setup) -> None:
        api.llama_log_set(_silent, ctypes.c_void_p(0))
        api.llama_backend_init()
        of_model = api.llama_model_default_params()
        of_model.use_extra_bufts = setup.extra_buffers
        of_model.n_gpu_layers = 0
        model = api.llama_model_load_from_file(str(setup.weights).encode(), of_model)
        if model is None:
            raise RuntimeError(f"{setup.weights}: llama.cpp cannot load it")
        of_context = api.llama_context_default_params()
        of_context.n_ctx = CONTEXT_TOKENS
        of_context.n_batch = of_context.n_ubatch = BATCH_TOKENS
        of_context.n_seq_max = MAX_SEQUENCES
        of_context.kv_unified = True
        of_context.n_threads = of_context.n_threads_batch = setup.threads
        context = api.llama_init_from_model(model, of_context)
        if context is None:
            raise RuntimeError("llama.cpp cannot make a context")
        self._context = context
        self._memory = api.llama_get_memory(context)
        self._batch = api.llama_batch_init(BATCH_TOKENS, 0, 1)
        self._greedy = _chain(api.llama_sampler_init_greedy())
        self._sampled = _chain(api.llama_sampler_init_temp(1.0), api.llama_sampler_init_dist(1))
        self._known: Ids = []
        """What sequence 0 has read."""

    def run(self, work: Work) -> Timing:
        sampler = self._sampled if work.sampled else self._greedy
        started = time.perf_counter()
        kept = self._keep(work)
        last = self._step(
            [
                (token, place, sequence, place == len(prompt) - 1)
                for sequence, prompt in enumerate(work.prompts)
                for place, token in enumerate(prompt)
                if place >= kept
            ],
            sampler,
            draws=work.candidates,
        )
        first_s = time.perf_counter() - started
        for copy in range(1, work.candidates):
            api.llama_memory_seq_cp(self._memory, 0, copy, -1, -1)
        ends = [len(prompt) for prompt in work.prompts] * work.candidates
        self._known = list(work.prompts[0])
        for step in range(work.new - 1):
            self._known.append(last[0])
            rows = [(last[one], end + step, one, True) for one, end in enumerate(ends)]
            last = self._step(rows, sampler)
        total_s = time.perf_counter() - started
        if work.sequences > 1:
            self._forget()
        return Timing(first_s, total_s, work.new * work.sequences)

    def _keep(self, work: Work) -> int:
        """Forget what the prompt does not begin with; how many of its tokens need no reading."""
        if not work.keep:
            self._forget()
        [prompt, *_] = work.prompts
        pairs = zip(self._known, prompt[:-1], strict=False)  # the last one is read: for its logits
        kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        api.llama_memory_seq_rm(self._memory, 0, kept, -1)
        return kept

    def _forget(self) -> None:
        api.llama_memory_clear(self._memory, False)
        self._known = []

    def _step(self, rows: Sequence[Row], sampler: Sampler, draws: int = 1) -> Ids:
        """Read the rows; the tokens drawn after those that want one, in their order."""
        drawn: Ids = []
        for start in range(0, len(rows), BATCH_TOKENS):
            part = rows[start : start + BATCH_TOKENS]
            self._batch.n_tokens = len(part)
            for at, (token, place, sequence, wanted) in enumerate(part):
                self._batch.token[at] = token
                self._batch.pos[at] = place
                self._batch.n_seq_id[at] = 1
                self._batch.seq_id[at][0] = sequence
                self._batch.logits[at] = wanted
            if (code := api.llama_decode(self._context, self._batch)) != 0:
                raise RuntimeError(f"llama_decode: {code}")
            drawn += [
                api.llama_sampler_sample(sampler, self._context, at)
                for at, row in enumerate(part)
                if row[3]
                for _ in range(draws)
            ]
        return drawn


def _chain(*samplers: Sampler) -> Sampler:
    chain = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
    for sampler in samplers:
        api.llama_sampler_chain_add(chain, sampler)
    return chain


if __name__ == "__main__":
    runtime = LlamaCpp(Setup(Path(sys.argv[1]), int(sys.argv[2])))
    runtime.run(Work([list(range(100, 150))], new=4))
