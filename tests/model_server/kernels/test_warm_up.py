"""What the warm-up compiles is all that serving needs: seen in a process that does both."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from model_server.checkpoints.adapter import factor_names
from model_server.checkpoints.layout import products
from model_server.engine.model import Transformer

SERVE_AFTER_WARMING_UP = """
import sys
from pathlib import Path

from numba.core.dispatcher import Dispatcher

from model_server.engine.config import NAMED
from model_server.engine.engine import Engine
from model_server.engine.model import Transformer
from model_server.engine.requests import Finished, Generate
from model_server.engine.runner import Options, Runner, load
from model_server.kernels import stages
from model_server.kernels.int8 import Int8Model
from model_server.kernels.warm_up import warm_up

def compiled():
    functions = (one for one in vars(stages).values() if isinstance(one, Dispatcher))
    return {one.__name__: one.signatures for one in functions}

def serve(runner):
    engine = Engine(runner, 16, 64, 7)
    for adapter in (None, *runner.adapters):
        for prompt in (5, 9, 5, 9), tuple(range(3, 43)):  # few rows; many, then the head alone
            engine.submit(Generate(1, prompt, 4, (), references=(prompt,), adapter=adapter))
            events = []
            while engine.busy:
                events += engine.step()
            assert isinstance(events[-1], Finished), events
    runner.close()

def random_lamda():
    model = Transformer(NAMED["lamda-small"]).requires_grad_(False)
    int8 = Int8Model(model.config, 1)
    for name, weight in model.state_dict().items():
        int8.store(name, weight.numpy())
    return Runner(model, int8, {}, 128)

warm_up()
warm = compiled()
assert warm["run"] and warm["quantize"], warm
weights, *adapters = map(Path, sys.argv[1:])
named = {path.stem: path for path in adapters}
serve(load(Options(weights, adapters=named, device="cpu", threads=2, kv_cache_tokens=128)))
serve(random_lamda())
anew = {name: types for name, types in compiled().items() if types != warm[name]}
assert not anew, f"compiled anew: {anew}"
"""


def write_adapter(path: Path, model: Transformer, rank: int) -> Path:
    factors: dict[str, torch.Tensor] = {}
    for weight in products(model.config):
        for part, (outputs, inputs) in weight.parts:
            a, b = factor_names(part)
            factors |= {a: torch.randn(rank, inputs) / 8, b: torch.randn(outputs, rank) / 8}
    save_file(factors, path)
    return path


def test_serving_after_the_warm_up_compiles_nothing(
    gguf_file: Path, model: Transformer, tmp_path: Path
) -> None:
    adapters = [write_adapter(tmp_path / f"{n}.safetensors", model, rank=n) for n in (1, 4)]
    program = [sys.executable, "-c", SERVE_AFTER_WARMING_UP, *map(str, [gguf_file, *adapters])]
    run = subprocess.run(program, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
