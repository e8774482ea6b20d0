"""Training, on the tiny model."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from model_server.checkpoints.adapter import read_adapter
from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.engine.model import Transformer
from model_server.training.examples import Example, tokens_and_targets, write_examples
from model_server.training.train import (
    Encoded,
    Recipe,
    batch_loss,
    batches,
    main,
    schedule,
    train,
)
from services.contract import Step, Turn

CONTEXT = [Turn(role="user", content="hi")]


def encoded(lengths: list[int]) -> list[Encoded]:
    rng = random.Random(1)
    return [
        Encoded(
            [rng.randrange(3, 200) for _ in range(n)], [False] * (n // 2) + [True] * (n - n // 2)
        )
        for n in lengths
    ]


def test_every_example_is_in_exactly_one_batch_and_batches_keep_their_bound() -> None:
    examples = encoded([random.Random(i).randrange(5, 60) for i in range(100)])
    groups = batches(examples, 200, random.Random(2))
    assert sorted(index for group in groups for index in group) == list(range(100))
    for group in groups:
        assert len(group) * max(len(examples[index].ids) for index in group) <= 200


def test_padding_does_not_change_the_loss(model: Transformer) -> None:
    examples = encoded([12, 30, 7])
    together, count = batch_loss(model, examples)
    alone = [batch_loss(model, [one]) for one in examples]
    assert count == sum(number for _, number in alone)
    torch.testing.assert_close(together, sum(loss for loss, _ in alone), rtol=1e-4, atol=1e-4)


def test_the_learning_rate_warms_up_and_falls_to_nothing() -> None:
    factors = [schedule(step, 100, 0.1) for step in range(100)]
    assert factors[0] < factors[9] == max(factors) == 1.0
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert factors[-1] < 0.02


def test_training_learns_its_examples_and_leaves_the_weights_alone(model: Transformer) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    recipe = Recipe(16, 16.0, 3e-2, 400, 40, 0.1, 1)
    losses = [loss for _, _, loss in train(model, encoded([14, 15, 16, 17]), recipe)]
    assert losses[-1] < losses[0] / 2
    after = model.state_dict()
    for name, value in before.items():
        wrapped = name if name in after else name.replace(".weight", ".base.weight")
        assert torch.equal(after[wrapped], value), name


def test_a_score_example_has_one_target_its_label(tokenizer: BPETokenizer) -> None:
    example = Example("score", CONTEXT, "yo", False, [], "", ("safe", 1))
    ids, is_target = tokens_and_targets(tokenizer, example)
    assert is_target == [False] * (len(ids) - 1) + [True]
    assert tokenizer.decode(ids).endswith("score\nSAFE 1")


def test_the_command_trains_an_adapter_and_goes_on_from_it(
    gguf_file: Path, model: Transformer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [Step(query="abc", snippets=["abc / is / 7"])]
    example = Example("x", CONTEXT, "yo", True, steps, "It is 7.")
    written, out = tmp_path / "examples.jsonl", tmp_path / "adapter.safetensors"
    write_examples(written, [example] * 4)

    def run(*more: str) -> list[float]:
        fixed = ["--rank", "4", "--batch-tokens", "200", "--epochs", "6", "--learning-rate", "1e-2"]
        command = ["--examples", written, "--weights", gguf_file, "--out", out, *fixed, *more]
        monkeypatch.setattr(sys, "argv", ["train", *map(str, command)])
        losses: list[float] = []

        def spy(*arguments: object) -> object:
            for step in train(*arguments):  # type: ignore[arg-type]
                losses.append(step[2])
                yield step

        monkeypatch.setattr("model_server.training.train.train", spy)
        main()
        return losses

    first = run("--dtype", "float32")
    assert first[-1] < first[0]
    adapter = read_adapter(out, model.config)
    assert json.loads(adapter.metadata["recipe"])["rank"] == 4
    second = run("--start", str(out), "--dtype", "bfloat16")
    assert second[0] < first[0]
    with safe_open(out, framework="pt") as stored:
        assert "start_sha256" in stored.metadata()
