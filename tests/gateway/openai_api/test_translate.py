"""Any JSON at all becomes turns of ours or is refused: no field breaks the translation."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.openai_api.schemas import CompletionRequest
from gateway.openai_api.translate import Asked, asked_of
from gateway.settings import Settings
from services.chassis import Failure

SETTINGS = Settings()
NUMBERS = st.one_of(
    st.integers(), st.floats(), st.sampled_from([0, 1, 2, -1, 0.7, 2**63, -(2**63), 10**30])
)
TEXTS = st.one_of(st.text(max_size=5), st.sampled_from(["\ud800", "\x00", "x" * 4001, " "]))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=5,
)
WORDS = st.one_of(st.just("Who painted it?"), TEXTS)
PARTS = st.fixed_dictionaries({"type": st.just("text"), "text": WORDS})
USER = st.fixed_dictionaries(
    {"role": st.just("user"), "content": st.one_of(WORDS, st.lists(PARTS, max_size=2))}
)
MESSAGE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "system", "tool"]),
        "content": st.one_of(WORDS, st.none(), ANYTHING),
    }
)
DIALOG = st.builds(
    lambda first, some, last: [first, *some, last], USER, st.lists(MESSAGE, max_size=2), USER
)
FIELDS = [*CompletionRequest.model_fields, "unknown"]
BODY = st.builds(
    lambda required, other: {**other, **required},
    st.fixed_dictionaries(
        {
            "model": st.just("groundling"),
            "messages": st.one_of(st.lists(USER, min_size=1, max_size=1), DIALOG, ANYTHING),
        }
    ),
    st.dictionaries(
        st.sampled_from(FIELDS),
        st.one_of(st.sampled_from([None, 0, 1, 0.5, "x", ["x"], [], {}]), ANYTHING),
        max_size=3,
    ),
)
ASK = {"model": "groundling", "messages": [{"role": "user", "content": "x"}]}


def translated(body: dict[str, Any]) -> Asked | None:
    """None: the request is refused, in one of the two ways that become a 400."""
    with contextlib.suppress(ValidationError, Failure):
        return asked_of(CompletionRequest.model_validate(body), SETTINGS, {})
    return None


@given(BODY)
@example({**ASK, "temperature": float("nan")})
@example({**ASK, "temperature": float("inf")})
@example({**ASK, "top_p": float("nan")})
@example({**ASK, "seed": -1, "n": 4})
@example({**ASK, "stop": ["\ud800"]})
def test_any_body_is_refused_or_becomes_turns_that_can_be_sent_on(body: dict[str, Any]) -> None:
    asked = translated(body)
    if asked is None:
        return
    assert 1 <= len(asked.turns) <= SETTINGS.max_choices
    for turn in asked.turns:
        assert turn.history is not None, "nothing is stored"
        json.loads(turn.model_dump_json())


@pytest.mark.parametrize("seed", [0, 7, -1, -(2**63), 2**63 - 1])
def test_the_seeds_of_choices_follow_each_other_and_differ(seed: int) -> None:
    asked = translated({**ASK, "seed": seed, "n": 3})
    assert asked is not None
    seeds = [turn.sampling.seed for turn in asked.turns if turn.sampling is not None]
    assert seeds == [(seed + number) % 2**63 for number in range(3)]
    assert len(set(seeds)) == 3
