"""transformers' generate as bench/engine.py measures it: float32, the same GGUF file's weights."""

from __future__ import annotations

import time
from typing import Any

import torch
import transformers

from bench.engine_work import Setup, Timing, Work


class Transformers:
    def __init__(self, setup: Setup) -> None:
        transformers.logging.set_verbosity_error()
        torch.set_num_threads(setup.threads)
        self._model = transformers.AutoModelForCausalLM.from_pretrained(
            setup.weights.parent, gguf_file=setup.weights.name, dtype=torch.float32
        )

    def run(self, work: Work) -> Timing:
        """Prompts are of one length: generate pads, and padding would count against it."""
        ids = torch.tensor(work.prompts)  # (B, T)
        first_s: list[float] = []
        started = time.perf_counter()

        def note(*_: Any, **__: Any) -> torch.Tensor:
            first_s.append(time.perf_counter() - started)
            return torch.zeros(work.sequences, dtype=torch.bool)

        self._model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=work.new,
            min_new_tokens=work.new,
            do_sample=work.sampled,
            top_k=0 if work.sampled else None,
            num_return_sequences=work.candidates,
            pad_token_id=0,
            stopping_criteria=transformers.StoppingCriteriaList([note]),
        )
        total_s = time.perf_counter() - started
        return Timing(first_s[0], total_s, work.new * work.sequences)
