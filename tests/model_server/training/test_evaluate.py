"""The figures of an adapter, on the tiny model."""

from __future__ import annotations

import dataclasses

from model_server.checkpoints.tokenizer import BPETokenizer
from model_server.engine.model import Transformer
from model_server.training.evaluate import Studied, outcomes, restated
from model_server.training.examples import Example, tokens_and_targets
from model_server.training.train import Encoded, Recipe, train
from services.contract import ResearchRequest, Step, Turn

CONTEXT = [Turn(role="user", content="hi")]


def test_what_was_learned_by_heart_counts_as_right_and_one_letter_more_does_not(
    model: Transformer, tokenizer: BPETokenizer
) -> None:
    steps = [Step(query="abc", snippets=["abc / is / 7"])]
    example = Example("x", CONTEXT, "yo", True, steps, "It is 7.")
    with Studied(model, tokenizer) as ignorant:
        assert not any(one.right for one in outcomes(ignorant, example))
    recipe = Recipe(16, 16.0, 2e-2, 400, 80, 0.1, 1)
    learned = [Encoded(*tokens_and_targets(tokenizer, example))]
    for _ in train(model, learned, recipe):
        pass
    with Studied(model, tokenizer, max_tokens=20) as studied:
        assert [(one.part, one.right) for one in outcomes(studied, example)] == [
            ("base", True),
            ("query", True),
            ("response", True),
        ]
        longer = dataclasses.replace(example, response="It is 7..")
        assert not outcomes(studied, longer)[-1].right
        request = ResearchRequest(context=CONTEXT, base="yo", steps=steps)
        assert studied.research(request).text == "It is 7."


def test_a_doubt_must_not_say_again_what_only_the_draft_said() -> None:
    context = [Turn(role="user", content="How old is Ada Lovelace?")]
    steps = [Step(query="Ada Lovelace's age", snippets=[])]
    example = Example("x", context, "Ada Lovelace is 36 and lives in Rome.", False, steps, "")
    assert restated(example, "I could not find Ada Lovelace's age.") == set()
    assert restated(example, "She may be 36.") == {"36"}
    assert restated(example, "Somewhere in Rome.") == {"Rome"}
