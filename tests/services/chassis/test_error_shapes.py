"""Errors of paths that speak another protocol, wherever in the chassis they arise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.types import Scope

from services.chassis import Failure, ServiceSettings, create_app
from services.contract import ErrorBody, ErrorCode, ErrorDetail, Missing

pytestmark = pytest.mark.anyio


class Number(BaseModel):
    number: int


def teapot(detail: ErrorDetail, status: int) -> tuple[int, Mapping[str, Any]]:
    return 418, {"was": status, "code": detail.code.value}


async def nothing_missing() -> list[Missing]:
    return []


@asynccontextmanager
async def only_the_known(scope: Scope) -> AsyncIterator[None]:
    if scope["query_string"] == b"stranger":
        raise Failure(ErrorCode.UNAUTHORIZED, "who are you?")
    yield


@pytest.fixture
def app() -> FastAPI:
    app = create_app(
        "shaped",
        ServiceSettings(max_body_bytes=100),
        summary="Two paths",
        readiness=nothing_missing,
        guard=only_the_known,
        error_shapes={"/v1/odd": teapot},
    )

    @app.post("/v1/odd")
    @app.post("/v1/oddity")
    async def take(number: Number) -> None:
        if number.number == 1:
            raise Failure(ErrorCode.CONFLICT, "one is taken", retry_after_s=3)
        raise ValueError("a bug")

    return app


CASES: dict[str, tuple[str, str, Any, int, str]] = {
    "a failure": ("POST", "/v1/odd", {"number": 1}, 409, "conflict"),
    "a field": ("POST", "/v1/odd", {"number": "x"}, 422, "invalid_request"),
    "a bug": ("POST", "/v1/odd", {"number": 2}, 500, "internal"),
    "a method": ("GET", "/v1/odd", None, 405, "method_not_allowed"),
    "a path below": ("GET", "/v1/odd/er", None, 404, "not_found"),
    "the guard": ("POST", "/v1/odd?stranger", {"number": 1}, 401, "unauthorized"),
    "a large body": ("POST", "/v1/odd", {"number": "x" * 200}, 413, "too_large"),
}


@pytest.mark.parametrize("case", CASES)
async def test_every_error_of_the_path_has_its_shape_and_status(
    case: str, app: FastAPI, serve: Any
) -> None:
    method, path, body, status, code = CASES[case]
    async with serve(app) as client:
        answer = await client.request(method, path, json=body, headers={"X-Request-ID": "r1"})
    assert (answer.status_code, answer.json()) == (418, {"was": status, "code": code})
    assert answer.headers["X-Request-ID"] == "r1"
    assert answer.headers.get("Retry-After") == ("3" if case == "a failure" else None)


@pytest.mark.parametrize("path", ["/v1/oddity", "/v1/none"])
async def test_errors_of_other_paths_keep_theirs(path: str, app: FastAPI, serve: Any) -> None:
    async with serve(app) as client:
        answer = await client.post(path, json={"number": "x"})
    assert answer.status_code in (404, 422)
    assert ErrorBody.model_validate_json(answer.content).error.message
