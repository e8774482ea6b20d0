"""What every tool does, whichever it is: a new folder under services/ is held to this unchanged."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest

from services.contract import (
    MAX_LIMIT,
    MAX_SKIP,
    Example,
    QueryResponse,
    ReadyResponse,
    ToolManifest,
)

pytestmark = pytest.mark.anyio


async def ask(
    client: httpx.AsyncClient, text: str, *, skip: int = 0, limit: int = 5
) -> QueryResponse:
    body = {"input": text, "skip": skip, "limit": limit}
    answer = await client.post("/v1/query", json=body)
    assert answer.status_code == 200, answer.text
    return QueryResponse.model_validate_json(answer.content)


def answered(tool: ToolManifest) -> str:
    """An input that the tool answers."""
    return next(example.input for example in tool.examples if example.results != [])


async def test_an_example_of_the_manifest_holds(
    client: httpx.AsyncClient, example: Example
) -> None:
    answer = await ask(client, example.input)
    if example.matches is not None:
        assert re.fullmatch(example.matches, answer.results[0])
    else:
        assert answer.results == example.results


async def test_a_tool_answers_what_is_for_it_and_declines_what_is_for_none(
    client: httpx.AsyncClient, tool: ToolManifest
) -> None:
    assert (await ask(client, answered(tool))).status == "ok"
    assert (await ask(client, "(˘ ³˘)♥ ⟨∅⟩")).results == []


async def test_skip_pages_through_the_ranked_results_and_ends_in_none(
    client: httpx.AsyncClient, tool: ToolManifest
) -> None:
    text = answered(tool)
    ranked = (await ask(client, text, limit=MAX_LIMIT)).results
    pages = [(await ask(client, text, skip=skip, limit=1)).results for skip in range(len(ranked))]
    assert pages == [[result] for result in ranked]
    assert (await ask(client, text, skip=MAX_SKIP)).results == []


async def test_the_same_question_asked_at_once_gets_the_same_answer_each_time(
    client: httpx.AsyncClient, tool: ToolManifest
) -> None:
    answers = await asyncio.gather(*(ask(client, answered(tool)) for _ in range(4)))
    assert answers[0].results
    assert all(answer == answers[0] for answer in answers)


async def test_health_readiness_metrics_and_docs_answer(
    client: httpx.AsyncClient, tool: ToolManifest
) -> None:
    await ask(client, answered(tool))
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert ReadyResponse.model_validate_json((await client.get("/readyz")).content).ready
    assert 'route="/v1/query"' in (await client.get("/metrics")).text
    assert (await client.get("/docs")).status_code == 200
    assert "/v1/query" in (await client.get("/openapi.json")).json()["paths"]


async def test_the_callers_request_id_and_trace_come_back(
    client: httpx.AsyncClient, tool: ToolManifest
) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"X-Request-ID": "turn-1", "traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
    answer = await client.post("/v1/query", json={"input": answered(tool)}, headers=headers)
    assert answer.headers["X-Request-ID"] == "turn-1"
    assert trace_id in answer.headers["traceparent"]


async def test_a_deadline_too_short_is_a_failure_and_never_an_emptier_answer(
    client: httpx.AsyncClient, tool: ToolManifest
) -> None:
    body = {"input": answered(tool)}
    hurried = await client.post("/v1/query", json=body, headers={"X-Deadline-Ms": "1"})
    whole = await client.post("/v1/query", json=body)
    assert whole.json()["results"]
    if hurried.status_code == 200:  # it was fast enough
        assert hurried.json() == whole.json()
    else:
        assert (hurried.status_code, hurried.json()["error"]["code"]) == (504, "deadline")


async def test_nothing_a_user_wrote_is_logged(
    client: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    for text in ("xylograph", "xylograph in French", "xylograph + 1", "How old is Xylograph?"):
        await ask(client, text)
    await client.post("/v1/query", json={"input": "xylograph", "xylograph": "xylograph"})
    written = capfd.readouterr()
    assert '"event": "request"' in written.err
    assert "xylograph" not in (written.out + written.err).lower()
