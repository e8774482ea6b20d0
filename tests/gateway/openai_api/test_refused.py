"""Fields that are refused, those that are taken without effect, and their harmless values."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from fastapi import FastAPI

pytestmark = pytest.mark.anyio

USER = {"role": "user", "content": "Hello"}
ASSISTANT = {"role": "assistant", "content": "Hi"}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
PICTURE = {"type": "image_url", "image_url": {"url": "data:,"}}
ASK: dict[str, Any] = {"model": "groundling", "messages": [USER]}

REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "no messages": ({"messages": []}, "messages", "at least 1"),
    "no model": ({"model": None}, "model", "string"),
    "only a system message": (
        {"messages": [{"role": "system", "content": "x"}]},
        "messages",
        "the last must be the user's",
    ),
    "the assistant last": ({"messages": [USER, ASSISTANT]}, "messages", "the last must be"),
    "the assistant first": ({"messages": [ASSISTANT, USER]}, "messages", "there are roles"),
    "too many turns": ({"messages": [USER] * 202}, "messages", "at most 201"),
    "an empty message": (
        {"messages": [{"role": "user", "content": " "}]},
        "messages.0.content",
        "is empty",
    ),
    "a long message": (
        {"messages": [{"role": "user", "content": "x" * 4001}]},
        "messages.0.content",
        "at most 4000",
    ),
    "a control character": (
        {"messages": [{"role": "user", "content": "a\x00b"}]},
        "messages.0.content",
        "U+0000",
    ),
    "a picture": (
        {"messages": [{"role": "user", "content": [PICTURE]}]},
        "messages.0.content",
        "parts of type 'image_url' are not supported",
    ),
    "a part without text": (
        {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
        "messages.0.content",
        "needs its text",
    ),
    "a number for a text": (
        {"messages": [{"role": "user", "content": 5}]},
        "messages.0.content",
        "string",
    ),
    "a tool's message": (
        {"messages": [{"role": "tool", "content": "4"}, USER]},
        "messages.0.role",
        "'tool' are not supported",
    ),
    "a tool call": (
        {"messages": [USER, {"role": "assistant", "tool_calls": [CALL]}, USER]},
        "messages.1.tool_calls",
        "tools of its own",
    ),
    "tools": ({"tools": [TOOL]}, "tools", "tools of its own"),
    "functions": ({"functions": [{"name": "f"}]}, "functions", "tools of its own"),
    "a tool choice": ({"tool_choice": "required"}, "tool_choice", "tools of its own"),
    "logprobs": ({"logprobs": True}, "logprobs", "are not given"),
    "top_logprobs": ({"top_logprobs": 2}, "top_logprobs", "are not given"),
    "JSON": ({"response_format": {"type": "json_object"}}, "response_format", "format"),
    "audio": ({"modalities": ["text", "audio"]}, "modalities", "not supported"),
    "a bias": ({"logit_bias": {"50256": -100}}, "logit_bias", "not supported"),
    "a penalty": ({"frequency_penalty": 0.5}, "frequency_penalty", "not penalised"),
    "a web search": ({"web_search_options": {}}, "web_search_options", "not searched"),
    "two limits": ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens", "one of the two"),
    "no tokens": ({"max_tokens": 0}, "max_tokens", "greater than or equal to 1"),
    "too hot": ({"temperature": 2.5}, "temperature", "less than or equal to 2"),
    "no nucleus": ({"top_p": 0}, "top_p", "greater than 0"),
    "nine stops": ({"stop": ["x"] * 9}, "stop", "at most 8"),
    "an empty stop": ({"stop": ""}, "stop.0", "at least 1"),
    "a long stop": ({"stop": ["x" * 101]}, "stop.0", "at most 100"),
    "five choices": ({"n": 5}, "n", "at most 4 are given (setting max_choices)"),
    "no choices": ({"n": 0}, "n", "greater than or equal to 1"),
    "two roles": (
        {"model": "groundling:music", "extra_body": {"role": "everest"}},
        "role",
        "'groundling:music'",
    ),
    "rounds": ({"extra_body": {"max_rounds": 9}}, "max_rounds", "less than or equal to 8"),
    "no time": ({"extra_body": {"deadline_ms": 0}}, "deadline_ms", "greater than or equal to 1"),
    "an unknown field": ({"extra_body": {"best_of": 2}}, "best_of", "is not a known field"),
    "a field of our own path": (
        {"extra_body": {"message": "Hi"}},
        "message",
        "is not a known field",
    ),
    "a session": ({"extra_body": {"session_id": "s"}}, "session_id", "is not a known field"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_done_is_a_bad_request_that_names_the_field_streamed_or_not(
    case: str, app: FastAPI, world: Any, asking: Any
) -> None:
    fields, param, why = REFUSED[case]
    async with asking(app) as client:
        for stream in (False, True):
            with pytest.raises(openai.BadRequestError) as caught:
                await client.chat.completions.create(**{**ASK, **fields}, stream=stream)
            error = caught.value
            assert (error.type, error.code) == ("invalid_request_error", "invalid_request")
            assert error.param == param
            assert why in error.message
    assert world.requests == []


HARMLESS: dict[str, dict[str, Any]] = {
    "nulls": {
        name: None
        for name in (
            *("n", "temperature", "top_p", "seed", "stop", "max_tokens", "stream_options"),
            *("audio", "logit_bias", "logprobs", "tools", "response_format", "user"),
        )
    },
    "asking for nothing": {
        "tools": [],
        "tool_choice": "none",
        "functions": [],
        "function_call": "auto",
        "logprobs": False,
        "top_logprobs": 0,
        "logit_bias": {},
        "frequency_penalty": 0.0,
        "presence_penalty": 0,
        "modalities": ["text"],
        "response_format": {"type": "text"},
    },
}


@pytest.mark.parametrize("case", HARMLESS)
async def test_a_refused_field_that_asks_for_nothing_is_taken(
    case: str, app: FastAPI, world: Any, asking: Any
) -> None:
    world.model.extend(["draft", "User, answer"])
    async with asking(app) as client:
        completion = await client.chat.completions.create(**ASK, **HARMLESS[case])
    assert completion.choices[0].groundling["ignored"] == []


async def test_fields_without_effect_are_taken_and_named(
    app: FastAPI, world: Any, asking: Any
) -> None:
    without_effect: dict[str, Any] = {
        "metadata": {"a": "b"},
        "parallel_tool_calls": False,
        "prediction": {"type": "content", "content": "x"},
        "prompt_cache_key": "k",
        "prompt_cache_options": {"mode": "implicit"},
        "prompt_cache_retention": "24h",
        "reasoning_effort": "low",
        "safety_identifier": "s",
        "service_tier": "auto",
        "store": False,
        "user": "u",
        "verbosity": "low",
    }
    world.model.extend(["draft", "User, answer"])
    async with asking(app) as client:
        completion = await client.chat.completions.create(**ASK, **without_effect)
    assert sorted(completion.choices[0].groundling["ignored"]) == sorted(without_effect)
