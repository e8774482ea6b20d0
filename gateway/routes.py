"""The toolset, the list of tools, and stored sessions.

Covers: `POST /v1/toolset`, `GET /v1/tools`, `GET|DELETE /v1/sessions/{session_id}`.
Does not cover: the turn (gateway.chat).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Path

from gateway.chat import failure_of
from gateway.schemas import (
    SessionResponse,
    ToolInfo,
    ToolReport,
    ToolsetRequest,
    ToolsetResponse,
    ToolsResponse,
)
from gateway.seams import Toolset
from gateway.session_locks import SessionBusy
from gateway.settings import Settings
from gateway.snippets import clean_report
from gateway.turns import SessionUnknown, Turns
from services.chassis import Failure, check_length
from services.contract import ErrorCode, ToolManifest

SessionIdPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


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


def session_routes(turns: Turns) -> APIRouter:
    router = APIRouter(tags=["sessions"])

    @router.get("/v1/sessions/{session_id}", summary="A stored dialog, oldest turn first")
    async def get_session(session_id: SessionIdPath) -> SessionResponse:
        session = await turns.store.read(session_id)
        if session is None:
            raise failure_of(SessionUnknown(session_id))
        return session

    @router.delete("/v1/sessions/{session_id}", status_code=204, summary="Delete a stored dialog")
    async def delete_session(session_id: SessionIdPath) -> None:
        try:
            await turns.delete(session_id)
        except (SessionUnknown, SessionBusy) as error:
            raise failure_of(error) from error

    return router
