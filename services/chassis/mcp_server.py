"""The MCP server of one tool, on the protocol's official SDK; importing this loads the SDK.

Covers: offering the tool with the schemas of its own bodies, and calling it. What a call brings:

    an answer    each result as a text, and the QueryResponse as structured content
    a decline    no text, and the QueryResponse with status "unparsed"
    a failure    an error result: "code: message" as its text, the ErrorBody in _meta
    other names  a JSON-RPC error: this server has one tool

Does not cover: HTTP (services.chassis.mcp), or protocol versions, which are the SDK's work.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import ValidationError
from starlette.types import ASGIApp

from services.chassis.context import request_id
from services.chassis.errors import Failure
from services.chassis.logs import log_crash
from services.chassis.release import release
from services.chassis.settings import ToolSettings
from services.chassis.validation import describe_validation, printable
from services.contract import ErrorBody, ErrorCode, ErrorDetail, QueryRequest, QueryResponse

ERROR_META = "groundling/error"

R = TypeVar("R", bound=QueryRequest)
Answer = Callable[[R], Awaitable[QueryResponse]]


@dataclass(frozen=True)
class McpTool(Generic[R]):
    name: str
    summary: str
    settings: ToolSettings
    request_model: type[R]
    answer: Answer[R]

    def serving(self) -> AbstractAsyncContextManager[ASGIApp]:
        """The ASGI app, which answers while the context lasts."""
        return _serving(self._server(), self.settings.max_body_bytes)

    def offer(self) -> Tool:
        schema = self.request_model.model_json_schema()
        schema.pop("title", None)
        schema.pop("description", None)
        schema["properties"]["input"]["maxLength"] = self.settings.max_input_chars
        return Tool(
            name=self.name,
            title=self.name.capitalize(),
            description=self.summary,
            input_schema=schema,
            output_schema=QueryResponse.model_json_schema(mode="serialization"),
            annotations=ToolAnnotations(
                read_only_hint=True, idempotent_hint=True, open_world_hint=False
            ),
        )

    async def call(self, arguments: dict[str, Any]) -> CallToolResult:
        try:
            response = await self.answer(self._request(arguments))
        except Failure as failure:
            return _error(failure.code, failure.message)
        except Exception as error:
            log_crash(error)
            return _error(ErrorCode.INTERNAL, "an unexpected error; the service's log tells more")
        return CallToolResult(
            content=[TextContent(text=result) for result in response.results],
            structured_content=response.model_dump(mode="json"),
        )

    def _request(self, arguments: dict[str, Any]) -> R:
        try:
            return self.request_model.model_validate(arguments)
        except ValidationError as error:
            problems = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
            raise Failure(*describe_validation(problems)) from None

    def _server(self) -> Server[Any]:
        offered = self.offer()

        async def list_tools(
            _: ServerRequestContext[Any], __: PaginatedRequestParams | None
        ) -> ListToolsResult:
            return ListToolsResult(tools=[offered])

        async def call_tool(
            _: ServerRequestContext[Any], params: CallToolRequestParams
        ) -> CallToolResult:
            if params.name != self.name:
                raise MCPError(INVALID_PARAMS, f"unknown tool; the only one here is {self.name}")
            return await self.call(params.arguments or {})

        return Server(
            f"groundling-{self.name}",
            version=release("0"),
            instructions=self.summary,
            on_list_tools=list_tools,
            on_call_tool=call_tool,
        )


@asynccontextmanager
async def _serving(server: Server[Any], max_body_bytes: int) -> AsyncIterator[ASGIApp]:
    manager = StreamableHTTPSessionManager(
        server, stateless=True, json_response=True, max_request_body_size=max_body_bytes
    )
    async with manager.run():
        yield manager.handle_request


def _error(code: ErrorCode, message: str) -> CallToolResult:
    detail = ErrorDetail(code=code, message=printable(message), request_id=request_id())
    return CallToolResult(
        content=[TextContent(text=f"{code}: {detail.message}")],
        is_error=True,
        _meta={ERROR_META: ErrorBody(error=detail).model_dump(mode="json")["error"]},
    )
