"""The /mcp of any tool: the SDK's client over sockets, and what reaches it that is no client."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from fastapi import FastAPI
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from services.chassis import Failure, ToolSettings, create_tool_app, remaining_ms, request_id
from services.chassis.mcp import LOOPBACK, McpEndpoint, check_caller
from services.contract import ErrorCode, Missing, QueryRequest, Snippet, Source

pytestmark = pytest.mark.anyio

ERAS = ["legacy", "2026-07-28"]
JSON = {"content-type": "application/json", "accept": "application/json", "host": "localhost"}
ROOT = Path(__file__).parents[3]

Listen = Callable[[FastAPI], AbstractAsyncContextManager[tuple[str, int]]]
Build = Callable[..., FastAPI]


def call_of(text: str, **arguments: Any) -> dict[str, Any]:
    params = {"name": "echo", "arguments": {"input": text, **arguments}}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


@pytest.fixture
def connect(listen: Listen) -> Any:
    """`async with connect(app, era, **headers) as client`: through a real server."""

    @asynccontextmanager
    async def connecting(app: FastAPI, era: str = "auto", **headers: str) -> AsyncIterator[Client]:
        async with (
            asyncio.timeout(20),
            listen(app) as (host, port),
            httpx2.AsyncClient(headers=headers) as http,
            Client(
                streamable_http_client(f"http://{host}:{port}/mcp", http_client=http), mode=era
            ) as client,
        ):
            yield client

    return connecting


@pytest.mark.parametrize("era", ERAS)
async def test_results_come_as_texts_and_as_the_response_of_the_contract(
    connect: Any, tool_app: Build, era: str
) -> None:
    async def ranked(request: QueryRequest) -> list[Snippet]:
        found = [Snippet("a", Source(title="T", url="http://t/")), Snippet("b"), Snippet("c")]
        return found[request.skip :][: request.limit]

    async with connect(tool_app(ranked), era) as client:
        result = await client.call_tool("echo", {"input": "x", "skip": 0, "limit": 2})
        paged = await client.call_tool("echo", {"input": "x", "skip": 2})
    assert [block.text for block in result.content] == ["a", "b"]
    assert result.structured_content == {
        "results": ["a", "b"],
        "status": "ok",
        "sources": [{"title": "T", "url": "http://t/", "score": None}, None],
    }
    assert [block.text for block in paged.content] == ["c"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_decline_is_empty_and_no_error(connect: Any, tool_app: Build, era: str) -> None:
    async def decline(request: QueryRequest) -> None:
        return None

    async with connect(tool_app(decline), era) as client:
        result = await client.call_tool("echo", {"input": "x"})
    assert (result.content, result.is_error) == ([], False)
    assert result.structured_content == {"results": [], "status": "unparsed", "sources": []}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("code", [ErrorCode.OVERLOADED, ErrorCode.UPSTREAM, ErrorCode.UNAVAILABLE])
async def test_a_failure_is_a_tool_error_with_code_message_and_request_id(
    connect: Any, tool_app: Build, era: str, code: ErrorCode
) -> None:
    async def fail(request: QueryRequest) -> list[Snippet]:
        raise Failure(code, "the \x1breason")

    async with connect(tool_app(fail), era, **{"X-Request-ID": "r1"}) as client:
        result = await client.call_tool("echo", {"input": "x"})
    assert result.is_error
    assert result.content[0].text == rf"{code}: the \x1breason"
    error = {"code": code, "message": r"the \x1breason", "request_id": "r1"}
    assert result.meta["groundling/error"] == error


@pytest.mark.parametrize("era", ERAS)
async def test_an_exception_tells_the_client_nothing_and_the_log_no_text(
    connect: Any, tool_app: Build, era: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async def crash(request: QueryRequest) -> list[Snippet]:
        if "crash" in request.input:
            raise ValueError(f"cannot digest {request.input}")
        return [Snippet(request.input)]

    async with connect(tool_app(crash), era) as client:
        crashed = await client.call_tool("echo", {"input": "grapes crash"})
        await client.call_tool("echo", {"input": "grapes"})
        await client.call_tool("echo", {"input": "grapes", "grapes": "grapes"})
        with pytest.raises(MCPError, match="unknown tool"):
            await client.call_tool("grapes", {"input": "grapes"})
    assert crashed.is_error
    assert crashed.content[0].text.startswith("internal: ")
    assert "grapes" not in crashed.model_dump_json()
    written = capfd.readouterr()
    assert '"error": "ValueError"' in written.err
    assert '"route": "/mcp"' in written.err
    assert "grapes" not in written.out + written.err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({}, "input: is missing"),
        ({"input": " "}, "input: is empty"),
        ({"input": "x" * 11}, "input: 11 characters; at most 10 are allowed"),
        ({"input": "x", "limit": "5"}, "limit: "),
        ({"input": "x", "colour": "red"}, "colour: is not a known field"),
    ],
)
async def test_arguments_are_held_to_the_request_and_the_limits(
    connect: Any, tool_app: Build, arguments: dict[str, Any], named: str
) -> None:
    async with connect(tool_app(max_input_chars=10)) as client:
        result = await client.call_tool("echo", arguments)
    assert result.is_error
    assert result.content[0].text.startswith(f"invalid_request: {named}")


class Coloured(QueryRequest):
    colours: list[str] | None = None


async def test_the_schema_and_the_call_are_those_of_the_tools_own_request(connect: Any) -> None:
    async def show(request: Coloured) -> list[Snippet]:
        return [Snippet(" ".join(request.colours or ["none"]))]

    async def readiness() -> Sequence[Missing]:
        return []

    app = create_tool_app(
        *("colours", ToolSettings(max_input_chars=10)),
        summary="Shows colours.",
        query=show,
        readiness=readiness,
        request_model=Coloured,
    )
    async with connect(app) as client:
        [offered] = (await client.list_tools()).tools
        result = await client.call_tool("colours", {"input": "x", "colours": ["red", "blue"]})
    assert (offered.name, offered.description) == ("colours", "Shows colours.")
    assert set(offered.input_schema["properties"]) == {"input", "skip", "limit", "colours"}
    assert offered.input_schema["properties"]["input"]["maxLength"] == 10
    assert result.content[0].text == "red blue"


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_knows_its_request_id_and_its_deadline(
    connect: Any, tool_app: Build, era: str
) -> None:
    seen: list[tuple[str, float | None]] = []

    async def note(request: QueryRequest) -> list[Snippet]:
        seen.append((request_id(), remaining_ms()))
        return []

    headers = {"X-Request-ID": "turn-1", "X-Deadline-Ms": "4000"}
    async with connect(tool_app(note, default_deadline_ms=8000), era, **headers) as client:
        await client.call_tool("echo", {"input": "x"})
    [(given, left_ms)] = seen
    assert given == "turn-1"
    assert left_ms is not None
    assert 0 < left_ms <= 4000


class Hanging:
    """Answers nothing until it is cancelled."""

    def __init__(self) -> None:
        self.started, self.cancelled = asyncio.Event(), asyncio.Event()

    async def __call__(self, request: QueryRequest) -> list[Snippet]:
        self.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()
        raise AssertionError


async def test_a_call_that_outlasts_its_deadline_answers_504(serve: Any, tool_app: Build) -> None:
    async with asyncio.timeout(10), serve(tool_app(Hanging(), default_deadline_ms=300)) as client:
        answer = await client.post("/mcp", json=call_of("x"), headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "deadline")


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_that_outlasts_its_deadline_is_cut(
    connect: Any, tool_app: Build, era: str
) -> None:
    hanging = Hanging()
    async with connect(tool_app(hanging), era, **{"X-Deadline-Ms": "1000"}) as client:
        with pytest.raises(MCPError):
            await client.call_tool("echo", {"input": "x"})
        await hanging.cancelled.wait()


async def test_a_client_that_leaves_cancels_the_call(listen: Listen, tool_app: Build) -> None:
    hanging = Hanging()
    async with asyncio.timeout(10), listen(tool_app(hanging)) as (host, port):
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
            call = asyncio.create_task(client.post("/mcp", json=call_of("x"), headers=JSON))
            await hanging.started.wait()
            call.cancel()
        await hanging.cancelled.wait()


async def test_one_call_too_many_answers_429_and_a_body_too_large_413(
    serve: Any, tool_app: Build
) -> None:
    hanging = Hanging()
    app = tool_app(hanging, max_concurrent=1, max_body_bytes=500)
    async with asyncio.timeout(10), serve(app) as client:
        first = asyncio.create_task(client.post("/mcp", json=call_of("x"), headers=JSON))
        await hanging.started.wait()
        second = await client.post("/mcp", json=call_of("x"), headers=JSON)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await hanging.cancelled.wait()
        large = await client.post("/mcp", json=call_of("x" * 500), headers=JSON)
    assert (second.status_code, second.headers["Retry-After"]) == (429, "1")
    assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")


async def test_metrics_know_the_path(serve: Any, tool_app: Build) -> None:
    async with serve(tool_app()) as client:
        await client.post("/mcp", json=call_of("x"), headers=JSON)
        metrics = (await client.get("/metrics")).text
    assert 'groundling_http_requests_total{method="POST",route="/mcp",status="200"} 1.0' in metrics


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS"])
async def test_without_sessions_only_post_is_taken(
    serve: Any, tool_app: Build, method: str
) -> None:
    async with serve(tool_app()) as client:
        answer = await client.request(method, "/mcp", headers={"accept": "text/event-stream"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28", None])
@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("{", {-32700}),
        ("[" * 20_000, {-32700}),
        ("[]", {-32600, -32602}),
        ('{"jsonrpc": "2.0"}', {-32600, -32602}),
        ('{"jsonrpc": "2.0", "id": 1, "method": "tools/nothing"}', {-32601, -32602}),
        ('{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {}}', {-32602}),
    ],
)
async def test_a_malformed_message_gets_a_json_rpc_error(
    serve: Any, tool_app: Build, body: str, codes: set[int], version: str | None
) -> None:
    headers = JSON | ({"mcp-protocol-version": version} if version else {})
    async with serve(tool_app()) as client:
        answer = await client.post("/mcp", content=body, headers=headers)
        after = await client.post("/mcp", json=call_of("x"), headers=JSON)
    assert answer.status_code in {200, 400}
    assert answer.json()["error"]["code"] in codes
    assert after.json()["result"]["structuredContent"]["results"] == ["x"]


async def test_a_body_that_is_not_json_is_refused(serve: Any, tool_app: Build) -> None:
    async with serve(tool_app()) as client:
        typed = await client.post("/mcp", content="{}", headers=JSON | {"content-type": "text/a"})
        coded = await client.post("/mcp", content=b"\xff", headers=JSON)
    for answer in (typed, coded):
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("asked", "agreed"), [("2025-06-18", "2025-06-18"), ("1999-01-01", "2025-11-25")]
)
async def test_the_version_asked_for_is_taken_and_an_unknown_one_gets_the_newest(
    serve: Any, tool_app: Build, asked: str, agreed: str
) -> None:
    client_info = {"name": "test", "version": "1"}
    params = {"protocolVersion": asked, "capabilities": {}, "clientInfo": client_info}
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    async with serve(tool_app()) as client:
        answer = await client.post("/mcp", json=body, headers=JSON)
    assert answer.json()["result"]["protocolVersion"] == agreed
    assert "mcp-session-id" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "localhost"}, 200),
        ({"host": "127.0.0.1:8101"}, 200),
        ({"host": "[::1]:8101"}, 200),
        ({"host": "LOCALHOST:1", "origin": "http://localhost:1"}, 200),
        ({"host": "evil.example"}, 421),
        ({"host": "localhost.evil.example:8101"}, 421),
        ({"host": "127.0.0.1.evil.example"}, 421),
        ({"host": "localhost", "origin": "http://evil.example"}, 403),
        ({"host": "localhost:8101", "origin": "http://localhost:3000"}, 403),
        ({"host": "localhost", "origin": "null"}, 403),
        ({"host": "tools.example", "origin": "https://tools.example"}, 421),
    ],
)
async def test_only_loopback_names_and_the_services_own_pages_may_call(
    serve: Any, tool_app: Build, headers: dict[str, str], status: int
) -> None:
    async with serve(tool_app()) as client:
        answer = await client.post("/mcp", json=call_of("x"), headers=JSON | headers)
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["error"]["code"] == ("forbidden" if status == 403 else "bad_request")
        assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("allowed", "host", "status"),
    [
        (["tools.example"], "tools.example:9000", 200),
        (["Tools.Example:9000"], "tools.example:9000", 200),
        (["tools.example:9000"], "tools.example:9001", 421),
        (["tools.example"], "more.tools.example", 421),
        (["*"], "any.example", 200),
    ],
)
async def test_other_names_are_allowed_by_setting(
    serve: Any, tool_app: Build, allowed: list[str], host: str, status: int
) -> None:
    async with serve(tool_app(mcp_allowed_hosts=allowed)) as client:
        answer = await client.post("/mcp", json=call_of("x"), headers=JSON | {"host": host})
    assert answer.status_code == status


def test_a_request_without_a_host_is_refused() -> None:
    with pytest.raises(HTTPException, match="Host"):
        check_caller(Headers({}), frozenset(LOOPBACK))


async def test_calls_at_once_each_get_their_own_answer(serve: Any, tool_app: Build) -> None:
    async def slow(request: QueryRequest) -> list[Snippet]:
        await asyncio.sleep(0.01)
        return [Snippet(request.input)]

    async with serve(tool_app(slow)) as client:
        calls = [client.post("/mcp", json=call_of(str(i)), headers=JSON) for i in range(20)]
        answers = await asyncio.gather(*calls)
    found = [answer.json()["result"]["structuredContent"]["results"] for answer in answers]
    assert found == [[str(i)] for i in range(20)]


async def test_an_app_stops_cleanly_and_can_start_again(serve: Any, tool_app: Build) -> None:
    app = tool_app()
    for _ in range(2):
        before = asyncio.all_tasks()
        async with serve(app) as client:
            answer = await client.post("/mcp", json=call_of("x"), headers=JSON)
            assert answer.status_code == 200
        assert asyncio.all_tasks() <= before


async def test_before_and_after_its_lifespan_the_endpoint_is_unavailable(tool_app: Build) -> None:
    transport = httpx.ASGITransport(tool_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.post("/mcp", json=call_of("x"), headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")


async def test_a_server_that_could_not_be_loaded_is_tried_again() -> None:
    tries = iter([ImportError("no SDK"), None])
    answered: list[str] = []

    @asynccontextmanager
    async def serving() -> AsyncIterator[Any]:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            answered.append(scope["path"])

        yield app

    def load() -> Any:
        if (error := next(tries)) is not None:
            raise error
        return serving

    endpoint = McpEndpoint(load, [])
    scope = {"path": "/mcp", "headers": [(k.encode(), v.encode()) for k, v in JSON.items()]}
    async with endpoint.run():
        with pytest.raises(ImportError):
            await endpoint(scope, no_message, no_message)
        await endpoint(scope, no_message, no_message)
    assert answered == ["/mcp"]


async def no_message(*_: Any) -> Any:
    raise AssertionError("nothing is received or sent here")


async def test_the_client_in_the_documentation_runs(listen: Listen, tool_app: Build) -> None:
    text = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    [program] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert "127.0.0.1:8101" in program
    app = tool_app(name="calculator")
    async with asyncio.timeout(60), listen(app) as (host, port):
        run = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program.replace("127.0.0.1:8101", f"{host}:{port}")),
            stdout=asyncio.subprocess.PIPE,
        )
        written, _ = await run.communicate()
    assert written.decode().splitlines() == ["calculator - Answers its input", "['135+7721']"]


def test_the_sdk_is_loaded_when_mcp_is_first_called_and_not_before() -> None:
    program = """
import sys
from services.chassis import ToolSettings, create_tool_app
create_tool_app("t", ToolSettings(), summary="S", query=None, readiness=None)
print(sorted({name.split(".")[0] for name in sys.modules} & {"mcp", "mcp_types", "httpx2"}))
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
    )
    assert run.stdout.strip() == "[]", run.stderr
