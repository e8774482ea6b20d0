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
    shares = answer.json()["probabilities"]
    assert set(shares) == {"sensible", "specific", "interesting", "safe"}
    assert all(0 <= share <= 1 for share in shares.values())


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
        ({"sampling": {"seed": 2**64}}, "seed"),
        ({"sampling": {"temperature": -1}}, "temperature"),
        ({"sampling": {"top_p": 0}}, "top_p"),
        ({"sampling": {"max_tokens": 0}}, "max_tokens"),
        ({"sampling": {"max_tokens": 5000}}, "limit is 256"),
    ],
)
async def test_bad_input_is_named(
    client: httpx.AsyncClient, path: str, change: dict[str, object], named: str
) -> None:
    if path == "/v1/score" and "sampling" in change:
        named = "sampling"  # nothing is drawn there
    good = {"/v1/base": {}, "/v1/research": {"base": "hi"}, "/v1/score": {"response": "hi"}}[path]
    answer = await client.post(path, json={"context": CONTEXT, **good, **change})
    assert answer.status_code == 422
    assert named in answer.json()["error"]["message"]
    assert (await client.post(path, json={"context": CONTEXT, **good})).status_code == 200


async def test_too_long_a_dialog_names_the_limit(client: httpx.AsyncClient) -> None:
    context = [{"role": "user", "content": "z" * 400}]
    answer = await client.post("/v1/base", json={"context": context})
    assert answer.status_code == 422
    assert "limit is 256" in answer.json()["error"]["message"]


async def test_a_deadline_cuts_the_generation(client: httpx.AsyncClient) -> None:
    body = {"context": CONTEXT, "sampling": {"max_tokens": 200}}
    answer = await client.post("/v1/base", json=body, headers={"X-Deadline-Ms": "5"})
    assert answer.status_code == 504
    assert answer.json()["error"]["code"] == "deadline"
    assert (await client.post("/v1/base", json={"context": CONTEXT})).status_code == 200


async def test_a_full_queue_is_429_with_retry_after(serve: Serve, gguf_file: Path) -> None:
    settings = Settings(weights=gguf_file, adapter=None, max_queue=1, base_max_tokens=200)
    async with serve(build(settings)) as client:
        await ready(client)
        calls = [client.post("/v1/base", json={"context": CONTEXT}) for _ in range(6)]
        answers = await asyncio.gather(*calls)
    codes = [answer.status_code for answer in answers]
    assert codes.count(200) == 2  # one running, one waiting
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 4
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)


async def test_weights_with_a_tokenizer_it_cannot_run_are_said_to_be_so(
    serve: Serve, unknown_gguf_file: Path
) -> None:
    async with serve(build(Settings(weights=unknown_gguf_file, adapter=None))) as client:
        answer = await ready(client)
        assert answer.status_code == 503
        assert "llama-bpe" in answer.json()["missing"][0]["how"]


async def test_a_load_that_fails_in_an_unforeseen_way_does_not_wait_for_ever(
    serve: Serve, gguf_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_memory(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("model_server.app.load_gguf", out_of_memory)
    async with serve(build(Settings(weights=gguf_file, adapter=None))) as client:
        answer = await ready(client)
        assert answer.status_code == 503
        assert "MemoryError" in answer.json()["missing"][0]["how"]


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
