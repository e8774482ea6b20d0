"""services.retrieval.documents.api over HTTP, with the embedded backend behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI

from services.chassis import SettingsError, create_app, load_settings
from services.contract import Missing
from services.retrieval.documents.api import add_documents_api, document_paths
from services.retrieval.documents.backend import BackendError
from services.retrieval.documents.embedded import EmbeddedBackend
from services.retrieval.documents.model import CollectionInfo, Document, Stored
from services.retrieval.settings import PREFIX, Settings

pytestmark = pytest.mark.anyio

Serve = Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]
TEXT = {"title": "Nuts", "text": "Walnuts are brown."}


def app_of(folder: Path, kind: type[EmbeddedBackend] = EmbeddedBackend, **given: Any) -> FastAPI:
    settings = Settings(data_dir=folder, **given)
    backend = kind(folder, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(backend.open)
        try:
            yield
        finally:
            api.close()
            await asyncio.to_thread(backend.close)

    async def readiness() -> Sequence[Missing]:
        return backend.missing()

    app = create_app(
        "documents",
        settings,
        summary="S",
        readiness=readiness,
        lifespan=lifespan,
        paths=document_paths(settings),
    )
    api = add_documents_api(
        app, backend, settings, built_in=lambda: [CollectionInfo("facts", 7, 7)]
    )
    return app


def error_of(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


async def test_documents_as_json_are_stored_got_listed_and_deleted(
    serve: Serve, tmp_path: Path
) -> None:
    sections = [{"heading": "", "text": "First."}, {"heading": "More", "text": "Second."}]
    documents = [
        {"id": "a", **TEXT},
        {"title": "Parts", "url": "https://example.org/parts", "sections": sections},
    ]
    async with serve(app_of(tmp_path)) as client:
        put = await client.post("/v1/documents", json={"collection": "c", "documents": documents})
        assert put.json() == {
            "collection": "c",
            "documents": [
                {"id": "a", "outcome": "created", "passages": 1},
                {"id": "https://example.org/parts", "outcome": "created", "passages": 2},
            ],
        }
        again = await client.post("/v1/documents", json={"collection": "c", "documents": documents})
        assert [one["outcome"] for one in again.json()["documents"]] == ["unchanged"] * 2
        got = await client.get("/v1/documents/https://example.org/parts?collection=c")
        assert got.json() == {
            "collection": "c",
            "id": "https://example.org/parts",
            "title": "Parts",
            "url": "https://example.org/parts",
            "sections": sections,
        }
        collections = await client.get("/v1/collections")
        assert collections.json()["collections"] == [
            {"name": "c", "documents": 2, "passages": 3},
            {"name": "facts", "documents": 7, "passages": 7},
        ]
        deleted = await client.delete("/v1/documents/a?collection=c")
        assert deleted.json() == {"collection": "c", "deleted": 1}
        gone = await client.get("/v1/documents/a?collection=c")
        assert error_of(gone)[:2] == (404, "not_found")
        assert error_of(await client.delete("/v1/documents/a?collection=c"))[0] == 404
        assert (await client.delete("/v1/collections/c")).json()["deleted"] == 1
        assert error_of(await client.delete("/v1/collections/c"))[:2] == (404, "not_found")


async def test_a_document_without_id_and_url_gets_one_from_its_content(
    serve: Serve, tmp_path: Path
) -> None:
    async with serve(app_of(tmp_path)) as client:
        bodies = [{"documents": [TEXT]}, {"documents": [TEXT]}]
        bodies.append({"documents": [{**TEXT, "text": "Almonds."}]})
        answers = [await client.post("/v1/documents", json=body) for body in bodies]
        first, same, other = (one.json()["documents"][0] for one in answers)
    assert first["id"] == same["id"] != other["id"]
    assert same["outcome"] == "unchanged"


@pytest.mark.parametrize(
    "document_id",
    ["a/b", "/a b/ü", "with space", "100%", "a?b=c#d", "https://example.org/a?b", "a\nb\n"],
)
async def test_ids_in_paths_may_have_slashes_spaces_and_any_letters(
    serve: Serve, tmp_path: Path, document_id: str
) -> None:
    path = f"/v1/documents/{quote(document_id, safe='/')}"
    async with serve(app_of(tmp_path)) as client:
        put = await client.put(path, json=TEXT)
        assert put.json()["documents"][0] == {
            "id": document_id,
            "outcome": "created",
            "passages": 1,
        }
        assert (await client.get(path)).json()["id"] == document_id
        assert (await client.delete(path)).json()["deleted"] == 1


async def test_pages_are_followed_by_next_until_it_is_null(serve: Serve, tmp_path: Path) -> None:
    documents = [{"id": f"{number:03}", **TEXT} for number in range(25)]
    seen: list[str] = []
    sizes: list[int] = []
    after: str | None = ""
    async with serve(app_of(tmp_path)) as client:
        await client.post("/v1/documents", json={"documents": documents})
        while after is not None:
            params = {"after": after, "limit": 10}
            page = (await client.get("/v1/documents", params=params)).json()
            seen += [one["id"] for one in page["documents"]]
            sizes.append(len(page["documents"]))
            after = page["next"]
        unknown = (await client.get("/v1/documents?collection=unknown")).json()
    assert seen == [one["id"] for one in documents]
    assert sizes == [10, 10, 5]
    assert unknown == {"collection": "unknown", "documents": [], "next": None}


async def test_a_file_is_parsed_and_named_by_the_request(serve: Serve, tmp_path: Path) -> None:
    markdown = b"# Nuts\n\nWalnuts are brown.\n\n## Almonds\n\nAlmonds are pale.\n"
    headers = {"content-type": "text/markdown; charset=utf-8"}
    async with serve(app_of(tmp_path)) as client:
        params = {"url": "https://example.org/nuts", "collection": "c"}
        put = await client.post("/v1/documents", content=markdown, headers=headers, params=params)
        (stored,) = put.json()["documents"]
        assert stored["outcome"] == "created"
        got = (await client.get(f"/v1/documents/{stored['id']}?collection=c")).json()
        assert (got["title"], got["url"]) == ("Nuts", "https://example.org/nuts")
        assert "Almonds are pale." in got["sections"][-1]["text"]
        assert "Almonds" in got["sections"][-1]["heading"]
        path = "/v1/documents/my/nuts.md?title=My%20nuts"
        named = await client.put(path, content=markdown, headers=headers)
        assert named.json()["documents"][0]["id"] == "my/nuts.md"
        assert (await client.get("/v1/documents/my/nuts.md")).json()["title"] == "My nuts"
        twice = await client.put(path, content=markdown, headers=headers)
        assert twice.json()["documents"][0]["outcome"] == "unchanged"


async def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    serve: Serve, tmp_path: Path
) -> None:
    async with serve(app_of(tmp_path)) as client:
        for media, data in [
            ("application/pdf", b"%PDF-1.7 and then nothing of the kind"),
            ("application/x-unknown", b"text"),
            ("text/plain", b""),
        ]:
            headers = {"content-type": media}
            answer = await client.post("/v1/documents", content=data, headers=headers)
            status, code, message = error_of(answer)
            assert (status, code) == (422, "invalid_request")
            assert message.startswith("file: ")
        assert (await client.get("/v1/collections")).json()["collections"] == [
            {"name": "facts", "documents": 7, "passages": 7}
        ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"documents": []}, "documents"),
        ({"documents": [{"title": "T"}]}, "documents.0"),
        ({"documents": [{"title": "T", "text": "  "}]}, "documents.0"),
        ({"documents": [{"title": "T", "text": "a", "sections": []}]}, "documents.0"),
        ({"documents": [{"title": "", "text": "a"}]}, "documents.0.title"),
        ({"documents": [{"title": "T\x00", "text": "a"}]}, "documents.0.title"),
        ({"documents": [TEXT, {**TEXT, "text": "a\x07"}]}, "documents.1.text"),
        ({"documents": [{**TEXT, "id": "x" * 513}]}, "documents.0.id"),
        ({"documents": [{**TEXT, "id": 7}]}, "documents.0.id"),
        ({"documents": [{**TEXT, "url": "javascript:alert(1)"}]}, "documents.0.url"),
        ({"documents": [{**TEXT, "url": "no url"}]}, "documents.0.url"),
        ({"documents": [{**TEXT, "more": 1}]}, "documents.0.more"),
        ({"documents": [TEXT], "collection": "Not A Name"}, "collection"),
        ({"documents": [TEXT], "collection": "../up"}, "collection"),
        ({"documents": [TEXT] * 4}, "documents"),
        ({"documents": [{**TEXT, "text": "x" * 1000}]}, "documents.0"),
        ([], "body"),
    ],
)
async def test_a_bad_body_is_refused_whole_and_the_field_named(
    serve: Serve, tmp_path: Path, body: Any, field: str
) -> None:
    async with serve(app_of(tmp_path, max_documents=3, max_document_chars=900)) as client:
        answer = await client.post("/v1/documents", json=body)
        status, code, message = error_of(answer)
        assert (status, code) == (422, "invalid_request")
        assert message.startswith(f"{field}:")
        assert (await client.get("/v1/documents")).json()["documents"] == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"documents": [{}] * 1_000}, "documents.0.title: is missing"),
        ({"documents": [{**TEXT, "text": 1}, {}]}, "documents.0.text: "),
        (
            {"documents": [{"title": "T", "sections": [{}] * 1_000}]},
            "documents.0.sections.0.text: is missing",
        ),
        ({f"field{number}": 0 for number in range(1_000)}, "body: 1001 fields are wrong"),
        (
            {"documents": [TEXT] * 1_001},
            "documents: at most 1000 are allowed at once (setting max_documents)",
        ),
    ],
)
async def test_a_body_that_is_wrong_everywhere_is_left_at_the_first_problems(
    serve: Serve, tmp_path: Path, body: Any, told: str
) -> None:
    async with serve(app_of(tmp_path)) as client:
        message = error_of(await client.post("/v1/documents", json=body))[2]
    assert message.startswith(told)
    assert "more" not in message
    assert "documents.1" not in message


LONE_SURROGATE = b'{"documents": [{"title": "T", "text": "a", "id": "\\ud800"}]}'


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"nonsense", LONE_SURROGATE]
)
async def test_a_body_that_is_not_json_is_a_bad_request(
    serve: Serve, tmp_path: Path, content: bytes
) -> None:
    async with serve(app_of(tmp_path)) as client:
        headers = {"content-type": "application/json"}
        answer = await client.post("/v1/documents", content=content, headers=headers)
        assert error_of(answer)[:2] == (400, "bad_request")


async def test_requests_that_contradict_themselves_are_refused(
    serve: Serve, tmp_path: Path
) -> None:
    async with serve(app_of(tmp_path)) as client:
        no_type = await client.post("/v1/documents", content=b"text")
        assert "content-type" in error_of(no_type)[2]
        twice = await client.post("/v1/documents?collection=c", json={"documents": [TEXT]})
        assert error_of(twice)[0] == 422
        other = await client.put("/v1/documents/a", json={"id": "b", **TEXT})
        assert error_of(other)[0] == 422
        for path in ["/v1/documents/", "/v1/documents/%07", "/v1/documents/a?collection=No"]:
            assert error_of(await client.get(path))[0] == 422
        for query in ["limit=0", "limit=1001", "limit=x", f"after={'x' * 513}"]:
            assert error_of(await client.get(f"/v1/documents?{query}"))[0] == 422


async def test_the_built_in_collection_cannot_be_changed(serve: Serve, tmp_path: Path) -> None:
    async with serve(app_of(tmp_path)) as client:
        body = {"collection": "facts", "documents": [TEXT]}
        for answer in (
            await client.post("/v1/documents", json=body),
            await client.put("/v1/documents/a?collection=facts", json=TEXT),
            await client.delete("/v1/documents/a?collection=facts"),
            await client.delete("/v1/collections/facts"),
        ):
            status, code, message = error_of(answer)
            assert (status, code) == (409, "conflict")
            assert "facts" in message


async def test_a_collection_too_many_is_refused_and_named(serve: Serve, tmp_path: Path) -> None:
    async with serve(app_of(tmp_path, max_collections=1)) as client:
        await client.post("/v1/documents", json={"collection": "a", "documents": [TEXT]})
        full = await client.post("/v1/documents", json={"collection": "b", "documents": [TEXT]})
        assert error_of(full)[:2] == (409, "conflict")
        assert "max_collections" in error_of(full)[2]


def test_an_empty_key_stops_the_start_as_anyone_could_guess_it() -> None:
    with pytest.raises(SettingsError, match="GROUNDLING_RETRIEVAL_API_KEY"):
        load_settings(Settings, PREFIX, {f"{PREFIX}API_KEY": ""})


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer wrong", "Basic s3cret-ü", "s3cret-ü"]
)
async def test_with_a_key_set_every_path_needs_it(
    serve: Serve, tmp_path: Path, authorization: str | None
) -> None:
    headers = {} if authorization is None else {b"authorization": authorization.encode()}
    async with serve(app_of(tmp_path, api_key="s3cret-ü")) as client:
        for method, path in [
            ("POST", "/v1/documents"),
            ("GET", "/v1/documents"),
            ("PUT", "/v1/documents/a"),
            ("GET", "/v1/documents/a"),
            ("DELETE", "/v1/documents/a"),
            ("GET", "/v1/collections"),
            ("DELETE", "/v1/collections/a"),
        ]:
            refused = await client.request(method, path, headers=headers)
            assert error_of(refused)[:2] == (401, "unauthorized")
            assert refused.headers["www-authenticate"] == "Bearer"
            assert "s3cret" not in refused.text
        right = {b"authorization": "Bearer s3cret-ü".encode()}
        assert (await client.get("/v1/collections", headers=right)).status_code == 200
        assert (await client.get("/healthz")).status_code == 200


async def test_bodies_larger_than_other_paths_take_are_taken_here_up_to_their_own_limit(
    serve: Serve, tmp_path: Path
) -> None:
    limits = {"max_body_bytes": 1000, "max_upload_bytes": 50_000}
    async with serve(app_of(tmp_path, **limits)) as client:
        large = {"documents": [{"title": "T", "text": "walnut " * 5000}]}
        stored = await client.post("/v1/documents", json=large)
        assert stored.json()["documents"][0]["passages"] > 10
        over = await client.post(
            "/v1/documents", json={"documents": [{"title": "T", "text": "walnut " * 8000}]}
        )
        assert error_of(over)[:2] == (413, "too_large")
        assert "max_upload_bytes" in error_of(over)[2]


class SlowBackend(EmbeddedBackend):
    gate = threading.Event()

    def put(self, collection: str, documents: Sequence[Document]) -> list[Stored]:
        assert self.gate.wait(20)
        return super().put(collection, documents)


async def test_changes_that_would_wait_too_long_in_line_are_refused_and_reading_goes_on(
    serve: Serve, tmp_path: Path
) -> None:
    SlowBackend.gate.clear()
    async with (
        asyncio.timeout(20),
        serve(app_of(tmp_path, SlowBackend, max_writes_waiting=2)) as client,
    ):
        puts = [
            asyncio.create_task(client.put(f"/v1/documents/{number}", json=TEXT))
            for number in range(5)
        ]
        for first in asyncio.as_completed(puts):  # those refused are the first to be answered
            await first
            if sum(one.done() for one in puts) == 3:
                break
        assert (await client.get("/v1/documents")).status_code == 200
        SlowBackend.gate.set()
        answers = [await one for one in puts]
    refused = [one for one in answers if one.status_code != 200]
    assert len(refused) == 3
    assert {error_of(one)[:2] for one in refused} == {(429, "overloaded")}
    assert all(int(one.headers["retry-after"]) >= 1 for one in refused)


class FailingBackend(EmbeddedBackend):
    def put(self, collection: str, documents: Sequence[Document]) -> list[Stored]:
        raise BackendError("the disk is full: free some space")


async def test_what_the_backend_cannot_do_now_is_unavailable_with_its_reason(
    serve: Serve, tmp_path: Path
) -> None:
    async with serve(app_of(tmp_path, FailingBackend)) as client:
        answer = await client.put("/v1/documents/a", json=TEXT)
        assert error_of(answer) == (503, "unavailable", "the disk is full: free some space")
        assert (await client.get("/v1/documents")).status_code == 200


async def test_the_bodies_are_described_for_the_docs_page(serve: Serve, tmp_path: Path) -> None:
    async with serve(app_of(tmp_path)) as client:
        schema = (await client.get("/openapi.json")).json()
    body = schema["paths"]["/v1/documents"]["post"]["requestBody"]["content"]
    document = body["application/json"]["schema"]["properties"]["documents"]["items"]
    assert {"id", "title", "url", "text", "sections"} <= set(document["properties"])
    assert "$ref" not in str(body)
    assert "*/*" in body
