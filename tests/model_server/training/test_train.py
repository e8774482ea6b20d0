"""Training and its figures, on the tiny model."""

from __future__ import annotations

import dataclasses
import random

import torch

from model_server.dialog import DialogModel
from model_server.engine.model import Transformer
from model_server.engine.tokenizer import BPETokenizer
from model_server.training.evaluate import outcomes, restated
from model_server.training.examples import Example, tokens_and_targets
from model_server.training.train import Encoded, Recipe, batch_loss, batches, schedule, train
from services.contract import ResearchRequest, Step, Turn

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


def test_what_was_learned_by_heart_counts_as_right_and_one_letter_more_does_not(
    dialog: DialogModel, tokenizer: BPETokenizer
) -> None:
    steps = [Step(query="abc", snippets=["abc / is / 7"])]
    example = Example("x", CONTEXT, "yo", True, steps, "It is 7.")
    assert not any(one.right for one in outcomes(dialog, example))
    recipe = Recipe(16, 16.0, 2e-2, 400, 80, 0.1, 1)
    learned = [Encoded(*tokens_and_targets(tokenizer, example))]
    for _ in train(dialog.checkpoint.model, learned, recipe):
        pass
    assert [(one.part, one.right) for one in outcomes(dialog, example)] == [
        ("base", True),
        ("query", True),
        ("response", True),
    ]
    longer = dataclasses.replace(example, response="It is 7..")
    assert not outcomes(dialog, longer)[-1].right
    request = ResearchRequest(context=CONTEXT, base="yo", steps=steps)
    roomy = dataclasses.replace(dialog, research_max_tokens=20)
    assert roomy.research(request, lambda: False).text == "It is 7."


def test_a_doubt_must_not_say_again_what_only_the_draft_said() -> None:
    context = [Turn(role="user", content="How old is Ada Lovelace?")]
    steps = [Step(query="Ada Lovelace's age", snippets=[])]
    example = Example("x", context, "Ada Lovelace is 36 and lives in Rome.", False, steps, "")
    assert restated(example, "I could not find Ada Lovelace's age.") == set()
    assert restated(example, "She may be 36.") == {"36"}
    assert restated(example, "Somewhere in Rome.") == {"Rome"}


def test_a_score_example_has_one_target_its_label(tokenizer: BPETokenizer) -> None:
    example = Example("score", CONTEXT, "yo", False, [], "", ("safe", 1))
    ids, is_target = tokens_and_targets(tokenizer, example)
    assert is_target == [False] * (len(ids) - 1) + [True]
    assert tokenizer.decode(ids).endswith("score\nSAFE 1")
