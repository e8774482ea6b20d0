from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from model_server.app import build
from model_server.settings import Settings

pytestmark = pytest.mark.anyio

Serve = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]
CONTEXT = [{"role": "user", "content": "hello"}]


async def ready(client: httpx.AsyncClient) -> httpx.Response:
    async with asyncio.timeout(20):
        while True:
            answer = await client.get("/readyz")
            missing = answer.json()["missing"]
            if answer.status_code == 200 or "wait" not in missing[0]["how"]:
                return answer
            await asyncio.sleep(0.02)


@pytest.fixture
async def client(serve: Serve, gguf_file: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(weights=gguf_file, adapter=None, base_max_tokens=8, research_max_tokens=8)
    async with serve(build(settings)) as client:
        assert (await ready(client)).status_code == 200
        yield client


async def test_base_drafts_a_response(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/base", json={"context": CONTEXT, "n": 2})
    assert answer.status_code == 200
    body = answer.json()
    assert len(body["candidates"]) == 2
    assert body["response"] == body["candidates"][0]["text"]
    assert body["model"] == "tiny"


async def test_research_names_a_recipient(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/research", json={"context": CONTEXT, "base": "hi"})
    assert answer.status_code == 200
    assert answer.json()["recipient"] in ("TS", "User")


async def test_score_gives_four_probabilities(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/score", json={"context": CONTEXT, "response": "hi"})
    assert set(answer.json()) == {"sensible", "specific", "interesting", "safe"}


async def test_info_says_what_runs(client: httpx.AsyncClient) -> None:
    body = (await client.get("/v1/info")).json()
    assert body["weights"] == "tiny.gguf"
    assert body["adapter"] is None
    assert body["max_context_tokens"] == 256


@pytest.mark.parametrize("path", ["/v1/base", "/v1/research", "/v1/score"])
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"context": []}, "context"),
        ({"context": [*CONTEXT, {"role": "assistant", "content": "x"}]}, "context"),
        ({"context": [{"role": "system", "content": "x"}]}, "role"),
        ({"context": [{"role": "user", "content": " "}]}, "content"),
        ({"context": [{"role": "user", "content": "a\u0000"}]}, "content"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_bad_input_is_named(
    client: httpx.AsyncClient, path: str, change: dict[str, object], named: str
) -> None:
    good = {"/v1/base": {}, "/v1/research": {"base": "hi"}, "/v1/score": {"response": "hi"}}[path]
    answer = await client.post(path, json={"context": CONTEXT, **good, **change})
    assert answer.status_code == 422
    assert named in answer.json()["error"]["message"]
    assert (await client.post(path, json={"context": CONTEXT, **good})).status_code == 200


async def test_too_long_a_dialog_names_the_limit(client: httpx.AsyncClient) -> None:
    context = [{"role": "user", "content": "z" * 400}]
    answer = await client.post("/v1/base", json={"context": context})
    assert answer.status_code == 422
    assert "context is 256" in answer.json()["error"]["message"]


async def test_broken_weights_keep_the_service_up_and_say_why(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF but no more")
    async with serve(build(Settings(weights=path, adapter=None))) as client:
        answer = await ready(client)
        assert answer.status_code == 503
        assert "broken.gguf" in answer.json()["missing"][0]["how"]
        refused = await client.post("/v1/base", json={"context": CONTEXT})
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "unavailable"
        assert (await client.get("/healthz")).status_code == 200
