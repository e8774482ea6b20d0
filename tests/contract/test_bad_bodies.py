"""Bad input to any tool: a 4xx body that names the field and the limit, and the tool stays up."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from services.contract import ErrorBody, ToolManifest

JSON = {"content-type": "application/json"}


def body(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


BAD_BODIES = [
    pytest.param(b"", 422, "body: is missing", id="no body"),
    pytest.param(b'{"input": "x"', 400, "body: is not JSON", id="not JSON"),
    pytest.param(b'{"input": "\xff"}', 400, "body: is not UTF-8", id="not UTF-8"),
    pytest.param(b'["input"]', 422, "body: ", id="not an object"),
    pytest.param(b"{}", 422, "input: is missing", id="missing field"),
    pytest.param(body(input=""), 422, "input: is empty", id="empty"),
    pytest.param(body(input=" \n\t"), 422, "input: is empty", id="blank"),
    pytest.param(body(input=5), 422, "input: Input should be a valid string", id="wrong type"),
    pytest.param(body(input=None), 422, "input: Input should be a valid string", id="null"),
    pytest.param(body(input="1+1\0"), 422, "input: contains the control character", id="control"),
    pytest.param(b'{"input": "\\udc00"}', 422, "input: contains the lone surr", id="surrogate"),
    pytest.param(body(input="1" * 60_000), 422, "input: 60000 characters; at most ", id="long"),
    pytest.param(body(input="1+1", lang="x"), 422, "lang: is not a known", id="unknown field"),
    pytest.param(body(input="1+1", skip=-1), 422, "skip: Input should be greater", id="skip -1"),
    pytest.param(body(input="1+1", skip=10**9), 422, "or equal to 10000", id="skip too large"),
    pytest.param(body(input="1+1", skip=True), 422, "skip: Input should be", id="skip true"),
    pytest.param(body(input="1+1", limit=0), 422, "limit: Input should be greater", id="limit 0"),
    pytest.param(body(input="1+1", limit=51), 422, "or equal to 50", id="limit too large"),
    pytest.param(body(input="1+1", limit=1.5), 422, "limit: Input should be", id="limit 1.5"),
    pytest.param(b"1" * 10 * 1024 * 1024, 413, "body: at most ", id="10 MB"),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("content", "status", "names"), BAD_BODIES)
async def test_a_bad_body_is_refused_by_name_and_the_next_good_one_is_answered(
    client: httpx.AsyncClient, tool: ToolManifest, content: bytes, status: int, names: str
) -> None:
    refused = await client.post("/v1/query", content=content, headers=JSON)
    error = ErrorBody.model_validate_json(refused.content).error
    assert refused.status_code == status
    assert names in error.message
    assert error.request_id == refused.headers["X-Request-ID"]
    good = next(example.input for example in tool.examples if example.results != [])
    assert (await client.post("/v1/query", json={"input": good})).json()["results"]
