"""services.retrieval.app: the service over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.chassis import Failure
from services.contract import ErrorCode
from services.retrieval.app import build_at
from services.retrieval.facts.fact import FACTS_FILE
from services.retrieval.service import SearchService
from services.retrieval.settings import Settings, default_data_dir

Serve = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]
pytestmark = pytest.mark.anyio


def app_of(data_dir: Path) -> FastAPI:
    return build_at(Settings(data_dir=data_dir), lambda: date(2026, 11, 22))


async def until_loaded(client: httpx.AsyncClient) -> httpx.Response:
    async with asyncio.timeout(60):
        while True:
            answer = await client.get("/readyz")
            if "being loaded" not in answer.text:
                return answer
            await asyncio.sleep(0.05)


async def test_a_question_is_answered_by_a_fact_without_a_source(
    serve: Serve, data_dir: Path
) -> None:
    async with serve(app_of(data_dir)) as client:
        assert (await until_loaded(client)).status_code == 200
        answer = await client.post(
            "/v1/query", json={"input": "How old is Rafael Nadal?", "limit": 1}
        )
        assert answer.json() == {
            "results": ["Rafael Nadal / Age / 40"],
            "status": "ok",
            "sources": [None],
        }
        nothing = await client.post("/v1/query", json={"input": "Rafael Nadal's shoe size"})
        assert nothing.json() == {"results": [], "status": "ok", "sources": []}
        declined = await client.post("/v1/query", json={"input": "135+7721"})
        assert declined.json()["status"] == "unparsed"


async def test_skip_gives_the_next_ranked_facts(serve: Serve, data_dir: Path) -> None:
    async with serve(app_of(data_dir)) as client:
        await until_loaded(client)
        body = {"input": "Rafael Nadal's age", "skip": 1, "limit": 1}
        answer = await client.post("/v1/query", json=body)
        assert answer.json()["results"] == ["Rafael Nadal / Birth date / 3 June 1986"]
        answer = await client.post("/v1/query", json={**body, "skip": 50})
        assert answer.json()["results"] == []


async def test_a_service_without_facts_builds_them(serve: Serve, tmp_path: Path) -> None:
    async with serve(app_of(tmp_path)) as client:
        assert (await until_loaded(client)).status_code == 200
    assert (tmp_path / FACTS_FILE).is_file()


async def test_until_the_facts_are_loaded_it_says_so_and_answers_503(
    serve: Serve, data_dir: Path
) -> None:
    async with serve(app_of(data_dir)) as client:
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["missing"][0]["how"] == "python -m services.retrieval.build"
        answer = await client.post("/v1/query", json={"input": "Peru's capital"})
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "unavailable"
        assert (await until_loaded(client)).status_code == 200


async def test_facts_that_cannot_be_built_are_reported_with_what_to_do(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.retrieval.service.missing_packages", lambda: ["mendeleev"])
    async with serve(app_of(tmp_path)) as client:
        answer = await until_loaded(client)
        assert answer.status_code == 503
        assert "mendeleev" in answer.json()["missing"][0]["part"]


async def test_a_full_queue_refuses_instead_of_growing(data_dir: Path) -> None:
    service = SearchService(Settings(data_dir=data_dir, max_waiting=2))
    service.start()
    try:
        async with asyncio.timeout(60):
            await service.loaded()
        answers = await asyncio.gather(
            *(service.query("Peru's capital", 0, 1) for _ in range(5)), return_exceptions=True
        )
    finally:
        await service.stop()
    refused = [answer for answer in answers if isinstance(answer, Failure)]
    assert [answer for answer in answers if isinstance(answer, list)] == [
        ["Peru / Capital / Lima"]
    ] * 2
    assert {failure.code for failure in refused} == {ErrorCode.OVERLOADED}
    assert len(refused) == 3


def test_the_data_folder_follows_the_environment() -> None:
    own = {"GROUNDLING_RETRIEVAL_DATA_DIR": "/a", "GROUNDLING_DATA_DIR": "/b"}
    assert default_data_dir(own) == Path("/a")
    assert default_data_dir({"GROUNDLING_DATA_DIR": "/b"}) == Path("/b/retrieval")
    assert default_data_dir({"XDG_DATA_HOME": "/c"}) == Path("/c/groundling/retrieval")
