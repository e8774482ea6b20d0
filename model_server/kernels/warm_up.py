"""The kernels compiled ahead, at set-up, so that the first start need not wait for them.

numba compiles for types, not for sizes: a model of a few numbers needs what any other does, of
either family, with an adapter or without.
"""

from __future__ import annotations

import numpy as np

from model_server.engine.config import ModelConfig
from model_server.engine.model import Transformer
from model_server.kernels.int8 import Int8Model

_SIZE = 16  # stages.PAD: without padding, as in real models, arrays are contiguous: another type
_TINY = ModelConfig(
    vocab_size=_SIZE,
    n_layers=1,
    n_heads=1,
    n_kv_heads=1,
    d_model=_SIZE,
    d_ff=_SIZE,
    head_size=_SIZE,
    max_context=1,
    norm_eps=1e-5,
)


def warm_up() -> None:
    """About ten seconds the first time on a machine; later what the cache on disk takes to read."""
    model = Int8Model(_TINY, threads=1)
    for name, weight in Transformer(_TINY).state_dict().items():
        model.store(name, weight.numpy())
    zero, cache = np.zeros(1, np.int64), np.zeros((1, 1, _SIZE), np.float32)
    model.step(zero, zero, zero, zero, zero, keys=cache, values=cache)
    model.logits(cache[0])
    model.close()
