"""What the engine's fast paths cost in quality: perplexity of a fixed text, bench/prose.txt.

  reference     torch in float32, the whole text read at once (model.Transformer)
  few rows      the engine as it decodes: at most 8 tokens a step, through the int8 weights
  many rows     the engine as it reads prompts: 256 tokens a step

Perplexity: exp of the mean of -ln P(token | those before it); the first token is given. The text
was written for this purpose. The requirement on int8: at most 1 % above the reference.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from rich.console import Console
from rich.table import Table

from model_server.checkpoints.checkpoint import open_checkpoint
from model_server.engine.attention import Whole
from model_server.engine.engine import Engine
from model_server.engine.load import load_transformer
from model_server.engine.requests import Score, Scored
from model_server.engine.runner import Options, Runner, load

TEXT = Path(__file__).with_name("prose.txt")
FEW_ROWS = 8
MANY_ROWS = 256


def report(console: Console, weights: Path, threads: int) -> None:
    """Print the perplexity of each path and its difference from the reference."""
    ids = open_checkpoint(weights).tokenizer.encode(TEXT.read_text(encoding="utf-8"))
    runner = load(Options(weights, device="cpu", threads=threads))
    few = max(1, min(FEW_ROWS, runner.few_rows))
    paths = [
        (f"engine, {few} tokens a step: {runner.dtype}", by_engine(runner, ids, few)),
        (f"engine, {MANY_ROWS} tokens a step", by_engine(runner, ids, MANY_ROWS)),
    ]
    runner.close()
    expected = by_torch(weights, ids)
    table = Table("", "perplexity", "difference", box=None)
    table.add_row("torch, float32", f"{expected:.3f}", "")
    for name, found in paths:
        table.add_row(name, f"{found:.3f}", f"{(found / expected - 1) * 100:+.2f} %")
    console.print(table)
    console.print(f"{len(ids)} tokens of {TEXT.name}; int8 up to {runner.few_rows} rows a step")


def by_engine(runner: Runner, ids: list[int], rows: int) -> float:
    """Perplexity of token ids (T,) read in steps of `rows`, by an engine that has read nothing."""
    engine = Engine(runner, max_running=1, prefill_tokens=rows, max_drafts=0)
    engine.submit(Score(id=0, prompt=(ids[0],), branches=(tuple(ids[1:]),)))
    while engine.busy:
        for event in engine.step():
            if isinstance(event, Scored):
                return math.exp(-event.log_likelihoods[0] / (len(ids) - 1))
            raise RuntimeError(f"the engine did not score: {event}")
    raise RuntimeError("the engine ended without an answer")


@torch.inference_mode()
def by_torch(weights: Path, ids: list[int]) -> float:
    """Perplexity of token ids (T,) by the reference in float32."""
    checkpoint = open_checkpoint(weights)
    model = load_transformer(checkpoint, None, torch.float32, torch.device("cpu"))
    tokens = torch.tensor([ids])  # (1, T)
    positions = torch.arange(len(ids))[None]  # (1, T)
    hidden = model(tokens, positions, Whole(model, positions))  # (1, T, C)
    logits = model.logits(hidden[0, :-1])  # (T - 1, V)
    return math.exp(float(F.cross_entropy(logits, tokens[0, 1:])))
