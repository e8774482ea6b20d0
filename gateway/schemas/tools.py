"""`POST /v1/toolset` and `GET /v1/tools`: the tools without the model."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.schemas.chat import ToolReport
from services.contract import MAX_LIMIT, MAX_SKIP, Body, Example, Line, Text


class ToolsetRequest(Body):
    """`POST /v1/toolset`: one string for all tools."""

    input: Line
    skip: (
        Annotated[int, Field(ge=0, le=MAX_SKIP)]
        | dict[str, Annotated[int, Field(ge=0, le=MAX_SKIP)]]
    ) = 0
    """Results to leave out: one number for every tool, or a number per tool."""
    limit: int = Field(default=5, ge=1, le=MAX_LIMIT)
    """Results per tool at most."""


class ToolsetResponse(Body):
    """The tools' results in one list, in toolset order, and what each tool did."""

    results: list[Text]
    tools: list[ToolReport]


class ToolInfo(Body):
    name: str
    summary: str
    examples: list[Example]


class ToolsResponse(Body):
    """`GET /v1/tools`, in toolset order."""

    tools: list[ToolInfo]
