"""`/v1/chat/completions` as OpenAI's own client sees it, in one piece."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from gateway.settings import Settings

pytestmark = pytest.mark.anyio

WHEN: list[ChatCompletionMessageParam] = [{"role": "user", "content": "When was it opened?"}]


def check_tower(completion: ChatCompletion) -> None:
    """All of OpenAI's fields, and ours, of the one answer about the tower."""
    assert completion.id.startswith("chatcmpl-")
    assert (completion.object, completion.model) == ("chat.completion", "groundling")
    [choice] = completion.choices
    message = choice.message
    assert (choice.index, choice.finish_reason, choice.logprobs) == (0, "stop", None)
    assert (message.role, message.content, message.refusal) == (
        "assistant",
        "It was opened in 1889.",
        None,
    )
    assert message.annotations is not None
    [annotation] = message.annotations
    where = annotation.url_citation
    assert (where.title, where.url) == ("Tower", "https://example.org/tower")
    assert message.content is not None
    assert "1889" in message.content[where.start_index : where.end_index]
    assert completion.usage is not None
    used = completion.usage
    assert (used.prompt_tokens, used.completion_tokens, used.total_tokens) == (3, 3, 6)
    assert used.prompt_tokens_details is not None
    assert used.prompt_tokens_details.cached_tokens == 0


def check_trace(trace: dict[str, Any]) -> None:
    assert set(trace) == {
        *("ignored", "base", "rounds", "citations", "ledger", "stop_reason", "timings")
    }
    assert (trace["base"], trace["stop_reason"], trace["ignored"]) == ("In 1887.", "user", [])
    [only] = trace["rounds"]
    assert only["query"] == "when opened"
    assert [tool["status"] for tool in only["tools"]] == ["unparsed", "unparsed", "ok"]
    assert trace["citations"][0]["source"]["title"] == "Tower"
    assert trace["ledger"][0]["claim"] == "1887"


async def test_a_completion_holds_the_answer_its_sources_and_its_trace(
    app: FastAPI, asking: Any, tower: Any
) -> None:
    async with asking(app) as client:
        completion = await client.chat.completions.create(model="groundling", messages=WHEN)
    check_tower(completion)
    check_trace(completion.choices[0].groundling)


def test_the_synchronous_client_gets_the_same_through_a_socket(
    app: FastAPI, listening_beside: Callable[[FastAPI], Any], tower: Any
) -> None:
    with listening_beside(app) as url, OpenAI(base_url=url, api_key="none") as client:
        completion = client.chat.completions.create(model="groundling", messages=WHEN)
        models = [model.id for model in client.models.list()]
    check_tower(completion)
    assert "groundling:everest" in models


async def test_the_raw_response_carries_the_request_id(
    app: FastAPI, asking: Any, tower: Any
) -> None:
    async with asking(app) as client:
        raw = await client.chat.completions.with_raw_response.create(
            model="groundling", messages=WHEN, extra_headers={"X-Request-ID": "ask-1"}
        )
    assert raw.headers["x-request-id"] == "ask-1"
    completion = raw.parse()
    check_tower(completion)
    assert completion._request_id == "ask-1"


async def test_the_dialog_is_the_messages_and_an_answer_can_be_sent_back_as_it_came(
    app: FastAPI, asking: Any, tower: Any
) -> None:
    async with asking(app) as client:
        first = await client.chat.completions.create(model="groundling", messages=WHEN)
        tower.model.extend(["draft", "User, By Eiffel."])
        parts = [{"type": "text", "text": "And who"}, {"type": "text", "text": "built it?"}]
        messages = [
            {"role": "system", "content": "Be a pirate."},
            *WHEN,
            first.choices[0].message,
            {"role": "assistant", "content": None},
            {"role": "user", "content": parts, "name": "ada"},
        ]
        second = await client.chat.completions.create(
            model="groundling", messages=messages, user="u-1"
        )
    [_, asked] = tower.asked("model/v1/base")
    assert asked["context"] == [
        {"role": "user", "content": "When was it opened?"},
        {"role": "assistant", "content": "It was opened in 1889."},
        {"role": "user", "content": "And who\nbuilt it?"},
    ]
    assert second.choices[0].message.content == "By Eiffel."
    assert second.choices[0].groundling["ignored"] == [
        *("messages.0", "messages.3", "messages.4.name", "user")
    ]


async def test_nothing_is_stored(app: FastAPI, asking: Any, settings: Settings, tower: Any) -> None:
    async with asking(app) as client:
        await client.chat.completions.create(model="groundling", messages=WHEN)
    with closing(sqlite3.connect(settings.data_dir / "sessions.db")) as database:
        stored = database.execute("SELECT id FROM sessions").fetchall()
    assert stored == []


@pytest.mark.parametrize("by", ["model", "role", "both"])
async def test_a_role_goes_before_the_dialog(
    by: str, app: FastAPI, world: Any, asking: Any
) -> None:
    world.model.extend(["draft", "User, I am tall."])
    model = "groundling" if by == "role" else "groundling:everest"
    extra = {} if by == "model" else {"role": "everest"}
    async with asking(app) as client:
        completion = await client.chat.completions.create(
            model=model, messages=WHEN, extra_body=extra
        )
    assert completion.model == model
    [asked] = world.asked("model/v1/base")
    assert asked["role_turns"][0]["role"] == "assistant"
    assert "Everest" in asked["role_turns"][0]["content"]


async def test_sampling_limits_and_our_own_fields_reach_the_turn(
    app: FastAPI, world: Any, asking: Any
) -> None:
    world.model.extend(["draft", "TS, q", "User, forced", "User, forced"])
    async with asking(app) as client:
        completion = await client.chat.completions.create(
            model="groundling",
            messages=WHEN,
            temperature=1,
            top_p=0.9,
            seed=-1,
            stop="END",
            max_completion_tokens=20,
            extra_body={"max_rounds": 0, "deadline_ms": 5000, "top_k": 4},
        )
    assert completion.choices[0].groundling["stop_reason"] == "max_rounds"
    forced = world.asked("model/v1/research")[-1]
    assert forced["force_user"] is True
    assert forced["sampling"] == {
        "temperature": 1.0,
        "top_p": 0.9,
        "top_k": 4,
        "seed": 2**63 - 1,
        "max_tokens": 20,
        "stop": ["END"],
    }
    assert all(int(headers["X-Deadline-Ms"]) <= 5000 for _, headers in world.headers)


async def test_an_answer_cut_by_max_tokens_finishes_by_length(
    app: FastAPI, world: Any, asking: Any
) -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "cached_tokens": 4}
    said = {"recipient": "User", "text": "It was", "usage": usage, "model": "fake"}
    cut = httpx.Response(200, json={**said, "finish_reason": "length"})
    world.model.extend(["draft", "User, It was opened in 1889.", cut])
    async with asking(app) as client:
        completion = await client.chat.completions.create(
            model="groundling", messages=WHEN, max_tokens=2
        )
    [choice] = completion.choices
    assert (choice.message.content, choice.finish_reason) == ("It was", "length")
    assert completion.usage.prompt_tokens == 7, "of the draft, the dropped answer and the cut one"
    assert completion.usage.prompt_tokens_details.cached_tokens == 4


async def test_by_default_a_single_answer_is_drawn_greedily(
    app: FastAPI, world: Any, asking: Any
) -> None:
    world.model.extend(["draft", "User, answer"])
    async with asking(app) as client:
        await client.chat.completions.create(model="groundling", messages=WHEN)
    assert world.asked("model/v1/base")[0]["sampling"]["temperature"] == 0.0


async def test_several_choices_are_turns_of_their_own_with_seeds_that_follow(
    app: FastAPI, world: Any, asking: Any
) -> None:
    async def by_seed(body: dict[str, Any]) -> str:
        seed = body["sampling"]["seed"]
        return f"User, answer {seed}" if "base" in body else "draft"

    world.model.extend([by_seed] * 6)
    async with asking(app) as client:
        completion = await client.chat.completions.create(
            model="groundling", messages=WHEN, n=3, seed=7
        )
    said = [(choice.index, choice.message.content) for choice in completion.choices]
    assert said == [(0, "answer 7"), (1, "answer 8"), (2, "answer 9")]
    drafts = world.asked("model/v1/base")
    assert {asked["sampling"]["temperature"] for asked in drafts} == {0.7}
    assert completion.usage.total_tokens == 2 * 6, "of all calls of all choices"


async def test_models_are_one_and_one_per_role(app: FastAPI, asking: Any) -> None:
    async with asking(app) as client:
        models = [model async for model in client.models.list()]
        one = await client.models.retrieve("groundling:music")
    names = [model.id for model in models]
    assert names[0] == "groundling"
    assert {"groundling:everest", "groundling:music"} < set(names)
    assert {(model.object, model.owned_by) for model in models} == {("model", "groundling")}
    assert one in models
