"""The gateway's own app stands behind the guard, every path of it."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from gateway.access.paths import scope_needed

pytestmark = pytest.mark.anyio

OPEN = {"/healthz", "/readyz"}


async def test_every_documented_path_but_health_needs_a_key_from_elsewhere(app: FastAPI) -> None:
    calls = [
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    ]
    transport = httpx.ASGITransport(app, client=("203.0.113.7", 50000))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        refused = {path for method, path in calls if await _refused(client, method, path)}
    assert {path for _, path in calls} - refused == OPEN


async def _refused(client: httpx.AsyncClient, method: str, path: str) -> bool:
    return (await client.request(method, path)).status_code == 401


def test_every_documented_path_but_health_needs_some_scope(app: FastAPI) -> None:
    lacking = {path for path in app.openapi()["paths"] if scope_needed(path) is None}
    assert lacking == OPEN
