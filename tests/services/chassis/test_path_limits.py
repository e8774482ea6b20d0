"""services.chassis.limits: paths that take more than the service's other paths do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI, Request
from pydantic import SecretStr

from services.chassis import PathLimits, ServiceSettings, create_app
from services.contract import Missing

pytestmark = pytest.mark.anyio


def app_of(
    gate: asyncio.Event | None = None, key: SecretStr | None = None, **limits: int
) -> FastAPI:
    async def nothing_missing() -> list[Missing]:
        return []

    merged = {"max_body_bytes": 1000, "deadline_ms": 5000, "max_large": 2} | limits
    app = create_app(
        "uploads",
        ServiceSettings(max_body_bytes=10, default_deadline_ms=50),
        summary="S",
        readiness=nothing_missing,
        paths={
            "/files": PathLimits(
                **merged, body_setting="max_file_bytes", large_setting="max_files", key=key
            )
        },
    )

    @app.post("/{path:path}")
    async def take(path: str, request: Request) -> int:
        if gate is not None:
            await gate.wait()
        return len(await request.body())

    return app


@pytest.mark.parametrize("path", ["/files", "/files/a/b"])
async def test_a_path_with_a_limit_of_its_own_and_those_below_take_bodies_up_to_it(
    serve: Any, path: str
) -> None:
    async with serve(app_of()) as client:
        fits = await client.post(path, content=b"x" * 1000)
        over = await client.post(path, content=b"x" * 1001)
    assert fits.json() == 1000
    assert over.status_code == 413
    assert "at most 1000 bytes are allowed (setting max_file_bytes)" in over.text


@pytest.mark.parametrize("path", ["/other", "/filesystem", "/"])
async def test_other_paths_keep_the_services_limit(serve: Any, path: str) -> None:
    async with serve(app_of()) as client:
        over = await client.post(path, content=b"x" * 11)
    assert over.status_code == 413
    assert "at most 10 bytes are allowed (setting max_body_bytes)" in over.text


async def test_large_bodies_at_once_are_bounded_and_small_ones_pass(serve: Any) -> None:
    gate = asyncio.Event()
    async with asyncio.timeout(5), serve(app_of(gate)) as client:
        large = [asyncio.create_task(client.post("/files", content=b"x" * 11)) for _ in range(2)]
        await asyncio.sleep(0.02)
        refused = await client.post("/files", content=b"x" * 11)
        small = asyncio.create_task(client.post("/files", content=b"x" * 10))
        await asyncio.sleep(0.02)
        gate.set()
        answers = [await one for one in [*large, small]]
        after = await client.post("/files", content=b"x" * 11)
    assert refused.status_code == 429
    assert "2 large bodies are already being taken (setting max_files)" in refused.text
    assert int(refused.headers["Retry-After"]) >= 1
    assert [one.status_code for one in [*answers, after]] == [200] * 4


async def test_a_path_may_take_longer_than_the_others(serve: Any) -> None:
    gate = asyncio.Event()
    async with asyncio.timeout(5), serve(app_of(gate)) as client:
        slow = asyncio.create_task(client.post("/files", content=b"x"))
        cut = await client.post("/other", content=b"x")
        gate.set()
        assert cut.status_code == 504
        assert (await slow).status_code == 200


async def test_without_the_paths_key_no_body_is_read() -> None:
    sent: list[Any] = []

    async def never() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/files",
        "raw_path": b"/files",
        "query_string": b"",
        "headers": [(b"content-length", b"900"), (b"authorization", b"Bearer wrong")],
    }
    async with asyncio.timeout(2):
        await app_of(key=SecretStr("right"))(scope, never, send)
    assert sent[0]["status"] == 401
    assert (b"www-authenticate", b"Bearer") in sent[0]["headers"]


async def test_with_the_paths_key_it_is_served_and_other_paths_need_none(serve: Any) -> None:
    async with serve(app_of(key=SecretStr("right"))) as client:
        right = {"authorization": "Bearer right"}
        assert (await client.post("/files", content=b"x", headers=right)).status_code == 200
        assert (await client.post("/files", content=b"x")).status_code == 401
        assert (await client.post("/other", content=b"x")).status_code == 200
