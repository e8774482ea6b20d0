"""The toolset without the model, and the list of tools.

Covers: `POST /v1/toolset`, `GET /v1/tools`. Does not cover: the turn (gateway.chat) or stored
sessions (gateway.sessions.routes).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from fastapi import APIRouter

from gateway.schemas import (
    ToolInfo,
    ToolReport,
    ToolsetRequest,
    ToolsetResponse,
    ToolsResponse,
)
from gateway.seams import Toolset
from gateway.settings import Settings
from gateway.snippets import clean_report
from services.chassis import Failure, check_length
from services.contract import ErrorCode, ToolManifest


def toolset_routes(
    settings: Settings, toolset: Toolset, manifests: Sequence[ToolManifest]
) -> APIRouter:
    router = APIRouter(tags=["tools"])

    @router.post("/v1/toolset", summary="One string for all tools, without the model")
    async def query_toolset(request: ToolsetRequest) -> ToolsetResponse:
        check_length("input", request.input, settings.max_input_chars)
        skip = _skip_per_tool(request.skip, toolset.names)
        asked = toolset.query(request.input, skip, request.limit, settings.turn_budget_ms / 1000)
        reports: dict[str, ToolReport] = {}
        async with aclosing(asked) as answers:
            async for report in answers:
                reports[report.tool] = clean_report(
                    report, request.limit, settings.max_snippet_chars
                )
        tools = [reports[name] for name in toolset.names]
        results = [text for tool in tools if tool.status == "ok" for text in tool.results]
        return ToolsetResponse(results=results, tools=tools)

    @router.get("/v1/tools", summary="The tools, in toolset order")
    async def list_tools() -> ToolsResponse:
        return ToolsResponse(
            tools=[
                ToolInfo(name=tool.name, summary=tool.summary, examples=tool.examples)
                for tool in manifests
            ]
        )

    return router


def _skip_per_tool(skip: int | dict[str, int], names: Sequence[str]) -> dict[str, int]:
    if isinstance(skip, int):
        return dict.fromkeys(names, skip)
    unknown = sorted(set(skip) - set(names))
    if unknown:
        message = f"skip: no tool is named {unknown[0][:64]!r}; tools: {', '.join(names)}"
        raise Failure(ErrorCode.INVALID_REQUEST, message)
    return skip
