"""Replaying: the same gateway says the same; another one is told apart, with what differs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.cassettes.cassette import Cassette
from gateway.cassettes.dialogs import replay

pytestmark = pytest.mark.anyio

Problems = Callable[[Cassette], Awaitable[list[str]]]


@pytest.fixture
async def cassette(world: Any, recorded: Any) -> Cassette:
    world.model.extend(["It is 30.", "TS, 6*7", "User, It is 42.", "Bye.", "User, Bye."])
    world.answers("calculator", "42")
    made: Cassette = await recorded("What is 6*7?", "Thanks")
    return made


@pytest.fixture
def problems(environ: dict[str, str], tmp_path: Path, seen: Any) -> Problems:
    async def run(cassette: Cassette) -> list[str]:
        folder = tmp_path / "replayed"
        return await replay(cassette, environ, folder, lambda *turn: seen.append(turn))

    return run


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_recorded_dialog_is_answered_the_same_without_the_services(
    world: Any, recorded: Any, problems: Problems, seen: Any, streamed: bool
) -> None:
    world.model.extend(["It is 30.", "TS, 6*7", "User, It is 42.", "Bye.", "User, Bye."])
    world.answers("calculator", "42")
    made = await recorded("What is 6*7?", "Thanks", streamed=streamed)
    asked = len(world.requests)
    assert await problems(made) == []
    assert len(world.requests) == asked
    first, second = ([turn.response for _, turn in seen[at : at + 2]] for at in (0, 2))
    assert first == second == ["It is 42.", "Bye."]


async def test_the_order_in_the_file_does_not_matter(
    cassette: Cassette, problems: Problems
) -> None:
    other = cassette.model_copy(update={"exchanges": cassette.exchanges[::-1]})
    assert await problems(other) == []


async def test_a_failure_and_its_retry_are_replayed(
    world: Any, recorded: Any, problems: Problems
) -> None:
    detail = {"code": "unavailable", "message": "wait", "request_id": "r"}
    busy = httpx.Response(503, json={"error": detail}, headers={"retry-after": "0"})
    world.model.extend([busy, "Hello.", "User, Hello."])
    assert await problems(await recorded("Hi")) == []


async def test_settings_come_from_the_cassette_and_not_from_the_environment(
    cassette: Cassette, problems: Problems, environ: dict[str, str]
) -> None:
    environ["GROUNDLING_GATEWAY_SNIPPETS_PER_TOOL"] = "1"
    assert await problems(cassette) == []
    [unmatched, *_] = await problems(cassette.model_copy(update={"settings": {"max_rounds": 0}}))
    assert unmatched.startswith("not on the cassette: model_server /v1/research")


async def test_another_request_is_told_with_a_difference_and_ends_the_turn(
    cassette: Cassette, problems: Problems
) -> None:
    cassette.turns[0].message = "What is 6*8?"
    found = await problems(cassette)
    assert found[0].startswith("not on the cassette: model_server /v1/base\n")
    assert '-      "content": "What is 6*7?"\n+      "content": "What is 6*8?"' in found[0]
    assert found[-1].startswith("turn 1 failed: the model server answered 500")


async def test_another_query_of_a_tool_is_told_even_where_the_answer_stays(
    cassette: Cassette, problems: Problems
) -> None:
    asked = next(one for one in cassette.exchanges if one.service == "translator")
    asked.request = {"input": "6*7", "skip": 0, "limit": 50}
    found = await problems(cassette)
    assert found[0].startswith("not on the cassette: translator /v1/query")
    assert found[1].startswith("not asked: translator /v1/query")


async def test_another_answer_is_told_with_a_difference(
    cassette: Cassette, problems: Problems
) -> None:
    cassette.turns[1].answer["response"] = "Good night."
    [found] = await problems(cassette)
    assert found.startswith("turn 2 has another answer\n")
    assert '-  "response": "Good night.",\n+  "response": "Bye.",' in found


async def test_an_exchange_that_is_left_over_is_told(
    cassette: Cassette, problems: Problems
) -> None:
    cassette.turns.pop()
    found = await problems(cassette)
    assert [one.partition("\n")[0] for one in found] == [
        "not asked: model_server /v1/base",
        "not asked: model_server /v1/research",
    ]
