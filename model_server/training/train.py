"""Train the research adapter: LoRA on every linear layer, cross-entropy on the target tokens.

The frozen weights are held in bfloat16 where the machine multiplies it fast, the factors and the
optimiser in float32. Logits are computed only where there is a target. Progress goes to standard
output, one line every few steps; the adapter is saved at the end and at every checkpoint.

    python -m model_server.training.train --examples train.jsonl --weights FILE.gguf --out FILE
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from model_server.checkpoints.checkpoint import open_checkpoint
from model_server.engine.attention import Whole
from model_server.engine.load import load_transformer
from model_server.engine.model import Transformer
from model_server.training.examples import read_examples, tokens_and_targets
from model_server.training.lora import attach, resume, save


@dataclass(frozen=True, slots=True)
class Encoded:
    ids: list[int]
    is_target: list[bool]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes a run repeatable; saved with the adapter."""

    rank: int
    alpha: float
    learning_rate: float
    batch_tokens: int
    epochs: int
    warmup_share: float
    seed: int


def batches(examples: Sequence[Encoded], batch_tokens: int, rng: random.Random) -> list[list[int]]:
    """Indices grouped by like length, each group at most batch_tokens with its padding."""
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids) + rng.uniform(-8, 8))
    groups: list[list[int]] = []
    group: list[int] = []
    longest = 0
    for index in order:
        length = max(longest, len(examples[index].ids))
        if group and length * (len(group) + 1) > batch_tokens:
            groups.append(group)
            group, length = [], len(examples[index].ids)
        group.append(index)
        longest = length
    groups.append(group)
    rng.shuffle(groups)
    return groups


def batch_loss(model: Transformer, group: Sequence[Encoded]) -> tuple[Tensor, int]:
    """Summed cross-entropy over the group's target tokens, and their number.

    Sequences are padded on the right; causal attention keeps the padding out of sight.
    """
    longest = max(len(example.ids) for example in group)
    ids = torch.zeros(len(group), longest, dtype=torch.int64)
    is_target = torch.zeros(len(group), longest, dtype=torch.bool)
    for row, example in enumerate(group):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        is_target[row, : len(example.ids)] = torch.tensor(example.is_target)
    positions = torch.arange(longest - 1)[None]
    whole = Whole(model, positions)
    hidden = model(ids[:, :-1], positions.expand(len(group), -1), whole)  # (B, T-1, C)
    wanted = is_target[:, 1:]
    logits = model.logits(hidden[wanted])  # (N, V)
    return F.cross_entropy(logits, ids[:, 1:][wanted], reduction="sum"), int(wanted.sum())


def schedule(step: int, steps: int, warmup_share: float) -> float:
    """Linear warm-up, then linear fall to zero; a factor of the learning rate."""
    warmup = max(1, int(steps * warmup_share))
    if step < warmup:
        return (step + 1) / warmup
    return max(0.0, (steps - step) / max(1, steps - warmup))


def train(
    model: Transformer, examples: Sequence[Encoded], recipe: Recipe, start: Path | None = None
) -> Iterator[tuple[int, int, float]]:
    """Yield (step, steps, mean loss of the step). The model's factors change in place.

    `start` is an adapter to go on from; None: fresh factors, which change nothing yet.
    """
    rng = random.Random(recipe.seed)
    parameters = attach(model, recipe.rank, recipe.alpha, recipe.seed)
    if start is not None:
        resume(model, start)
    optimiser = torch.optim.AdamW(parameters, lr=recipe.learning_rate, weight_decay=0.0)
    plan = [
        group for _ in range(recipe.epochs) for group in batches(examples, recipe.batch_tokens, rng)
    ]
    for step, group in enumerate(plan):
        factor = schedule(step, len(plan), recipe.warmup_share)
        for settings in optimiser.param_groups:
            settings["lr"] = recipe.learning_rate * factor
        # The fused kernel's backward pass is the slower one for sequences this short.
        with sdpa_kernel(SDPBackend.MATH):
            loss, targets = batch_loss(model, [examples[index] for index in group])
        mean = loss / targets
        if not math.isfinite(mean.item()):
            raise RuntimeError(f"step {step}: the loss is not finite")
        optimiser.zero_grad(set_to_none=True)
        mean.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        yield step, len(plan), mean.item()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--examples", type=Path, required=True, help="JSON lines, from generate.py")
    parser.add_argument("--weights", type=Path, required=True, help="GGUF file or HF folder")
    parser.add_argument("--out", type=Path, required=True, help="adapter file to write")
    parser.add_argument("--start", type=Path, help="an adapter of the same rank to go on from")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--alpha", type=float, default=32.0)
    parser.add_argument("--learning-rate", type=float, default=5e-4)
    parser.add_argument("--batch-tokens", type=int, default=3000, help="with padding")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--warmup-share", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    parser.add_argument("--threads", type=int, default=0, help="0: torch's choice")
    parser.add_argument("--save-every", type=int, default=200, help="steps between checkpoints")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    checkpoint = open_checkpoint(arguments.weights)
    dtype: torch.dtype = getattr(torch, arguments.dtype)
    model = load_transformer(checkpoint, None, dtype, torch.device("cpu"))
    examples = [
        Encoded(*tokens_and_targets(checkpoint.tokenizer, example))
        for example in read_examples(arguments.examples)
    ]
    recipe = Recipe(
        rank=arguments.rank,
        alpha=arguments.alpha,
        learning_rate=arguments.learning_rate,
        batch_tokens=arguments.batch_tokens,
        epochs=arguments.epochs,
        warmup_share=arguments.warmup_share,
        seed=arguments.seed,
    )
    metadata = {
        "base_model": checkpoint.name,
        "recipe": json.dumps({name: getattr(recipe, name) for name in recipe.__slots__}),
        "examples": str(len(examples)),
        "examples_sha256": hashlib.sha256(arguments.examples.read_bytes()).hexdigest(),
    }
    if arguments.start:
        metadata["start_sha256"] = hashlib.sha256(arguments.start.read_bytes()).hexdigest()
    started = time.monotonic()
    tokens = sum(len(example.ids) for example in examples)
    print(f"{len(examples)} examples, {tokens} tokens, {recipe}", flush=True)
    for step, steps, loss in train(model, examples, recipe, arguments.start):
        if step % 5 == 0 or step + 1 == steps:
            elapsed_s = time.monotonic() - started
            print(f"step {step + 1}/{steps} loss {loss:.4f} {elapsed_s:.0f} s", flush=True)
        if step and step % arguments.save_every == 0:
            save(model, arguments.out, metadata | {"steps_done": str(step)})
    save(model, arguments.out, metadata)


if __name__ == "__main__":
    main()
