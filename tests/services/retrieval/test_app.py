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
from services.contract import ErrorCode, Snippet
from services.retrieval.app import backend_of, build_at
from services.retrieval.facts.fact import FACTS_FILE, Fact, write_facts
from services.retrieval.service import SearchService
from services.retrieval.settings import Settings, default_data_dir

Serve = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]
pytestmark = pytest.mark.anyio


@pytest.fixture
def few_facts(facts: list[Fact], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a few of the default facts, taken for current: all of them load for seconds."""
    folder = tmp_path / "retrieval"
    some = [fact for fact in facts if fact.subject in ("Rafael Nadal", "Peru")]
    write_facts(folder / FACTS_FILE, some)
    monkeypatch.setattr("services.retrieval.facts.loading.is_current", has_facts)
    return folder


def has_facts(folder: Path) -> bool:
    return (folder / FACTS_FILE).is_file()


def app_of(data_dir: Path) -> FastAPI:
    return build_at(Settings(data_dir=data_dir), lambda: date(2026, 11, 22))


async def until_loaded(client: httpx.AsyncClient) -> httpx.Response:
    async with asyncio.timeout(60):
        while True:
            answer = await client.get("/readyz")
            if "being" not in answer.text:
                return answer
            await asyncio.sleep(0.05)


async def test_a_question_is_answered_by_a_fact_without_a_source(
    serve: Serve, few_facts: Path
) -> None:
    async with serve(app_of(few_facts)) as client:
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


async def test_skip_gives_the_next_ranked_facts(serve: Serve, few_facts: Path) -> None:
    async with serve(app_of(few_facts)) as client:
        await until_loaded(client)
        body = {"input": "Rafael Nadal's age", "skip": 1, "limit": 1}
        answer = await client.post("/v1/query", json=body)
        assert answer.json()["results"] == ["Rafael Nadal / Birth date / 3 June 1986"]
        answer = await client.post("/v1/query", json={**body, "skip": 50})
        assert answer.json()["results"] == []


HANDBOOK = {
    "collection": "handbook",
    "documents": [
        {
            "title": "Handbook",
            "url": "https://example.org/handbook",
            "sections": [
                {
                    "heading": "Leave",
                    "text": "Warehouse staff of Oxbow Mills have 27 days of paid leave a year. "
                    "What is left on 31 March is lost.",
                }
            ],
        },
        {"title": "Rafael Nadal", "text": "Rafael Nadal opened the Oxbow Mills canteen."},
    ],
}


async def test_a_documents_passage_is_found_with_its_title_and_url(
    serve: Serve, few_facts: Path
) -> None:
    async with serve(app_of(few_facts)) as client:
        await until_loaded(client)
        assert (await client.post("/v1/documents", json=HANDBOOK)).status_code == 200
        question = "How many days of leave do Oxbow Mills warehouse staff have?"
        answer = (await client.post("/v1/query", json={"input": question})).json()
        assert "27 days of paid leave" in answer["results"][0]
        source = answer["sources"][0]
        assert (source["title"], source["url"]) == ("Handbook", "https://example.org/handbook")
        nothing = await client.post(
            "/v1/query", json={"input": "Oxbow Mills's founder's shoe size"}
        )
        assert nothing.json()["results"] == []


async def test_facts_come_before_passages_and_paging_goes_on_from_one_to_the_other(
    serve: Serve, few_facts: Path
) -> None:
    async with serve(app_of(few_facts)) as client:
        await until_loaded(client)
        await client.post("/v1/documents", json=HANDBOOK)
        question = {"input": "Rafael Nadal"}
        whole = (await client.post("/v1/query", json={**question, "limit": 50})).json()
        assert " / " in whole["results"][0]
        assert whole["results"][-1] == "Rafael Nadal opened the Oxbow Mills canteen."
        pages = []
        for skip in range(0, len(whole["results"]) + 2, 2):
            body = {**question, "skip": skip, "limit": 2}
            pages += (await client.post("/v1/query", json=body)).json()["results"]
        assert pages == whole["results"]


async def test_a_request_may_name_the_collections_to_search(serve: Serve, few_facts: Path) -> None:
    async with serve(app_of(few_facts)) as client:
        await until_loaded(client)
        await client.post("/v1/documents", json=HANDBOOK)

        async def found(*collections: str) -> list[str]:
            body = {"input": "Rafael Nadal", "collections": collections, "limit": 50}
            results: list[str] = (await client.post("/v1/query", json=body)).json()["results"]
            return results

        assert await found("handbook") == ["Rafael Nadal opened the Oxbow Mills canteen."]
        assert all(" / " in result for result in await found("facts"))
        assert await found("elsewhere") == []
        assert await found("facts", "handbook") == [
            *await found("facts"),
            *await found("handbook"),
        ]
        listed = (await client.get("/v1/collections")).json()["collections"]
        assert [one["name"] for one in listed] == ["facts", "handbook"]
        bad = await client.post("/v1/query", json={"input": "Nadal", "collections": ["A b"]})
        assert bad.status_code == 422
        assert "collections" in bad.json()["error"]["message"]


async def test_facts_are_found_where_the_documents_cannot_be_opened(
    serve: Serve, few_facts: Path
) -> None:
    (few_facts / "documents").mkdir()
    (few_facts / "documents" / "documents.sqlite3").write_bytes(b"no database " * 100)
    async with serve(app_of(few_facts)) as client:
        ready = await until_loaded(client)
        assert ready.status_code == 503
        assert "documents.sqlite3" in ready.json()["missing"][0]["part"]
        found = await client.post("/v1/query", json={"input": "Peru's capital"})
        assert found.json()["results"] == ["Peru / Capital / Lima"]
        unknown = await client.post("/v1/query", json={"input": "Oxbow Mills's founder"})
        assert unknown.status_code == 503
        assert "documents.sqlite3" in unknown.json()["error"]["message"]


async def test_a_service_without_facts_builds_them(serve: Serve, tmp_path: Path) -> None:
    async with serve(app_of(tmp_path)) as client:
        assert (await until_loaded(client)).status_code == 200
    assert (tmp_path / FACTS_FILE).is_file()


async def test_until_the_facts_are_loaded_it_says_so_and_answers_503(
    serve: Serve, few_facts: Path
) -> None:
    async with serve(app_of(few_facts)) as client:
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
    monkeypatch.setattr("services.retrieval.facts.loading.missing_packages", lambda: ["mendeleev"])
    async with serve(app_of(tmp_path)) as client:
        answer = await until_loaded(client)
        assert answer.status_code == 503
        assert "mendeleev" in answer.json()["missing"][0]["part"]


async def test_a_full_queue_refuses_instead_of_growing(few_facts: Path) -> None:
    settings = Settings(data_dir=few_facts, max_waiting=2)
    service = SearchService(settings, backend_of(settings))
    service.start()
    try:
        async with asyncio.timeout(60):
            await service.opened()
        answers = await asyncio.gather(
            *(service.query("Peru's capital", 0, 1) for _ in range(5)), return_exceptions=True
        )
    finally:
        await service.stop()
    refused = [answer for answer in answers if isinstance(answer, Failure)]
    assert [answer for answer in answers if isinstance(answer, list)] == [
        [Snippet("Peru / Capital / Lima")]
    ] * 2
    assert {failure.code for failure in refused} == {ErrorCode.OVERLOADED}
    assert len(refused) == 3


def test_the_data_folder_follows_the_environment() -> None:
    own = {"GROUNDLING_RETRIEVAL_DATA_DIR": "/a", "GROUNDLING_DATA_DIR": "/b"}
    assert default_data_dir(own) == Path("/a")
    assert default_data_dir({"GROUNDLING_DATA_DIR": "/b"}) == Path("/b/retrieval")
    assert default_data_dir({"XDG_DATA_HOME": "/c"}) == Path("/c/groundling/retrieval")
