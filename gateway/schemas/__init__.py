"""The gateway's public bodies: chat, streamed events, sessions, roles, tools.

Covers: what clients send and receive. Does not cover: the tools' and the model server's own bodies
(services.contract), OpenAI's (gateway.openai_api). Imports pydantic and services.contract, nothing
heavier, so that the loop and the clients can use these types without a web framework.
"""

from gateway.schemas.chat import (
    MAX_HISTORY_TURNS,
    MAX_ROUNDS,
    ChatRequest,
    ChatResponse,
    Citation,
    LedgerEntry,
    RequestId,
    RoleName,
    Round,
    SessionId,
    StopReason,
    Timings,
    ToolReport,
    ToolStatus,
    Verdict,
)
from gateway.schemas.roles import (
    RoleInfo,
    RolesResponse,
)
from gateway.schemas.sessions import (
    SessionExport,
    SessionInfo,
    SessionResponse,
    SessionsResponse,
    SessionTurn,
)
from gateway.schemas.stream import (
    EVENTS_VERSION,
    TURN_STEPS,
    BaseEvent,
    QueryEvent,
    ResponseEvent,
    SnippetsEvent,
    TurnEvent,
    TurnStep,
)
from gateway.schemas.tools import (
    ToolInfo,
    ToolsetRequest,
    ToolsetResponse,
    ToolsResponse,
)

__all__ = [
    "EVENTS_VERSION",
    "MAX_HISTORY_TURNS",
    "MAX_ROUNDS",
    "TURN_STEPS",
    "BaseEvent",
    "ChatRequest",
    "ChatResponse",
    "Citation",
    "LedgerEntry",
    "QueryEvent",
    "RequestId",
    "ResponseEvent",
    "RoleInfo",
    "RoleName",
    "RolesResponse",
    "Round",
    "SessionExport",
    "SessionId",
    "SessionInfo",
    "SessionResponse",
    "SessionTurn",
    "SessionsResponse",
    "SnippetsEvent",
    "StopReason",
    "Timings",
    "ToolInfo",
    "ToolReport",
    "ToolStatus",
    "ToolsResponse",
    "ToolsetRequest",
    "ToolsetResponse",
    "TurnEvent",
    "TurnStep",
    "Verdict",
]
