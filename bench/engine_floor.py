"""What the machine could do: memory reads and float products, measured as fast as we know how.

  read_gb_s      as many bytes as the model has weights in int8, read again and again by all cores
  gemm_gflop_s   torch's matrix product, 512 rows by the model's own shapes, in a dtype

A step over some rows takes at least what reading the weights takes and at least what its products
take; attention, norms and everything else are left out, so no engine reaches this floor.

  python -m bench.engine_floor WEIGHTS THREADS     prints a Floor as JSON
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numba
import numpy as np
import numpy.typing as npt
import torch

from model_server.checkpoints.checkpoint import open_checkpoint
from model_server.checkpoints.layout import products

REPEATS = 7
ROWS = 512
PASSES = 4


@dataclass(frozen=True, slots=True)
class Floor:
    read_gb_s: float
    float32_gflop_s: float
    bfloat16_gflop_s: float
    block_weights: int
    """Weights that every row is multiplied with."""
    head_weights: int
    """Those of the output head: only where a token is wanted."""

    def step_s(self, rows: int, wanted: int) -> float:
        """Seconds of a step over `rows` tokens with logits after `wanted` of them."""
        operations = 2 * (self.block_weights * rows + self.head_weights * wanted)
        rate = max(self.float32_gflop_s, self.bfloat16_gflop_s) * 1e9
        read_s = (self.block_weights + self.head_weights) / self.read_gb_s / 1e9
        return max(operations / rate, read_s)

    def turns_per_s(self, count: int, prompt: int, new: int, prompts: int) -> float:
        """New tokens a second of `count` sequences side by side, their prompts read as well."""
        reading_s = self.step_s(prompt * prompts, count)
        return count * new / (reading_s + (new - 1) * self.step_s(count, count))


@numba.njit(parallel=True, fastmath=True, cache=True)  # type: ignore[untyped-decorator]
def _sum(words: npt.NDArray[np.int64], parts: int) -> int:
    """The sum of the words, in as many pieces as there are threads."""
    total = 0
    size = len(words) // parts
    for part in numba.prange(parts):
        mine = 0
        for at in range(part * size, (part + 1) * size):
            mine += words[at]
        total += mine
    return total


def read_gb_s(size: int, threads: int) -> float:
    """Gigabytes a second of reading `size` bytes with `threads` threads; median."""
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    words = np.ones(size // 8, np.int64)
    _sum(words, threads)
    times = []
    for _ in range(REPEATS):
        before = time.perf_counter()
        for _ in range(PASSES):
            _sum(words, threads)
        times.append((time.perf_counter() - before) / PASSES)
    return words.nbytes / statistics.median(times) / 1e9


def gemm_gflop_s(shapes: list[tuple[int, int]], dtype: torch.dtype, threads: int) -> float:
    """Billions of operations a second of (ROWS, in) x (in, out), one after another; median."""
    torch.set_num_threads(threads)
    pairs = [(torch.randn(ROWS, i).to(dtype), torch.randn(i, o).to(dtype)) for o, i in shapes]
    times = []
    for _ in range(REPEATS + 1):
        before = time.perf_counter()
        for _ in range(PASSES):
            for left, right in pairs:
                torch.mm(left, right)
        times.append((time.perf_counter() - before) / PASSES)
    operations = sum(2 * ROWS * i * o for o, i in shapes)
    return operations / statistics.median(times[1:]) / 1e9


def measured(weights: Path, threads: int) -> Floor:
    config = open_checkpoint(weights, None).config
    blocks = [one.shape for one in products(config)]
    layer = [(rows, columns) for rows, columns in blocks[: len(blocks) // config.n_layers]]
    block_weights = sum(rows * columns for rows, columns in blocks)
    head_weights = config.vocab_size * config.d_model
    return Floor(
        read_gb_s(block_weights + head_weights, threads),
        gemm_gflop_s(layer, torch.float32, threads),
        gemm_gflop_s(layer, torch.bfloat16, threads),
        block_weights,
        head_weights,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(measured(Path(sys.argv[1]), int(sys.argv[2])))))
