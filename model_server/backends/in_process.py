"""A model that is in memory already, behind the same backend, on a thread of this process.

For figures of an adapter and for tests; a server gives its model a process of its own.
"""

from __future__ import annotations

from pathlib import Path

from model_server.backends.engine import EngineBackend, Vocabulary
from model_server.backends.launching import launch_thread
from model_server.backends.supervision import LOADING
from model_server.engine.engine import Engine
from model_server.engine.model import Transformer
from model_server.engine.runner import Runner, quantized
from model_server.link import Ready, Setup
from model_server.worker import Load, Loaded


def in_process(model: Transformer, vocabulary: Vocabulary, int8: bool = False) -> EngineBackend:
    """Runs the model as it is, in plain torch; whoever changes its weights starts a new one.

    int8: its steps of few rows as they are served on a CPU.
    """
    launch = launch_thread(loader(model, int8))
    return EngineBackend(setup_of(model, vocabulary), launch, LOADING, lambda _: vocabulary)


def setup_of(model: Transformer, vocabulary: Vocabulary) -> Setup:
    """What a worker on a thread is told."""
    return Setup(
        weights=Path(vocabulary.name),
        merged=None,
        adapters={},
        own_adapter=None,
        device=model.device.type,
        dtype="auto",
        threads=0,
        max_context=None,
        kv_cache_tokens=4096,
        max_running=16,
        prefill_tokens=256,
        max_drafts=7,
    )


def loader(model: Transformer, int8: bool = False) -> Load:
    """Loads nothing: the model is there."""

    def load(setup: Setup) -> Loaded:
        runner = Runner(model, quantized(model) if int8 else None, {}, setup.kv_cache_tokens)
        engine = Engine(runner, setup.max_running, setup.prefill_tokens, setup.max_drafts)
        ready = Ready(
            device=runner.device,
            dtype=runner.dtype,
            threads=runner.threads,
            max_context=model.config.max_context,
            adapters=(),
        )
        return Loaded(engine, ready, runner.close)

    return load
